"""What a call gives, by what is called."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shapeguard.source.imports import canonical
from shapeguard.static import (
    array_calls,
    functions,
    guards,
    layer_calls,
    methods,
    model_calls,
    model_methods,
    python_calls,
)
from shapeguard.static.keras_calls import of_keras
from shapeguard.static.library_calls import of_library, of_record
from shapeguard.static.plain_values import math_call
from shapeguard.static.tensorflow_calls import of_tensorflow
from shapeguard.static.values import (
    ANY,
    Applicable,
    Builtin,
    Class,
    Function,
    Instance,
    Layer,
    Method,
    Model,
    Named,
    Record,
    Super,
    Tensor,
)

if TYPE_CHECKING:
    import ast

    from shapeguard.static.given import Given
    from shapeguard.static.machine import Machine
    from shapeguard.static.state import Scope


def builtin(name: str) -> Builtin | None:
    """The function of Python of this name."""
    if name not in python_calls.NAMES and name not in python_calls.NAMES_OF_DECORATORS:
        return None
    return Builtin(name, python_calls.python_call)


def call(machine: Machine, node: ast.AST, callee: Any, given: Given, scope: Scope) -> Any:
    """What a call gives; `ANY` where that is not known."""
    match callee:
        case Named():
            return _named(machine, callee.path, given, node, scope)
        case Function():
            return functions.called(machine, callee, given, node, scope)
        case Class():
            return functions.constructed(machine, callee, given, node, scope)
        case Layer() | Model() | Instance():
            return _layer(machine, callee, given, node, scope)
        case Method():
            return _method(machine, callee, given, node, scope)
        case Builtin():
            return _builtin(machine, callee.name, given, node, scope)
        case Record(kind="partial"):
            return callee.cells["(call)"](machine, given, node, scope)
    return ANY


def _layer(machine: Machine, callee: Applicable, given: Given, node: ast.AST, scope: Scope) -> Any:
    """The call of a layer, a model, or an object of the program."""
    if isinstance(callee, Instance) and callee.of.keras_base is None:
        function = callee.of.lookup("__call__")
        is_own = isinstance(function, Function)
        return functions.called(machine, function, given.behind(callee), node, scope) if is_own else ANY
    name = machine.dotted(node, scope.module)
    if isinstance(callee, Layer):
        return layer_calls.call_layer(machine, callee, given, node, scope, name)
    return model_calls.called(machine, callee, given, node, scope, name)


def _builtin(machine: Machine, name: str, given: Given, node: ast.AST, scope: Scope) -> Any:
    """The call of a function of Python."""
    if name == "super":
        return _super(scope)
    if name == "type" and len(given.args) == 1 and isinstance(given.args[0], Instance):
        return given.args[0].of
    return python_calls.python_call(machine, name, given, node, scope)


def _super(scope: Scope) -> Any:
    """`super()`: the first parameter of the method, and the class that defines it."""
    where: Scope | None = scope
    while where is not None and "(class)" not in where.cells:
        where = where.parent
    if where is None:
        return ANY
    return Super(where.cells["(self)"], where.cells["(class)"])


def _named(machine: Machine, path: str, given: Given, node: ast.AST, scope: Scope) -> Any:
    """A call of something that an import brings."""
    keras = canonical(path)
    if keras is not None:
        return of_keras(machine, keras, given, node, scope)
    root, _, rest = path.partition(".")
    if root == "shapeguard":
        return guards.of_shapeguard(machine, rest, given, node, scope)
    if root == "numpy":
        return array_calls.numpy_call(machine, rest, given, node, scope)
    if root == "tensorflow":
        return of_tensorflow(machine, rest, given, node, scope)
    return math_call(rest, given) if root == "math" else of_library(path, given)


def _method(machine: Machine, method: Method, given: Given, node: ast.AST, scope: Scope) -> Any:
    owner = method.owner
    if method.function is not None:
        return functions.called(machine, method.function, given.behind(owner), node, scope)
    match owner:
        case Super():
            return model_methods.behind_super(machine, owner, method.name, given, node, scope)
        case Tensor():
            return array_calls.method(machine, owner, method.name, given, node, scope)
        case Model() | Instance():
            return model_methods.of_model(machine, owner, method.name, given, node, scope)
        case Layer():
            return model_methods.of_layer(machine, owner, method.name, given, node, scope)
        case Record():
            return of_record(machine, owner, method.name, given, node, scope)
    return methods.method(machine, owner, method.name, given)
