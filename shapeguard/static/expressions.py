"""The values of expressions: Python's own where the operands are known."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from shapeguard.static import attributes, calling, declared, declared_annotations, operations
from shapeguard.static.comparing import follow_boolean, follow_compare
from shapeguard.static.displays import follow_comprehension, follow_dict, follow_list, follow_set, follow_tuple, spread
from shapeguard.static.given import Given
from shapeguard.static.indexing import indexed
from shapeguard.static.iterating import item_at
from shapeguard.static.sizes import WIDE
from shapeguard.static.state import MISSING, Scope, value_of_either
from shapeguard.static.truth import truth_of
from shapeguard.static.values import (
    ANY,
    DictValue,
    Function,
    Instance,
    Named,
    Symbol,
    Tensor,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from shapeguard.static.machine import Machine


def _constant(machine: Machine, node: ast.Constant, scope: Scope) -> Any:
    return node.value


def _name(machine: Machine, node: ast.Name, scope: Scope) -> Any:
    value = scope.find(node.id)
    if value is not MISSING:
        return value
    builtin = calling.builtin(node.id)
    if builtin is not None:
        return builtin
    stars = scope.module.cells.get("(stars)", ())
    found = next((path for each in reversed(stars) if (path := attributes.path_under(each, node.id))), None)
    return Named(found) if found else ANY


def _attribute(machine: Machine, node: ast.Attribute, scope: Scope) -> Any:
    return machine.attribute(machine.evaluate(node.value, scope), node.attr)


def _binary(machine: Machine, node: ast.BinOp, scope: Scope) -> Any:
    left, right = machine.evaluate(node.left, scope), machine.evaluate(node.right, scope)
    return operations.binary(machine, node, type(node.op), left, right, scope)


def _unary(machine: Machine, node: ast.UnaryOp, scope: Scope) -> Any:
    value = machine.evaluate(node.operand, scope)
    if isinstance(node.op, ast.Not):
        truth = truth_of(value)
        return ANY if truth is None else not truth
    if isinstance(value, Tensor):
        return operations.unary(machine, node, value, scope)
    if isinstance(value, Symbol) and isinstance(node.op, ast.USub):
        return Symbol(value.name, -value.factor, -value.rest)
    if isinstance(value, bool | int | float):
        return -value if isinstance(node.op, ast.USub) else value if isinstance(node.op, ast.UAdd) else ~int(value)
    return ANY


def _either(machine: Machine, node: ast.IfExp, scope: Scope) -> Any:
    test = machine.truth(node.test, scope)
    if test is not None:
        return machine.evaluate(node.body if test else node.orelse, scope)
    values: list[Any] = []
    machine.branches(
        lambda: values.append(machine.evaluate(node.body, scope)),
        lambda: values.append(machine.evaluate(node.orelse, scope)),
    )
    return value_of_either(*values)


def _formatted(machine: Machine, node: ast.JoinedStr, scope: Scope) -> Any:
    parts = []
    for part in node.values:
        if isinstance(part, ast.Constant):
            parts.append(str(part.value))
            continue
        value = machine.evaluate(part.value, scope) if isinstance(part, ast.FormattedValue) else ANY
        specification = "" if part.format_spec is None else machine.evaluate(part.format_spec, scope)  # type: ignore[attr-defined]
        is_known = isinstance(value, bool | int | float | str | type(None)) and isinstance(specification, str)
        if not is_known or WIDE.search(specification):
            return ANY
        try:
            parts.append(format(value, specification))
        except (ValueError, TypeError):
            return ANY
    return "".join(parts)


def _lambda(machine: Machine, node: ast.Lambda, scope: Scope) -> Any:
    return machine.define(node, scope)


def _subscript(machine: Machine, node: ast.Subscript, scope: Scope) -> Any:
    owner = machine.evaluate(node.value, scope)
    if isinstance(owner, Tensor):
        return indexed(machine, node, owner, scope)
    if isinstance(owner, Named):
        return declared_annotations.alias(machine, node, scope)
    key = machine.evaluate(node.slice, scope)
    return item_at(owner, key)


def _slice(machine: Machine, node: ast.Slice, scope: Scope) -> Any:
    parts = [None if part is None else machine.evaluate(part, scope) for part in (node.lower, node.upper, node.step)]
    return slice(*parts)


def _walrus(machine: Machine, node: ast.NamedExpr, scope: Scope) -> Any:
    value = machine.evaluate(node.value, scope)
    machine.state.set(scope.cells, node.target.id, value)
    return value


def _yield(machine: Machine, node: ast.Yield, scope: Scope) -> Any:
    value = None if node.value is None else machine.evaluate(node.value, scope)
    if scope.yields is not None:
        scope.yields.append(value)
    return ANY


def _call(machine: Machine, node: ast.Call, scope: Scope) -> Any:
    machine.step()
    callee = machine.evaluate(node.func, scope)
    args = spread(machine, node.args, scope)
    keywords: dict[str, Any] = {}
    is_open = args is ANY
    for keyword in node.keywords:
        value = machine.evaluate(keyword.value, scope)
        if keyword.arg is not None:
            keywords[keyword.arg] = value
        elif isinstance(value, DictValue):
            keywords.update({name: each for name, each in value.entries.items() if isinstance(name, str)})
            is_open = is_open or value.is_open
        else:
            is_open = True
    given = Given(() if args is ANY else args, keywords, is_open=is_open)
    value = machine.call(node, callee, given, scope)
    if isinstance(callee, Function | Instance):
        declared.note_annotations(machine, node, value, scope)
    return value


EVALUATE: dict[type[ast.expr], Callable[[Machine, Any, Scope], Any]] = {
    ast.Constant: _constant,
    ast.Name: _name,
    ast.Attribute: _attribute,
    ast.Tuple: follow_tuple,
    ast.List: follow_list,
    ast.Set: follow_set,
    ast.Dict: follow_dict,
    ast.BinOp: _binary,
    ast.UnaryOp: _unary,
    ast.BoolOp: follow_boolean,
    ast.Compare: follow_compare,
    ast.IfExp: _either,
    ast.JoinedStr: _formatted,
    ast.Lambda: _lambda,
    ast.Subscript: _subscript,
    ast.Slice: _slice,
    ast.ListComp: follow_comprehension,
    ast.GeneratorExp: follow_comprehension,
    ast.SetComp: follow_comprehension,
    ast.DictComp: follow_comprehension,
    ast.NamedExpr: _walrus,
    ast.Yield: _yield,
    ast.Call: _call,
    ast.Await: lambda machine, node, scope: machine.evaluate(node.value, scope),
}
