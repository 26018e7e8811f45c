"""Where values go: names, attributes, items, and several of them at once."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from shapeguard.static import operations
from shapeguard.static.iterating import is_key, item_of, items_of
from shapeguard.static.values import (
    ANY,
    Class,
    DictValue,
    Instance,
    ListValue,
    Record,
)

if TYPE_CHECKING:
    from shapeguard.static.machine import Machine
    from shapeguard.static.state import Scope


def assign(machine: Machine, target: ast.expr, value: Any, scope: Scope) -> None:
    """Gives the target of an assignment its value."""
    match target:
        case ast.Name(id=name):
            machine.state.set(scope.owner_of(name), name, value)
        case ast.Attribute():
            owner = machine.evaluate(target.value, scope)
            if isinstance(owner, Instance | Class | Record):
                machine.state.set(owner.cells, target.attr, value)
        case ast.Subscript():
            owner = machine.evaluate(target.value, scope)
            _set_item(machine, owner, machine.evaluate(target.slice, scope), value)
        case ast.Tuple(elts=elements) | ast.List(elts=elements):
            for element, each in zip(elements, _unpacked(elements, value), strict=True):
                inner = element.value if isinstance(element, ast.Starred) else element
                assign(machine, inner, each, scope)
        case ast.Starred():
            assign(machine, target.value, value, scope)


def _unpacked(elements: list[ast.expr], value: Any) -> list[Any]:
    """What each of several targets is given."""
    items = items_of(value)
    star = next((place for place, element in enumerate(elements) if isinstance(element, ast.Starred)), None)
    if items is None:
        return [item_of(value)] * len(elements)
    if star is None:
        return list(items) if len(items) == len(elements) else [ANY] * len(elements)
    behind = len(elements) - star - 1
    if len(items) < len(elements) - 1:
        return [ANY] * len(elements)
    end = len(items) - behind
    return [*items[:star], ListValue.of(items[star:end]), *items[end:]]


def _set_item(machine: Machine, owner: Any, key: Any, value: Any) -> None:
    if isinstance(owner, DictValue):
        if is_key(key):
            machine.state.set(owner.cells, "entries", {**owner.entries, key: value})
        else:
            machine.state.set(owner.cells, "entries", {})
            machine.state.set(owner.cells, "is_open", value=True)
    elif isinstance(owner, ListValue):
        items = owner.items
        is_there = items is not ANY and type(key) is int and -len(items) <= key < len(items)
        if is_there:
            place = key % len(items)
            machine.state.set(owner.cells, "items", (*items[:place], value, *items[place + 1 :]))
        else:
            machine.state.set(owner.cells, "items", ANY)


def augment(machine: Machine, node: ast.AugAssign, left: Any, right: Any, scope: Scope) -> None:
    """`target += value`: a list in its place, anything else anew."""
    if isinstance(left, ListValue) and isinstance(node.op, ast.Add):
        items, more = left.items, items_of(right)
        machine.state.set(left.cells, "items", ANY if items is ANY or more is None else (*items, *more))
        return
    value = operations.binary(machine, node, type(node.op), left, right, scope)
    assign(machine, node.target, value, scope)
