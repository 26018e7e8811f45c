"""Functions and classes of the program: what their calls give."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from shapeguard.static import declared, guards
from shapeguard.static.given import Given
from shapeguard.static.models import initialized
from shapeguard.static.signals import Return
from shapeguard.static.state import MISSING, Scope, value_of_either
from shapeguard.static.values import (
    ANY,
    Class,
    DictValue,
    Function,
    Instance,
    ListValue,
    Made,
    Named,
    Symbol,
)

if TYPE_CHECKING:
    from shapeguard.static.machine import Machine
    from shapeguard.static.modules import Module

DEEPEST = 30
"""Calls of functions of the program inside one another."""


def defined(machine: Machine, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda, scope: Scope) -> Any:
    """A function as its definition makes it, its defaults evaluated now."""
    written = node.args
    positional = [parameter.arg for parameter in (*written.posonlyargs, *written.args)]
    values = [machine.evaluate(default, scope) for default in written.defaults]
    defaults = dict(zip(positional[len(positional) - len(values) :], values, strict=True))
    for parameter, default in zip(written.kwonlyargs, written.kw_defaults, strict=True):
        if default is not None:
            defaults[parameter.arg] = machine.evaluate(default, scope)
    name = getattr(node, "name", "<lambda>")
    decorators = tuple(machine.evaluate(each, scope) for each in getattr(node, "decorator_list", ()))
    function = Function(node, scope, defaults, name, None, decorators, _is_generator(node, scope.module))
    for decorator in reversed(decorators):
        if isinstance(decorator, Function):  # the program's own: what it makes of the function is not followed
            return ANY
    return function


def decorated_with(function: Function, name: str) -> bool:
    """Whether a function has a decorator of this name, such as `property`."""
    return any(getattr(each, "name", getattr(each, "path", "")) == name for each in function.decorators)


def called(machine: Machine, function: Function, given: Given, node: ast.AST, scope: Scope) -> Any:
    """What a call of a function of the program gives."""
    if len(machine.callers) >= DEEPEST:
        return ANY
    cells = _bound(function, given)
    if cells is None:
        return ANY
    machine.called.add(id(function.node))
    module = function.scope.module
    if function.owner is not None and given.args:
        cells["(class)"], cells["(self)"] = function.owner, given.args[0]
    inner = Scope(cells, module, function.scope, function.name, yields=[] if function.is_generator else None)
    machine.callers.append((scope.module, node))
    machine.pending.append([])
    uncertain, may_leave = machine.uncertain, machine.may_leave
    try:
        if isinstance(function.node, ast.Lambda):
            return machine.evaluate(function.node.body, inner)
        declared.note_parameters(machine, function, inner)
        signal = machine.block(function.node.body, inner)
        value = signal.value if isinstance(signal, Return) else None
        for other in machine.pending[-1]:
            value = value_of_either(value, other)
        _note_returned(machine, function, given, value, inner)
    finally:
        machine.uncertain, machine.may_leave = uncertain, may_leave
        machine.pending.pop()
        machine.callers.pop()
    if inner.yields is not None:
        return ListValue.of(tuple(inner.yields) if not uncertain else ANY)
    return value


def _note_returned(machine: Machine, function: Function, given: Given, value: Any, inner: Scope) -> None:
    """Notes what is expected of what a builder under a guard, or `call` of a layer of the program, returns."""
    held_by = guards.guards_in(function.decorators)
    owner, of = given.args[0] if given.args else None, function.owner
    is_call = of is not None and of.keras_base is not None and getattr(function.node, "name", "") == "call"
    is_read_alone = len(machine.callers) == 1 and machine.callers[0][1] is function.node
    if held_by or is_call or is_read_alone:
        declared.note_returned(machine, function, value, inner, owner if is_call else None)
    for model in (value if isinstance(value, tuple) else (value,)) if held_by else ():
        guards.hold(machine, model, guards.expectations_of(held_by))


def _is_generator(node: ast.AST, module: Module) -> bool:
    if "yield" not in module.places.text:
        return False
    return any(isinstance(each, ast.Yield | ast.YieldFrom) for each in _own_nodes(node))


def _own_nodes(node: ast.AST) -> list[ast.AST]:
    """The nodes of a function without those of functions inside it."""
    found, waiting = [], list(ast.iter_child_nodes(node))
    while waiting:
        each = waiting.pop()
        found.append(each)
        if not isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            waiting += ast.iter_child_nodes(each)
    return found


def _bound(function: Function, given: Given) -> dict[str, Any] | None:
    """The parameters with their values; `None` if Python would refuse the call."""
    written = function.node.args
    positional = names_of(function)[: len(written.posonlyargs) + len(written.args)]
    known = names_of(function)
    more = {name: value for name, value in given.keywords.items() if name not in known}
    rest = given.args[len(positional) :]
    if (rest and written.vararg is None) or (more and written.kwarg is None):
        return None
    cells = dict(zip(positional, given.args, strict=False)) | given.keywords
    defaults = dict.fromkeys(known, ANY) if given.is_open else function.defaults
    if not {*known} <= {*cells, *defaults}:
        return None
    cells = {name: cells[name] if name in cells else defaults[name] for name in known}
    return cells | _taken_together(function, tuple(rest), DictValue.of(more, is_open=given.is_open))


def _taken_together(function: Function, rest: tuple[Any, ...], more: DictValue) -> dict[str, Any]:
    """The parameters behind `*` and `**`."""
    written = function.node.args
    stars = ((written.vararg, rest), (written.kwarg, more))
    return {parameter.arg: value for parameter, value in stars if parameter is not None}


def names_of(function: Function) -> list[str]:
    """The parameters of a function that have a name, the positional ones first."""
    written = function.node.args
    return [parameter.arg for parameter in (*written.posonlyargs, *written.args, *written.kwonlyargs)]


def with_symbols(function: Function, *, skip: int = 0) -> Given:
    """Arguments for a function that nothing calls: a symbol for each parameter whose value is not a flag or text."""
    names = names_of(function)[skip:]
    return Given((), {name: _symbolic(name, function.defaults.get(name, MISSING)) for name in names})


def _symbolic(name: str, default: Any) -> Any:
    """The value of a parameter that nobody passes: a default that is no whole number is what is usually meant."""
    if default is MISSING or (isinstance(default, int) and not isinstance(default, bool)):
        return Symbol(name)
    return default


def constructed(machine: Machine, made: Class, given: Given, node: ast.AST, scope: Scope) -> Any:
    """An object of a class of the program."""
    instance = Instance(made, Made(node, scope.module, tuple(reversed(machine.callers))))
    fields = _dataclass_fields(machine, made)
    if fields is not None and made.lookup("__init__") is None:
        values = dict(zip(fields, given.args, strict=False)) | given.keywords
        instance.cells.update({name: values.get(name, default) for name, default in fields.items()})
        return instance
    function = made.lookup("__init__")
    if isinstance(function, Function):
        called(machine, function, given.behind(instance), node, scope)
    elif made.keras_base is not None:
        initialized(machine, instance, made.keras_base, given, node, scope)
    return instance


def _dataclass_fields(machine: Machine, made: Class) -> dict[str, Any] | None:
    """The fields of a dataclass or named tuple with their defaults; `None` for another class."""
    decorators = [getattr(each, "path", "") for each in made.cells.get("(decorators)", ())]
    if "dataclasses.dataclass" not in decorators and Named("typing.NamedTuple") not in made.bases:
        return None
    del machine
    return {
        statement.target.id: made.cells.get(statement.target.id, ANY)
        for statement in made.node.body
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name)
    }
