"""The statements of a program."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from shapeguard.static import assigning, importing, loops
from shapeguard.static.comparing import compared
from shapeguard.static.guards import GUARD
from shapeguard.static.signals import BREAK, CONTINUE, RAISE, Return, Signal
from shapeguard.static.state import Scope
from shapeguard.static.truth import truth_of
from shapeguard.static.values import (
    ANY,
    Class,
    Function,
    Named,
    Record,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from shapeguard.static.machine import Machine


def _expression(machine: Machine, node: ast.Expr, scope: Scope) -> Signal:
    value = machine.evaluate(node.value, scope)
    return RAISE if isinstance(value, Named) and value.path == "(exit)" else None


def _assign(machine: Machine, node: ast.Assign, scope: Scope) -> Signal:
    value = machine.evaluate(node.value, scope)
    for target in node.targets:
        assigning.assign(machine, target, value, scope)


def _annotated(machine: Machine, node: ast.AnnAssign, scope: Scope) -> Signal:
    if node.value is not None:
        assigning.assign(machine, node.target, machine.evaluate(node.value, scope), scope)


def _augmented(machine: Machine, node: ast.AugAssign, scope: Scope) -> Signal:
    left = machine.evaluate(node.target, scope)
    right = machine.evaluate(node.value, scope)
    assigning.augment(machine, node, left, right, scope)


def _if(machine: Machine, node: ast.If, scope: Scope) -> Signal:
    test = machine.truth(node.test, scope)
    if test is not None:
        return machine.block(node.body if test else node.orelse, scope)
    return machine.branches(lambda: machine.block(node.body, scope), lambda: machine.block(node.orelse, scope))


def _try(machine: Machine, node: ast.Try, scope: Scope) -> Signal:
    machine.uncertain += bool(node.handlers)  # a refusal may be what it is for
    signal = machine.block(node.body, scope)
    machine.uncertain -= bool(node.handlers)
    if signal is RAISE and node.handlers:
        runs = [_handler(machine, handler, scope) for handler in node.handlers]
        signal = machine.branches(*runs)
    elif signal is None:
        signal = machine.block(node.orelse, scope)
    return machine.block(node.finalbody, scope) or signal


def _handler(machine: Machine, handler: ast.ExceptHandler, scope: Scope) -> Callable[[], Signal]:
    def run() -> Signal:
        if handler.name:
            machine.state.set(scope.cells, handler.name, ANY)
        return machine.block(handler.body, scope)

    return run


def _with(machine: Machine, node: ast.With | ast.AsyncWith, scope: Scope) -> Signal:
    before = list(machine.guards)
    for item in node.items:
        value = machine.evaluate(item.context_expr, scope)
        is_guard = isinstance(value, Record) and value.kind == GUARD
        machine.guards += [value] if is_guard else []
        if item.optional_vars is not None:
            assigning.assign(machine, item.optional_vars, value if is_guard else ANY, scope)
    signal = machine.block(node.body, scope)
    machine.guards[:] = before
    return signal


def _return(machine: Machine, node: ast.Return, scope: Scope) -> Signal:
    return Return(None if node.value is None else machine.evaluate(node.value, scope))


def _define(machine: Machine, node: ast.FunctionDef | ast.AsyncFunctionDef, scope: Scope) -> Signal:
    machine.state.set(scope.owner_of(node.name), node.name, machine.define(node, scope))


def _class(machine: Machine, node: ast.ClassDef, scope: Scope) -> Signal:
    bases = tuple(machine.evaluate(base, scope) for base in node.bases)
    made = Class(node, scope, bases)
    machine.state.set(scope.cells, node.name, made)
    inner = Scope(made.cells, scope.module, scope, node.name)
    machine.block(node.body, inner)
    for name, value in list(made.cells.items()):
        if isinstance(value, Function):
            made.cells[name] = replace(value, owner=made, scope=scope, name=f"{node.name}.{value.name}")
    if node.decorator_list:
        decorators = tuple(machine.evaluate(each, scope) for each in node.decorator_list)
        made.cells["(decorators)"] = decorators


def _outer(machine: Machine, node: ast.Global | ast.Nonlocal, scope: Scope) -> Signal:
    scope.outer.update(node.names)
    if isinstance(node, ast.Global):
        for name in node.names:
            scope.module.cells.setdefault(name, ANY)


def _delete(machine: Machine, node: ast.Delete, scope: Scope) -> Signal:
    for target in node.targets:
        if isinstance(target, ast.Name):
            machine.state.set(scope.cells, target.id, ANY)


def _assert(machine: Machine, node: ast.Assert, scope: Scope) -> Signal:
    return RAISE if machine.truth(node.test, scope) is False else None


def _match(machine: Machine, node: ast.Match, scope: Scope) -> Signal:
    subject = machine.evaluate(node.subject, scope)
    for case in node.cases:
        match case.pattern:
            case ast.MatchValue(value=value) if case.guard is None:
                test = truth_of(compared("Eq", subject, machine.evaluate(value, scope)))
                if test:
                    return machine.block(case.body, scope)
                if test is False:
                    continue
            case ast.MatchAs(pattern=None, name=None) if case.guard is None:
                return machine.block(case.body, scope)
        return machine.branches(*(_case(machine, each, scope) for each in node.cases), lambda: None)
    return None


def _case(machine: Machine, case: ast.match_case, scope: Scope) -> Callable[[], Signal]:
    def run() -> Signal:
        for node in ast.walk(case.pattern):
            name = getattr(node, "name", None)
            if isinstance(name, str):
                machine.state.set(scope.cells, name, ANY)
        return machine.block(case.body, scope)

    return run


STATEMENTS: dict[type[ast.stmt], Callable[[Machine, Any, Scope], Signal]] = {
    ast.Expr: _expression,
    ast.Assign: _assign,
    ast.AnnAssign: _annotated,
    ast.AugAssign: _augmented,
    ast.If: _if,
    ast.For: loops.follow_for,
    ast.AsyncFor: loops.follow_for,
    ast.While: loops.follow_while,
    ast.Try: _try,
    ast.With: _with,
    ast.AsyncWith: _with,
    ast.Return: _return,
    ast.Raise: lambda _machine, _node, _scope: RAISE,
    ast.Break: lambda _machine, _node, _scope: BREAK,
    ast.Continue: lambda _machine, _node, _scope: CONTINUE,
    ast.Import: importing.follow_import,
    ast.ImportFrom: importing.follow_import_from,
    ast.FunctionDef: _define,
    ast.AsyncFunctionDef: _define,
    ast.ClassDef: _class,
    ast.Global: _outer,
    ast.Nonlocal: _outer,
    ast.Delete: _delete,
    ast.Assert: _assert,
    ast.Match: _match,
}
