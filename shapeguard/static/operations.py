"""Operations on tensors: functions of `keras.ops`, operators and indices."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shapeguard.layers import Refusal
from shapeguard.layers.operations import is_elementwise, operation_rule_for, shapes_of_operation
from shapeguard.layers.operations.operators import OPERATORS, Operator
from shapeguard.layers.parameters import function_parameters
from shapeguard.records.source import OperationName, Span
from shapeguard.static.iterating import LONGEST, items_of
from shapeguard.static.layer_calls import plain, tensors_in
from shapeguard.static.ruling import answer_of
from shapeguard.static.sizes import Outputs, calculated, holds_unknown, ruled
from shapeguard.static.values import (
    ANY,
    RUNTIME,
    Dims,
    ListValue,
    Operation,
    Runtime,
    Symbol,
    Tensor,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from shapeguard.layers.parameters import Parameters
    from shapeguard.static.given import Given
    from shapeguard.static.machine import Machine
    from shapeguard.static.state import Scope

UNKNOWN = Operator("", "?")


SCALARS = bool | int | float | Symbol | Runtime


PARTS = frozenset({"Unstack", "Split", "ArraySplit", "Hsplit", "Vsplit", "Dsplit"})


@dataclass(frozen=True, slots=True)
class Where:
    """A call of an operation in the program: its node, the scope around, and what is called as it is written."""

    node: ast.AST
    scope: Scope
    name: str

    @property
    def operation(self) -> OperationName:
        """What the operation is called."""
        return OperationName.at(self.name, self.scope.function, self.span.line)

    @property
    def span(self) -> Span:
        """The place of the call."""
        return self.scope.module.span(self.node)


def call_operation(machine: Machine, function: str, given: Given, node: ast.AST, scope: Scope, name: str) -> Any:
    """What a function of `keras.ops` gives."""
    parameters = function_parameters(function)
    bound = None if parameters is None else parameters.bind(given.args, given.keywords)
    if parameters is None or bound is None or given.is_open or not {*parameters.required} <= {*bound}:
        return given_by(machine, "", list(tensors_in(given.args)), None, Where(node, scope, name))
    tensors: list[Any] = []
    config: dict[str, Any] = {}
    for parameter, value in {**parameters.defaults, **bound}.items():
        found = _tensors_of(parameters, parameter, value, is_given=parameter in bound)
        if found:
            tensors += found
        else:
            config[parameter] = ANY if list(tensors_in(value)) else _known_size(plain(value))
    return given_by(machine, parameters.returns, tensors, config, Where(node, scope, name))


def _tensors_of(parameters: Parameters, parameter: str, value: Any, *, is_given: bool) -> list[Any]:
    """The tensors that an argument brings; none if it says of which shape the result is."""
    rule, kind = operation_rule_for(parameters.returns), parameters.returns
    found = list(tensors_in(value))
    if found:
        is_decisive = rule is not None and parameter in rule.arguments
        is_unknown = value is ANY and parameter != parameters.positional[0]
        return [] if is_decisive or is_unknown else found
    is_scalar = is_given and is_elementwise(kind) and isinstance(value, SCALARS)
    return [Tensor(())] if is_scalar else []


def _known_size(value: Any) -> Any:
    """Sizes that only data tells as Keras' `None`."""
    if isinstance(value, Runtime):
        return None
    return type(value)(map(_known_size, value)) if isinstance(value, tuple | list) else value


def given_by(
    machine: Machine, kind: str, tensors: Sequence[Any], config: Mapping[str, Any] | None, where: Where
) -> Any:
    """The tensors that an operation gives, noted where they are of a network; `config` is `None` if not known."""
    result = None if config is None else _shapes(kind, config, tensors)
    inputs = [tensor for tensor in tensors if isinstance(tensor, Tensor)]
    shapes: tuple[Dims | None, ...] = result if isinstance(result, tuple) else (None,)
    if inputs and all(tensor.is_array for tensor in inputs):
        outputs = [Tensor(shape, inputs[0].dtype) for shape in shapes]
    else:
        outputs = _noted(machine, Operation(kind, config or {}, tuple(inputs)), result, where)
    return outputs[0] if len(outputs) == 1 and kind not in PARTS else ListValue.of(outputs)


def _noted(machine: Machine, operation: Operation, result: Outputs | None, where: Where) -> list[Tensor]:
    """The tensors of a network that an operation gives."""
    outputs = machine.recorder.tensors(result if isinstance(result, tuple) else [None])
    given = [] if isinstance(result, Refusal) else outputs
    call = machine.recorder.call(operation, operation.kind, where.operation, operation.tensors, given)
    if isinstance(result, Refusal):
        machine.note_refusal(call, result, where.span)
    machine.note_call(call, where.node, None, where.scope)
    machine.recorder.state(where.span, where.name, outputs)
    return outputs


def _shapes(kind: str, config: Mapping[str, Any], tensors: Sequence[Any]) -> Outputs | None:
    """The shapes that an operation gives; `None` where they are not known."""
    if not tensors or any(not isinstance(tensor, Tensor) or tensor.shape is None for tensor in tensors):
        return None
    shapes = tuple(tensor.shape for tensor in tensors)

    def ask() -> Outputs | None:
        return ruled(lambda read, inputs: shapes_of_operation(kind, read, inputs), config, shapes)

    found = answer_of(ask)
    target = config.get("newshape")
    if found is None and isinstance(target, tuple | list):
        return (tuple(ANY if size == -1 or holds_unknown(size) else size for size in target),)
    return found


def binary(machine: Machine, node: ast.AST, kind: type[ast.AST], left: Any, right: Any, scope: Scope) -> Any:
    """What an operator makes of two values."""
    if isinstance(left, Tensor) or isinstance(right, Tensor):
        return _operated(machine, kind, [left, right], node, scope)
    if isinstance(left, ListValue) or isinstance(right, ListValue):
        return _of_lists(kind, left, right)
    return calculated(kind, left, right)


def _operated(machine: Machine, kind: type[ast.AST], operands: list[Any], node: ast.AST, scope: Scope) -> Any:
    """What an operator makes of tensors and numbers."""
    operator = OPERATORS.get(kind, UNKNOWN)
    tensors = [Tensor(()) if isinstance(each, SCALARS) else each for each in operands]
    return given_by(machine, operator.kind, tensors, {}, Where(node, scope, operator.sign))


def _of_lists(kind: type[ast.AST], left: Any, right: Any) -> Any:
    """The sum of two lists, or one several times."""
    if isinstance(right, ListValue) and not isinstance(left, ListValue):
        left, right = right, left
    one, other = items_of(left), items_of(right) if isinstance(right, ListValue) else None
    if kind is ast.Add and isinstance(right, ListValue):
        return ListValue.of(ANY if one is None or other is None else (*one, *other))
    if kind is ast.Mult and isinstance(right, int):
        return ListValue.of(ANY if one is None or len(one) * right > LONGEST else one * right)
    return ANY


def unary(machine: Machine, node: ast.UnaryOp, value: Tensor, scope: Scope) -> Any:
    """What a sign in front of a tensor gives."""
    return _operated(machine, type(node.op), [value], node, scope)


def comparison(machine: Machine, node: ast.AST, operator: ast.cmpop, left: Any, right: Any, scope: Scope) -> Any:
    """What a comparison of tensors gives."""
    return _operated(machine, type(operator), [left, right], node, scope) if type(operator) in OPERATORS else ANY


def shape_of(tensor: Any) -> Any:
    """`ops.shape(x)`: sizes that only data tells are whole numbers there."""
    if not isinstance(tensor, Tensor) or tensor.shape is None:
        return ANY
    return tuple(RUNTIME if size is None else size for size in tensor.shape)
