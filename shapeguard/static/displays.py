"""Tuples, lists, dicts and comprehensions."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from shapeguard.static.iterating import is_key, item_of, items_of
from shapeguard.static.state import Scope
from shapeguard.static.values import (
    ANY,
    DictValue,
    ListValue,
)

if TYPE_CHECKING:
    from shapeguard.static.machine import Machine


def spread(machine: Machine, nodes: list[ast.expr], scope: Scope) -> Any:
    """The values of several expressions, those behind a star taken apart; `ANY` where that is not known."""
    found: list[Any] = []
    for node in nodes:
        if isinstance(node, ast.Starred):
            items = items_of(machine.evaluate(node.value, scope))
            if items is None:
                return ANY
            found += items
        else:
            found.append(machine.evaluate(node, scope))
    return tuple(found)


def follow_tuple(machine: Machine, node: ast.Tuple, scope: Scope) -> Any:
    """A tuple of the values of its expressions."""
    return spread(machine, node.elts, scope)


def follow_list(machine: Machine, node: ast.List, scope: Scope) -> Any:
    """A list of them."""
    return ListValue.of(spread(machine, node.elts, scope))


def follow_set(machine: Machine, node: ast.Set, scope: Scope) -> Any:
    """A set of them, as a list."""
    items = spread(machine, node.elts, scope)
    if items is ANY or not all(map(is_key, items)):
        return ANY
    return ListValue.of(tuple(dict.fromkeys(items)))


def follow_dict(machine: Machine, node: ast.Dict, scope: Scope) -> Any:
    """A dict, with those behind `**` in it."""
    entries: dict[Any, Any] = {}
    is_open = False
    for key, value in zip(node.keys, node.values, strict=True):
        found = machine.evaluate(value, scope)
        if key is None:
            inner = found.entries if isinstance(found, DictValue) else {}
            is_open = is_open or not isinstance(found, DictValue) or found.is_open
            entries.update(inner)
            continue
        name = machine.evaluate(key, scope)
        if is_key(name):
            entries[name] = found
        else:
            is_open = True
    return DictValue.of(entries, is_open=is_open)


def follow_comprehension(machine: Machine, node: Any, scope: Scope) -> Any:
    """What a comprehension collects."""
    found: list[Any] = []
    inner = Scope({}, scope.module, scope, scope.function)
    elements = (node.key, node.value) if isinstance(node, ast.DictComp) else (node.elt,)
    is_known = _rounds(machine, node.generators, elements, inner, found)
    if isinstance(node, ast.DictComp):
        entries = {key: value for key, value in found if is_key(key)}
        return DictValue.of(entries, is_open=not is_known or len(entries) < len(found))
    if not is_known:
        return ListValue.of(ANY)
    return ListValue.of(tuple(item for (item,) in found))


def _rounds(
    machine: Machine,
    generators: list[ast.comprehension],
    elements: tuple[ast.expr, ...],
    scope: Scope,
    found: list[Any],
) -> bool:
    """Follows the rounds of a comprehension; returns whether all of them are known."""
    generator, *inner = generators
    iterable = machine.evaluate(generator.iter, scope)
    items = items_of(iterable)
    is_known = items is not None and len(items) <= 512
    for item in items if is_known and items is not None else (item_of(iterable),):
        machine.step()
        machine.assign(generator.target, item, scope)
        tests = [machine.truth(test, scope) for test in generator.ifs]
        if False in tests:
            continue
        is_known = is_known and None not in tests
        if inner:
            is_known = _rounds(machine, inner, elements, scope, found) and is_known
        else:
            found.append(tuple(machine.evaluate(element, scope) for element in elements))
    return is_known
