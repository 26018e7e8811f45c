"""Functions of Python that make, order and measure sequences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shapeguard.static.given import Given
from shapeguard.static.iterating import is_key, items_of
from shapeguard.static.plain_values import plain_value, python_value
from shapeguard.static.truth import truth_of
from shapeguard.static.values import (
    ANY,
    DictValue,
    ListValue,
    Tensor,
)

if TYPE_CHECKING:
    import ast
    from collections.abc import Callable

    from shapeguard.static.machine import Machine
    from shapeguard.static.state import Scope


def _range(machine: Machine, given: Given, node: ast.AST, scope: Scope) -> Any:
    return python_value(range, given)


def _len(machine: Machine, given: Given, node: ast.AST, scope: Scope) -> Any:
    value = given.get(0, "obj", ANY)
    if isinstance(value, Tensor):
        return value.shape[0] if value.shape else ANY
    items = items_of(value)
    return ANY if items is None else len(items)


def _sequence(kind: str) -> Callable[..., Any]:
    def made(machine: Machine, given: Given, node: ast.AST, scope: Scope) -> Any:
        if not given.args:
            return ListValue.of(()) if kind != "tuple" else ()
        items = items_of(given.args[0])
        if kind == "reversed" and items is not None:
            items = items[::-1]
        if kind == "set" and items is not None:
            items = tuple(dict.fromkeys(items)) if all(map(is_key, items)) else None
        if kind == "tuple":
            return ANY if items is None else items
        return ListValue.of(ANY if items is None else items)

    return made


def _sorted(machine: Machine, given: Given, node: ast.AST, scope: Scope) -> Any:
    items = plain_value(items_of(given.args[0]) or ANY) if given.args else ANY
    reverse = given.keywords.get("reverse", False)
    if items is ANY or "key" in given.keywords or not isinstance(reverse, bool):
        return ListValue.of(ANY)
    return python_value(sorted, Given((items,), {"reverse": reverse}))


def _enumerate(machine: Machine, given: Given, node: ast.AST, scope: Scope) -> Any:
    items, start = items_of(given.args[0]) if given.args else None, given.get(1, "start", 0)
    known = items is not None and isinstance(start, int)
    return ListValue.of(tuple(enumerate(items or (), start)) if known else ANY)


def _zip(machine: Machine, given: Given, node: ast.AST, scope: Scope) -> Any:
    columns = [items_of(value) for value in given.args]
    if given.is_open or any(column is None for column in columns):
        return ListValue.of(ANY)
    return ListValue.of(tuple(zip(*(column or () for column in columns), strict=False)))


def _map(machine: Machine, given: Given, node: ast.AST, scope: Scope) -> Any:
    columns = [items_of(value) for value in given.args[1:]]
    if not columns or any(column is None for column in columns):
        return ListValue.of(ANY)
    rows = zip(*(column or () for column in columns), strict=False)
    return ListValue.of(tuple(machine.call(node, given.args[0], Given(row), scope) for row in rows))


def _extreme(function: Callable[..., Any]) -> Callable[..., Any]:
    def made(machine: Machine, given: Given, node: ast.AST, scope: Scope) -> Any:
        return python_value(function, Given(given.args)) if not given.keywords else ANY

    return made


def _sum(machine: Machine, given: Given, node: ast.AST, scope: Scope) -> Any:
    items = items_of(given.args[0]) if given.args else None
    return ANY if items is None else python_value(sum, given)


def _any_all(function: Callable[..., Any]) -> Callable[..., Any]:
    def made(machine: Machine, given: Given, node: ast.AST, scope: Scope) -> Any:
        items = items_of(given.args[0]) if given.args else None
        truths = [] if items is None else [truth_of(item) for item in items]
        return ANY if items is None or None in truths else function(truths)

    return made


def _dict(machine: Machine, given: Given, node: ast.AST, scope: Scope) -> Any:
    entries: dict[Any, Any] = {}
    is_open = given.is_open
    for value in given.args:
        if isinstance(value, DictValue):
            entries.update(value.entries)
            is_open = is_open or value.is_open
            continue
        pairs = items_of(value)
        if pairs is None or not all(isinstance(pair, tuple) and len(pair) == 2 and is_key(pair[0]) for pair in pairs):
            is_open = True
        else:
            entries.update(pairs)
    return DictValue.of({**entries, **given.keywords}, is_open=is_open)


SEQUENCES: dict[str, Callable[..., Any]] = {
    "range": _range,
    "len": _len,
    "list": _sequence("list"),
    "tuple": _sequence("tuple"),
    "set": _sequence("set"),
    "reversed": _sequence("reversed"),
    "iter": _sequence("list"),
    "sorted": _sorted,
    "enumerate": _enumerate,
    "zip": _zip,
    "map": _map,
    "max": _extreme(max),
    "min": _extreme(min),
    "sum": _sum,
    "any": _any_all(any),
    "all": _any_all(all),
    "dict": _dict,
}
"""By name."""
