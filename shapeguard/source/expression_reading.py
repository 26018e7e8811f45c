"""Reads an expression of the source, every name in it followed to what gives it its value where that is certain."""

from __future__ import annotations

import ast
import operator
from typing import TYPE_CHECKING, Any

from shapeguard.source.attribute_following import NOTHING
from shapeguard.source.expressions import (
    FUNCTIONS,
    REWRITTEN,
    UNKNOWN,
    Binding,
    Calculated,
    Display,
    Either,
    KnownValue,
    Named,
    WrittenLiteral,
    loops_in,
    value_in,
    without_literals,
)
from shapeguard.source.loop_rounds import OPERATORS, items_of, of_comprehension
from shapeguard.source.name_following import NameFollower
from shapeguard.source.trees import last_name

if TYPE_CHECKING:
    from shapeguard.source.code_places import Place
    from shapeguard.source.expressions import Expression
    from shapeguard.source.rewriting import Rewrite

DEEPEST = 60
"""Names and operators that are followed one into the other."""
_COMPARED: dict[type[ast.cmpop], Any] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Is: operator.is_,
    ast.IsNot: operator.is_not,
}
_UNARY: dict[type[ast.unaryop], Any] = {ast.USub: operator.neg, ast.UAdd: operator.pos, ast.Not: operator.not_}


class Reader(NameFollower):
    """Reads expressions, one of them as it is rewritten; it counts how far it has followed one into another."""

    __slots__ = ("_depth", "_inside", "_rewrite")

    def __init__(self, rewrite: Rewrite | None = None) -> None:
        self._depth = 0
        self._rewrite, self._inside = rewrite, False

    def read(self, node: ast.expr, place: Place) -> Expression:
        """The expression with its names followed; `NOTHING` for what only running the program would tell."""
        if self._depth > DEEPEST:
            return NOTHING
        self._depth += 1
        try:
            rewrite = self._rewrite
            if rewrite is not None and not self._inside and rewrite.place == place.source.span(node):
                return self._rewritten(rewrite, place)
            return self._read(node, place)
        finally:
            self._depth -= 1

    def of_name(self, node: ast.Name, place: Place) -> Expression:
        """The value of a name; in what is rewritten what it stood for, where no literals tell that."""
        found = super().of_name(node, place)
        if not self._inside or loops_in(found) or value_in(found, {}) is not UNKNOWN:
            return found
        return KnownValue(place.numbers[0].get(node.id, UNKNOWN) if place.numbers else UNKNOWN, is_observed=True)

    def _rewritten(self, rewrite: Rewrite, place: Place) -> Expression:
        """What is written there instead, under a name that says so."""
        self._inside = True
        try:
            inner = self._read(rewrite.node, place)
        finally:
            self._inside = False
        return Named(REWRITTEN, rewrite.text, inner, rewrite.place, Binding(rewrite.place, REWRITTEN))

    def _read(self, node: ast.expr, place: Place) -> Expression:
        match node:
            case ast.Constant(value=value):
                return WrittenLiteral(place.source.span(node), value)
            case ast.Name():
                return self.of_name(node, place)
            case ast.Attribute():
                return self.of_attribute(node, place)
            case ast.Tuple(elts=elements) | ast.List(elts=elements) if _is_plain(elements):
                kind: Any = tuple if isinstance(node, ast.Tuple) else list
                return Display(kind, tuple(self.read(each, place) for each in elements))
            case _:
                return self._calculation(node, place)

    def _calculation(self, node: ast.expr, place: Place) -> Expression:
        match node:
            case ast.Subscript():
                return self._subscript(node, place)
            case ast.Call():
                return self._call(node, place)
            case _:
                return self._operator(node, place)

    def _operator(self, node: ast.expr, place: Place) -> Expression:
        match node:
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int(value))):
                return WrittenLiteral(place.source.span(node), -value)
            case ast.UnaryOp(op=sign, operand=operand) if type(sign) in _UNARY:
                return Calculated(_UNARY[type(sign)], (self.read(operand, place),))
            case ast.BinOp(left=left, op=sign, right=right) if type(sign) in OPERATORS:
                one, other = self.read(left, place), self.read(right, place)
                one = without_literals(one) if isinstance(sign, ast.Pow) else one
                return Calculated(OPERATORS[type(sign)], (one, other))
            case ast.Compare(left=left, ops=[sign], comparators=[right]) if type(sign) in _COMPARED:
                return Calculated(_COMPARED[type(sign)], (self.read(left, place), self.read(right, place)))
            case _:
                return self._choice(node, place)

    def _choice(self, node: ast.expr, place: Place) -> Expression:
        match node:
            case ast.IfExp(test=test, body=body, orelse=otherwise):
                return Either(self.read(test, place), self.read(body, place), self.read(otherwise, place))
            case ast.BoolOp(op=sign, values=[first, second]):
                one, other = self.read(first, place), self.read(second, place)
                return Either(one, one, other) if isinstance(sign, ast.Or) else Either(one, other, one)
            case ast.ListComp() | ast.GeneratorExp():
                return of_comprehension(node, place.source.span(node), lambda each: self.read(each, place))
            case _:
                return NOTHING

    def _call(self, node: ast.Call, place: Place) -> Expression:
        """A function of Python on what is known: `int(width * 1.5)`."""
        name = last_name(node.func)
        if name is None or name not in FUNCTIONS or node.keywords or not _is_plain(node.args):
            return NOTHING
        return Calculated(FUNCTIONS[name], tuple(self.read(each, place) for each in node.args))

    def _subscript(self, node: ast.Subscript, place: Place) -> Expression:
        """An entry of a list or a dictionary that is written in the file."""
        if isinstance(node.slice, ast.Slice):
            items = items_of(node, lambda each: self.read(each, place))
            return NOTHING if items is None else Display(list, items)
        if isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str):
            return self.entry(node.value, node.slice.value, place)
        index = without_literals(self.read(node.slice, place))
        return Calculated(operator.getitem, (self.read(node.value, place), index))


def _is_plain(nodes: list[ast.expr]) -> bool:
    return not any(isinstance(node, ast.Starred) for node in nodes)
