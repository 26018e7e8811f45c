"""What a loop goes through, round by round: `range`, literal lists, `enumerate`, `zip`, slices and comprehensions."""

from __future__ import annotations

import ast
import operator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from shapeguard.source.expressions import UNKNOWN, Display, EachRound, KnownValue, Named, value_in, with_round

if TYPE_CHECKING:
    from collections.abc import Callable

    from shapeguard.source.expressions import Expression

    Read = Callable[[ast.expr], Expression]
    Items = tuple[Expression, ...]

MOST_ROUNDS = 64
"""Rounds that are told apart: a loop with more of them makes no layers."""


def items_of(node: ast.expr, read: Read) -> Items | None:
    """The items of what is gone through; `None` where only running the program would tell them, or they are many."""
    items = _items(node, read)
    return None if items is None or len(items) > MOST_ROUNDS else items


def _items(node: ast.expr, read: Read) -> Items | None:
    match node:
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in _FUNCTIONS:
            return _FUNCTIONS[name](args, read)
        case ast.Subscript(value=value, slice=ast.Slice() as part):
            return _sliced(items_of(value, read), part, read)
        case ast.BinOp(left=left, op=ast.Mult(), right=right):
            items, times = items_of(left, read), value_in(read(right), {})
            return items * times if items is not None and type(times) is int and times <= MOST_ROUNDS else None
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            both = items_of(left, read), items_of(right, read)
            return None if both[0] is None or both[1] is None else (*both[0], *both[1])
        case _:
            return _of_display(read(node))


def _of_display(expression: Expression) -> Items | None:
    """The items of a list behind names, each as read through these names."""
    match expression:
        case Display(items=items):
            return items
        case Named(inner=inner):
            items_ = _of_display(inner)
            return None if items_ is None else tuple(replace(expression, inner=item) for item in items_)
        case _:
            return None


def _range(args: list[ast.expr], read: Read) -> Items | None:
    values = [value_in(read(each), {}) for each in args]
    if not all(type(each) is int for each in values) or not 1 <= len(values) <= 3 or values[2:] == [0]:
        return None
    numbers = range(*values)
    return tuple(map(KnownValue, numbers)) if len(numbers) <= MOST_ROUNDS else None


def _enumerate(args: list[ast.expr], read: Read) -> Items | None:
    items = items_of(args[0], read) if args else None
    first = value_in(read(args[1]), {}) if len(args) > 1 else 0
    if items is None or type(first) is not int:
        return None
    return tuple(Display(tuple, (KnownValue(number), item)) for number, item in enumerate(items, first))


def _zip(args: list[ast.expr], read: Read) -> Items | None:
    columns = [items for each in args if (items := items_of(each, read)) is not None]
    return tuple(Display(tuple, row) for row in zip(*columns, strict=False)) if len(columns) == len(args) else None


def _reversed(args: list[ast.expr], read: Read) -> Items | None:
    items = items_of(args[0], read) if len(args) == 1 else None
    return None if items is None else items[::-1]


def _same(args: list[ast.expr], read: Read) -> Items | None:
    return items_of(args[0], read) if len(args) == 1 else None


_FUNCTIONS: dict[str, Callable[[list[ast.expr], Read], Items | None]] = {
    "range": _range,
    "enumerate": _enumerate,
    "zip": _zip,
    "reversed": _reversed,
    "list": _same,
    "tuple": _same,
}


def _sliced(items: Items | None, part: ast.Slice, read: Read) -> Items | None:
    bounds = [None if each is None else value_in(read(each), {}) for each in (part.lower, part.upper, part.step)]
    if items is None or any(each is UNKNOWN or each == 0 for each in bounds[2:]) or UNKNOWN in bounds:
        return None
    return items[slice(*bounds)]


def taken(target: ast.expr, name: str, item: Expression) -> Expression | None:
    """What a target stores under a name when it is given an item; `None` where it does not take it apart plainly."""
    if isinstance(target, ast.Name):
        return item if target.id == name else None
    if not isinstance(target, ast.Tuple | ast.List):
        return None
    entries = _of_display(item)
    if entries is None or len(entries) != len(target.elts):
        return None
    found = (taken(each, name, entry) for each, entry in zip(target.elts, entries, strict=True))
    return next((each for each in found if each is not None), None)


def each_round(loop: Any, target: ast.expr, name: str, items: Items | None) -> EachRound | None:
    """What a loop over items gives a name; `None` where that is not plain."""
    rounds = [taken(target, name, item) for item in items or ()]
    plain = tuple(each for each in rounds if each is not None)
    return EachRound(loop, plain) if plain and len(plain) == len(rounds) else None


def of_comprehension(node: ast.ListComp | ast.GeneratorExp, place: Any, read: Read) -> Expression:
    """The list that a comprehension with one loop makes."""
    generator = node.generators[0]
    items = items_of(generator.iter, read) if len(node.generators) == 1 and not generator.ifs else None
    if items is None:
        return KnownValue(UNKNOWN)
    element = read(node.elt)
    return Display(list, tuple(with_round(element, place, number) for number in range(len(items))))


OPERATORS: dict[type[ast.operator], Callable[..., Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.FloorDiv: operator.floordiv,
    ast.Div: operator.truediv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
}
