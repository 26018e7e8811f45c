"""Single samples that a generator or a Sequence of the program gives, as batches: slices, or with an axis of one."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shapeguard.records.source import Correction
from shapeguard.source.code_places import assigned_to
from shapeguard.source.constants import own_nodes
from shapeguard.source.conversions import NAMES
from shapeguard.source.name_bindings import binders_in, class_of, first_parameter, scope_of
from shapeguard.source.spelling import rewritten
from shapeguard.source.statement_edits import with_all
from shapeguard.source.trees import ancestors

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from shapeguard.source.spelling import Import
    from shapeguard.source.trees import Source

ITEM = "__getitem__"
_PLACEHOLDER = "the_sample"
_EACH_ALONE = frozenset({"array", "asarray", "astype", "to_categorical"})
"""Functions that make of several samples what they make of each."""
_PLAIN = (ast.Name, ast.Attribute, ast.Subscript, ast.Call, ast.Constant, ast.BinOp)


@dataclass(frozen=True, slots=True)
class Batched:
    """What to write for a batch in the place of a sample, statement by statement, with the imports that it needs."""

    corrections: tuple[Correction, ...]
    imports: tuple[Import, ...] = ()


def as_batches(source: Source, value: ast.expr) -> Batched | None:
    """What a generator yields or `__getitem__` returns, with batches for the samples; `None` outside of a function."""
    function = scope_of(source, value)
    if not isinstance(function, ast.FunctionDef):
        return None
    leaves = list(_leaves(value))
    taken = [_taken(source, function, each) for each in leaves]
    subscripts = [each for each in taken if each is not None]
    if not leaves or len(subscripts) < len(taken):
        return _with_an_axis(source, value, leaves)
    size = _size_of_batch(source, function)
    changes = [(each, _slice(source, function, each.slice, size)) for each in subscripts]
    return Batched(tuple(_by_statement(source, [(each.slice, text) for each, text in changes])))


def _leaves(value: ast.expr) -> Iterator[ast.expr]:
    """The arrays in a batch."""
    match value:
        case ast.Tuple(elts=inside) | ast.List(elts=inside) | ast.Dict(values=inside):
            for each in inside:
                yield from _leaves(each)
        case _:
            yield value


def _taken(source: Source, function: ast.FunctionDef, leaf: ast.expr) -> ast.Subscript | None:
    """The one place where a sample is taken out of all by its number; `None` where more is done to the sample."""
    made: ast.expr | None = leaf
    if isinstance(leaf, ast.Name):
        binders = binders_in(source, function).get(leaf.id, [])
        made = assigned_to(binders[0], leaf.id) if len(binders) == 1 and _is_read_once(function, leaf.id) else None
    while isinstance(made, ast.Call):
        made = _argument_of_each(made)
    if isinstance(made, ast.Subscript) and isinstance(made.slice, ast.Subscript):
        made = made.slice  # specs[order[index]]
    is_one = isinstance(made, ast.Subscript) and not isinstance(made.slice, ast.Slice | ast.Tuple | ast.Constant)
    return made if isinstance(made, ast.Subscript) and is_one and _is_counted(source, function, made.slice) else None


def _is_read_once(function: ast.FunctionDef, name: str) -> bool:
    reads = [each for each in own_nodes(function) if isinstance(each, ast.Name) and each.id == name]
    return sum(isinstance(each.ctx, ast.Load) for each in reads) == 1


def _argument_of_each(call: ast.Call) -> ast.expr | None:
    """What a function is called on that takes several samples as it takes one; `None` of other functions."""
    match call.func:
        case ast.Attribute(value=owner, attr="astype"):
            return owner
        case ast.Name(id=name) | ast.Attribute(attr=name) if name in _EACH_ALONE and call.args:
            return call.args[0]
        case _:
            return None


def _is_counted(source: Source, function: ast.FunctionDef, index: ast.expr) -> bool:
    """Whether an index is the number of an item: the parameter of `__getitem__`, or what a loop over numbers counts."""
    return any(_is_number(source, function, name) for name in _names_behind(source, function, index))


def _is_number(source: Source, function: ast.FunctionDef, name: str) -> bool:
    match binders_in(source, function).get(name, []):
        case [ast.arg()]:
            return function.name == ITEM and name != first_parameter(function)
        case [ast.For(target=ast.Name(), iter=ast.Call(func=ast.Name(id="range")))]:
            return True
        case _:
            return False


def _names_behind(source: Source, function: ast.FunctionDef, index: ast.expr) -> set[str]:
    """The names in an expression, and in what these were given."""
    parts = _parts_behind(source, function, index)
    return {each.id for each in parts if isinstance(each, ast.Name)}


def _parts_behind(source: Source, function: ast.FunctionDef, index: ast.expr) -> list[ast.AST]:
    """The nodes of an expression, and of what its names were given, each in one statement of the function."""
    found: list[ast.AST] = [*ast.walk(index)]
    for each in found:
        binders = binders_in(source, function).get(each.id, []) if isinstance(each, ast.Name) else []
        given = assigned_to(binders[0], each.id) if isinstance(each, ast.Name) and len(binders) == 1 else None
        found += [node for node in ast.walk(given) if node not in found] if given is not None else []
    return found


def _size_of_batch(source: Source, function: ast.FunctionDef) -> ast.expr | None:
    """The number by which `__len__` divides to count the batches; `None` where it counts samples."""
    cls = class_of(source, function)
    lengths = [] if cls is None else [each for each in cls.body if getattr(each, "name", "") == "__len__"]
    for method in lengths:
        if isinstance(method, ast.FunctionDef) and first_parameter(method) == first_parameter(function):
            for node in own_nodes(method):
                if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div | ast.FloorDiv):
                    return node.right
    return None


def _slice(source: Source, function: ast.FunctionDef, index: ast.expr, size: ast.expr | None) -> str:
    """The samples of a batch from the one with this index on."""
    text = source.text(source.span(index))
    own = text if isinstance(index, _PLAIN) else f"({text})"
    if size is None:
        return f"{own}:{own} + 1"
    count = source.text(source.span(size))
    is_start = any(ast.dump(each) == ast.dump(size) for each in _parts_behind(source, function, index))
    if is_start:
        return f"{own}:{own} + {count}"
    own = f"({text})" if isinstance(index, ast.BinOp) else own
    return f"{own} * {count}:({text} + 1) * {count}"


def _with_an_axis(source: Source, value: ast.expr, leaves: Sequence[ast.expr]) -> Batched | None:
    """Each sample as a batch of one, where it is yielded or returned."""
    written = rewritten(source, value, f"np.expand_dims({_PLACEHOLDER}, 0)", NAMES)
    if written is None:
        return None
    changes = [(each, written[0].replace(_PLACEHOLDER, source.text(source.span(each)))) for each in leaves]
    return Batched(tuple(_by_statement(source, changes)), tuple(written[1]))


def _by_statement(source: Source, changes: Sequence[tuple[ast.expr, str]]) -> Iterator[Correction]:
    """The changes, each to be read in its statement with all that changes there."""
    owners = [next(each for each in ancestors(source, node) if isinstance(each, ast.stmt)) for node, _ in changes]
    made = [Correction(None, source.span(node), text) for node, text in changes]
    for owner, change in zip(owners, made, strict=True):
        beside = [other for other, place in zip(made, owners, strict=True) if place is owner]
        yield Correction(with_all(source, owner, beside), change.replaces, change.replacement)
