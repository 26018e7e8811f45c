"""Other texts in the place of an expression, which keep what is written: `size + 1`, `size**2`, a part of a sum."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from shapeguard.source.code_places import Place, assigned_to, class_read_at, text_of
from shapeguard.source.layer_edits import ATOMS
from shapeguard.source.name_bindings import FUNCTIONS, attribute_values, binders_in, family_of, first_parameter
from shapeguard.source.trees import parents_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.records.source import Span
    from shapeguard.source.trees import Source

_SIGNS: dict[type[ast.operator], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.FloorDiv: "//",
    ast.Pow: "**",
}
_FOLLOWED = 2
"""Assignments that are followed, one from the other, to an expression that may be rewritten."""


@dataclass(frozen=True, slots=True)
class Rewrite:
    """`text` in the place of an expression, which is a part of `whole`.

    `node` is the same as Python reads it, with what is kept of it inside. `adds`: something is added or taken away;
    `is_multiple`: by a number alone it is the double, or the half.
    """

    place: Span
    text: str
    whole: Span
    adds: bool = field(compare=False)
    is_multiple: bool = field(compare=False)
    node: ast.expr = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class _Way:
    """Another way to write an expression, before brackets are put where its place needs them."""

    text: str
    node: ast.expr
    is_multiple: bool = False

    def adds_to(self, node: ast.expr) -> bool:
        """Whether something is added to the expression, or taken away from it."""
        joined = self.node
        return isinstance(joined, ast.BinOp) and joined.left is node and isinstance(joined.op, ast.Add | ast.Sub)


def rewrites_of(written: ast.expr, place: Place) -> Iterator[Rewrite]:
    """What may be written for an expression, and for those that its names were assigned, the likeliest first.

    Of a tuple or list it is its items; a plain number is left as it is.
    """
    for item in _items(written):
        for node, where in _with_assigned(item, place, _FOLLOWED):
            yield from _of(node, where)


def _items(written: ast.expr) -> Iterator[ast.expr]:
    """The items of a tuple or list, and of those inside; anything else by itself."""
    if isinstance(written, ast.Tuple | ast.List):
        for each in written.elts:
            yield from _items(each)
    elif not isinstance(written, ast.Constant | ast.UnaryOp | ast.Starred):
        yield written


def _with_assigned(node: ast.expr, place: Place, left: int) -> Iterator[tuple[ast.expr, Place]]:
    """What the names and attributes of an expression were assigned, then the expression, each with its place."""
    names = [each for each in ast.walk(node) if isinstance(each, ast.Name | ast.Attribute)] if left else []
    for name in names:
        assigned = _assigned(name, place)
        if assigned is not None and isinstance(assigned[0], ast.BinOp):
            yield from _with_assigned(*assigned, left - 1)
    yield node, place


def _assigned(node: ast.Name | ast.Attribute, place: Place) -> tuple[ast.expr, Place] | None:
    """What the one statement that sets a name of the function, or an attribute of the layer, assigns to it."""
    if isinstance(node, ast.Name):
        binders = binders_in(place.source, place.scope).get(node.id, [])
        value = assigned_to(binders[0], node.id) if len(binders) == 1 else None
        return None if value is None else (value, place)
    cls, _ = class_read_at(node, place)
    given = [] if cls is None else attribute_values(place.source, cls, node.attr)
    if len(given) != 1 or given[0].value is None:
        return None
    return given[0].value, Place(place.source, given[0].method)


def _of(node: ast.expr, place: Place) -> Iterator[Rewrite]:
    """Other texts for an expression, and for the names in it."""
    source, leaves = place.source, _leaves(node)
    likely = [*_parts(source, node), *_one_more(source, node)]
    ways = [(node, way) for way in likely]
    ways += [(each, _squared(source, each)) for each in (*leaves, node) if isinstance(node, ast.BinOp)]
    ways += [(each, way) for each in leaves for way in _exchanged(source, each, place)]
    ways += [(node, way) for way in _with_names(source, node, place)]
    ways += [(each, way) for each in (node, *leaves) for way in _doubled_or_halved(source, each)]
    for each, way in ways:
        text, whole = _in_place(source, each, way), source.span(node)
        yield Rewrite(source.span(each), text, whole, way.adds_to(each), way.is_multiple, way.node)


def _leaves(node: ast.expr) -> list[ast.expr]:
    """The names and attributes that an expression calculates with."""
    if not isinstance(node, ast.BinOp):
        return []
    sides = (node.left, node.right)
    own = [side for side in sides if isinstance(side, ast.Name | ast.Attribute)]
    return [*own, *(leaf for side in sides for leaf in _leaves(side))]


def _parts(source: Source, node: ast.expr) -> Iterator[_Way]:
    """The two sides of a calculation, and those inside."""
    if isinstance(node, ast.BinOp):
        for side in (node.left, node.right):
            if not isinstance(side, ast.Constant):
                yield _Way(text_of(source, side), side)
            yield from _parts(source, side)


def _one_more(source: Source, node: ast.expr) -> Iterator[_Way]:
    for sign in (ast.Add(), ast.Sub()):
        yield _joined(source, node, sign, ast.Constant(1), "1")


def _squared(source: Source, node: ast.expr) -> _Way:
    return _joined(source, node, ast.Pow(), ast.Constant(2), "2")


def _doubled_or_halved(source: Source, node: ast.expr) -> Iterator[_Way]:
    double = _joined(source, node, ast.Mult(), ast.Constant(2), "2")
    half = _joined(source, node, ast.FloorDiv(), ast.Constant(2), "2")
    yield _Way(f"2 * {double.text.removesuffix(' * 2')}", double.node, is_multiple=True)
    yield _Way(half.text, half.node, is_multiple=True)


def _with_names(source: Source, node: ast.expr, place: Place) -> Iterator[_Way]:
    """The expression with a name in sight: times it, divided by it, the sum and the difference."""
    own = {text_of(source, each) for each in ast.walk(node) if isinstance(each, ast.Name | ast.Attribute)}
    for name in _names_in_sight(place, node.lineno):
        text = ast.unparse(name)
        if text not in own:
            for sign in (ast.Mult(), ast.FloorDiv(), ast.Add(), ast.Sub()):
                yield _joined(source, node, sign, name, text)


def _exchanged(source: Source, leaf: ast.expr, place: Place) -> Iterator[_Way]:
    """Another name of the same kind in the place of one: an attribute for an attribute, a name for a name."""
    now = text_of(source, leaf)
    for name in _names_in_sight(place, leaf.lineno):
        if type(name) is type(leaf) and ast.unparse(name) != now:
            for each in ast.walk(name):
                ast.copy_location(each, leaf)
            yield _Way(ast.unparse(name), name)


def _names_in_sight(place: Place, line: int) -> list[ast.expr]:
    """The names that a function has before a line, and the attributes that its layer has by then."""
    scope = place.scope
    if not isinstance(scope, FUNCTIONS):
        return []
    own, kinds = first_parameter(scope), ast.arg | ast.Assign
    names = [
        name
        for name, (first, *others) in binders_in(place.source, scope).items()
        if isinstance(first, kinds) and not others and name != own and _is_before(first, line)
    ]
    return [*(ast.Name(name, ast.Load()) for name in names), *_attributes_in_sight(place, own or "", line)]


def _is_before(binder: ast.AST, line: int) -> bool:
    return isinstance(binder, ast.arg) or (getattr(binder, "end_lineno", None) or line) < line


def _attributes_in_sight(place: Place, own: str, line: int) -> list[ast.expr]:
    """The attributes that another method of the layer sets, or a line before in the same one."""
    cls, _ = class_read_at(ast.Attribute(ast.Name(own, ast.Load()), ""), place)
    methods = [] if cls is None else [each for one in family_of(place.source, cls) for each in one.body]
    stored = [
        node.attr
        for method in methods
        for node in ast.walk(method)
        if isinstance(node, ast.Attribute)
        and isinstance(node.ctx, ast.Store)
        and (method is not place.scope or node.lineno < line)
    ]
    return [ast.Attribute(ast.Name(own, ast.Load()), name, ast.Load()) for name in dict.fromkeys(stored)]


def _joined(source: Source, node: ast.expr, sign: ast.operator, other: ast.expr, text: str) -> _Way:
    """An expression and something behind an operator; powers are written closely, as their style guide has them."""
    inner = text_of(source, node)
    is_sum = isinstance(sign, ast.Add | ast.Sub)
    is_product = isinstance(sign, ast.Mult) and isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult)
    if not isinstance(node, ATOMS) and not is_product and not (is_sum and isinstance(node, ast.BinOp)):
        inner = f"({inner})"
    spaced = "**" if isinstance(sign, ast.Pow) and isinstance(node, ATOMS) else f" {_SIGNS[type(sign)]} "
    joined = ast.BinOp(node, sign, other)
    for each in (joined, other, *ast.walk(other)):
        ast.copy_location(each, node)
    return _Way(f"{inner}{spaced}{text}", joined)


def _in_place(source: Source, node: ast.expr, way: _Way) -> str:
    """The text with brackets where what is around would bind closer."""
    around = parents_in(source).get(node)
    is_power = isinstance(way.node, ast.BinOp) and isinstance(way.node.op, ast.Pow)
    is_open = isinstance(way.node, ast.BinOp) and isinstance(around, ast.BinOp | ast.UnaryOp | ast.Subscript)
    needs = is_open and not (is_power and not isinstance(getattr(around, "op", None), ast.Pow))
    return f"({way.text})" if needs else way.text
