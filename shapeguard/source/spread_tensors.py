"""Tensors that are to be joined, spread over the axes on which they have one place and others have more."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shapeguard.source.slips import MODULES
from shapeguard.source.trees import last_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.source.slips import Joined, Other, Vocabulary, Writer

ADDING = frozenset({"expand_dims", "unsqueeze"})
"""Functions that add an axis of one to a tensor."""
WITH_SIZES = frozenset({"keras.ops", "ops", "tf"})
"""Modules whose `shape` gives the sizes that a batch has."""
ONCE = "1"


def spread(write: Writer, node: ast.expr, words: Vocabulary) -> Iterator[Other]:
    """A list of tensors of which each is tiled as often as the others have places where it has one."""
    joined = words.joined.get(node)
    module = None if joined is None else _module(write, joined, words)
    if joined is None or module is None or not isinstance(node, ast.Tuple | ast.List):
        return
    join = _Join(write, tuple(node.elts), joined, module)
    times = {each: join.times(slot) for slot, each in enumerate(node.elts)}
    if not any(None in each for each in times.values()):
        texts: dict[ast.AST, str] = {
            each: f"{module}.tile({write.text(each)}, [{', '.join(map(str, counts))}])"
            for each, counts in times.items()
            if {*counts} != {ONCE}
        }
        if texts:
            yield write.with_parts(texts), "not spread"


def _module(write: Writer, joined: Joined, words: Vocabulary) -> str | None:
    """The module whose function joins, else one whose functions are called beside."""
    own = write.text(joined.call.func).rpartition(".")[0]
    beside = (words.squeezing or "").rpartition(".")[0]
    return own if own in MODULES else beside or None


@dataclass(frozen=True, slots=True)
class _Join:
    """Tensors that are written in a list, and a module whose functions may be called."""

    write: Writer
    elements: tuple[ast.expr, ...]
    joined: Joined
    module: str

    def times(self, slot: int) -> list[str | None]:
        """How often a tensor is repeated on each axis; `None` where nobody can write that."""
        return [self._on_axis(slot, axis) for axis in range(len(self.joined.shapes[slot]))]

    def _on_axis(self, slot: int, axis: int) -> str | None:
        sizes = [shape[axis] for shape in self.joined.shapes]
        others = [place for place, size in enumerate(sizes) if size != 1]
        if axis == self.joined.axis or sizes[slot] != 1 or not others:
            return ONCE
        return self._size(others[0], axis)

    def _size(self, slot: int, axis: int) -> str | None:
        """The size of an axis of one of the tensors: read off what it is made of, else as a number."""
        size = self.joined.shapes[slot][axis]
        found = _made_of(self.elements[slot], axis, len(self.joined.shapes[slot]))
        is_known = size is not None and axis > 0
        if found is None:
            return str(size) if is_known else None
        tensor, place = self.write.text(found[0]), found[1]
        is_read = is_known or self.module not in WITH_SIZES
        return f"{tensor}.shape[{place}]" if is_read else f"{self.module}.shape({tensor})[{place}]"


def _made_of(node: ast.expr, axis: int, ndim: int) -> tuple[ast.expr, int] | None:
    """The tensor that has a name in an expression which at most adds axes to it, and where it has an axis of that."""
    match node:
        case ast.Name() | ast.Attribute():
            return node, axis
        case ast.Call(func=callee, args=[ast.Name() | ast.Attribute() as tensor, *rest], keywords=keywords):
            places = [_number(each) for each in (*rest, *(keyword.value for keyword in keywords))]
            added = places[0] if last_name(callee) in ADDING and len(places) == 1 else None
            return None if added is None else (tensor, axis - (axis > added % ndim))
        case ast.Subscript(value=ast.Name() | ast.Attribute() as tensor, slice=ast.Tuple(elts=parts)):
            return (tensor, axis - sum(_is_none(each) for each in parts[:axis])) if all(map(_keeps, parts)) else None
        case _:
            return None


def _number(node: ast.expr) -> int | None:
    try:
        value = ast.literal_eval(node)
    except ValueError:
        return None
    return value if isinstance(value, int) else None


def _keeps(part: ast.expr) -> bool:
    """Whether a part of an index adds an axis, or takes all of one."""
    return _is_none(part) or (isinstance(part, ast.Slice) and part.lower is part.upper is part.step is None)


def _is_none(part: ast.expr) -> bool:
    return isinstance(part, ast.Constant) and part.value is None
