"""What to write for the shape of a weight whose sizes are calculated: in another order, of another axis, a multiple."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shapeguard.keras_compat import own_weights
from shapeguard.source.layer_edits import ATOMS
from shapeguard.source.literals import Code
from shapeguard.source.name_bindings import FUNCTIONS, binders_in, scope_of
from shapeguard.source.origins import call_of, node_of

if TYPE_CHECKING:
    from shapeguard.diagnosis.graph import Node
    from shapeguard.records.network import Shape
    from shapeguard.source.name_bindings import Function
    from shapeguard.source.trees import Source


def written_shape(node: Node, wanted: object) -> Code | None:
    """The shape of a weight in the words of its line; `None` where another weight or numbers alone would say it."""
    line = _Line.of(node, wanted)
    if line is None:
        return None
    if line.is_turned:
        return _as_tuple([line.source.text(line.source.span(each)) for each in line.display.elts[::-1]])
    scaled = _scaling_in(line)
    return _of_other_axes(line.source, line.display, node, line.wanted) if scaled is None else scaled.text


@dataclass(frozen=True, slots=True)
class _Line:
    """A shape as it is written for a weight, its sizes now, and those that are wanted."""

    node: Node
    source: Source
    display: ast.Tuple | ast.List
    now: Shape
    wanted: Shape

    @classmethod
    def of(cls, node: Node, wanted: object) -> _Line | None:
        """The line of a weight; `None` where it is not seen, or other numbers of sizes are written or wanted."""
        is_weight = isinstance(node.call.operation, own_weights.Weight)
        made = call_of(node.construction) if is_weight and node.construction is not None else None
        display = None if made is None else _display(made[0], made[1], node)
        now = tuple(node.config.get("shape", ()))
        if made is None or display is None or not isinstance(wanted, tuple):
            return None
        return cls(node, made[0], display, now, wanted) if len(display.elts) == len(now) == len(wanted) else None

    @property
    def is_turned(self) -> bool:
        """Whether the sizes are wanted in the other order, and are not all plain numbers."""
        is_calculated = any(not isinstance(each, ast.Constant) for each in self.display.elts)
        return self.wanted == self.now[::-1] and is_calculated

    @property
    def factors(self) -> tuple[int, ...]:
        """What each size is to be multiplied by; `()` where one is no multiple, is not known, or is a plain number."""
        if not all((*self.now, *self.wanted)):
            return ()
        pairs = zip(self.now, self.wanted, strict=True)
        factors = tuple(want // size if want % size == 0 else 0 for size, want in pairs)  # type: ignore[operator]
        written = zip(self.display.elts, factors, strict=True)
        is_plain = any(isinstance(each, ast.Constant) for each, factor in written if factor != 1)
        return () if 0 in factors or is_plain else factors


@dataclass(frozen=True, slots=True)
class Scaling:
    """Multiples of the sizes that a line calculates: `text` says the shape, `factors` are by axis.

    `name` is the attribute of the layer that is the factor; `None` if a number is.
    """

    text: Code
    factors: tuple[int, ...]
    name: str | None

    def of(self, shape: Shape, owner: object) -> Shape:
        """The shape that the text is of another layer of the class, whose own line makes it of this shape."""
        own = getattr(owner, self.name, None) if self.name else None
        factors = (own if factor > 1 and own is not None else factor for factor in self.factors)
        return tuple(None if size is None else size * factor for size, factor in zip(shape, factors, strict=True))


def scaling_of(node: Node, wanted: object) -> Scaling | None:
    """The shape of a weight as multiples of what its line calculates, by one factor; `None` where it is not."""
    line = _Line.of(node, wanted)
    return None if line is None or line.wanted == line.now[::-1] else _scaling_in(line)


def _scaling_in(line: _Line) -> Scaling | None:
    factors = line.factors
    if len({*factors} - {1}) != 1 or _of_other_axes(line.source, line.display, line.node, line.wanted) is not None:
        return None
    name = _attribute_of(getattr(line.node.rule, "owner", None), max(factors))
    by = str(max(factors)) if name is None else f"self.{name}"
    sizes = zip(line.display.elts, factors, strict=True)
    texts = [_times(line.source, each, by if factor != 1 else "") for each, factor in sizes]
    return Scaling(_as_tuple(texts), factors, name)


def _attribute_of(owner: object, value: int) -> str | None:
    """The one attribute of the user's that has a value in a layer; `None` where several have it, or none."""
    given = {name: own for name, own in vars(owner).items() if type(own) is int} if owner is not None else {}
    names = [name for name, own in given.items() if own == value and not name.startswith("_")]
    return names[0] if len(names) == 1 else None


def _times(source: Source, written: ast.expr, factor: str) -> str:
    """A size as it is written, multiplied if there is a factor."""
    text = source.text(source.span(written))
    if not factor:
        return text
    return f"{text if isinstance(written, ATOMS) else f'({text})'} * {factor}"


def _of_other_axes(
    source: Source, display: ast.Tuple | ast.List, node: Node, wanted: tuple[int | None, ...]
) -> Code | None:
    """The shape, each size that is to be another one taken from another axis of what `build` is given."""
    built = own_weights.build_shape(getattr(node.rule, "owner", None))
    sizes = zip(display.elts, node.config["shape"], wanted, strict=True)
    texts = [
        source.text(source.span(each)) if size == want else _of_another_axis(source, each, built, want)
        for each, size, want in sizes
    ]
    known = [text for text in texts if text is not None]
    return _as_tuple(known) if len(known) == len(texts) else None


def _as_tuple(texts: list[str]) -> Code:
    return Code(f"({', '.join(texts)}{',' if len(texts) == 1 else ''})")


def _display(source: Source, call: ast.Call, node: Node) -> ast.Tuple | ast.List | None:
    """The tuple or list that is written for the shape."""
    arguments = () if node.construction is None else node.construction.arguments
    argument = next((each for each in arguments if each.name == "shape"), None)
    found = None if argument is None else node_of(source, call, argument)
    value = found.value if isinstance(found, ast.keyword) else found
    return value if isinstance(value, ast.Tuple | ast.List) else None


def _of_another_axis(source: Source, written: ast.expr, built: object, want: int | None) -> str | None:
    """`shape[-1]` for `shape[1]`, where `shape` is what `build` is given."""
    if not isinstance(built, tuple) or want not in built[1:]:
        return None
    scope = scope_of(source, written)
    if not isinstance(scope, FUNCTIONS):
        return None
    match _assigned(source, scope, written):
        case ast.Subscript(value=ast.Name(id=name), slice=ast.Constant(value=int()) | ast.UnaryOp()):
            is_given = [each.arg for each in scope.args.args[1:2]] == [name]
            axis = -1 if built[-1] == want else built.index(want)
            return f"{name}[{axis}]" if is_given else None
        case _:
            return None


def _assigned(source: Source, scope: Function, written: ast.expr) -> ast.expr:
    """What one statement of the function assigns to a name; anything else as it is written."""
    binders = binders_in(source, scope).get(written.id, []) if isinstance(written, ast.Name) else []
    match binders:
        case [ast.Assign(targets=[ast.Name()], value=value)]:
            return value
        case _:
            return written
