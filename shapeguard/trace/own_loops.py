"""A loss that raised in a loop of the user's own: the model that gave the outputs, its inputs, and the targets."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import keras

from shapeguard.keras_compat.compiled_losses import described
from shapeguard.source import trees
from shapeguard.source.name_bindings import FUNCTIONS, scope_of
from shapeguard.trace.crash_sites import split
from shapeguard.trace.feed import feed_of_batch
from shapeguard.trace.raised_frames import argument_values, levels, value_of
from shapeguard.trace.recorder import is_tensor, shape_of
from shapeguard.trace.target_values import values_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.records.network import Feed
    from shapeguard.source.trees import Source
    from shapeguard.trace.raised_frames import Passed

_TARGETS_AND_OUTPUTS = 2


class LoopStep(NamedTuple):
    """What a loop gave to a model and then to a loss."""

    model: Any
    x: Any
    targets: Any
    outputs: Any
    loss: Any

    @property
    def feed(self) -> Feed:
        """The same as if a training method had been given it, with this loss for the one output."""
        feed = feed_of_batch(self.model, (self.x, self.targets), "train")
        return replace(
            feed,
            batch_size=self.x.shape[0],
            loss=(described(self.loss),),
            values=tuple(replace(each, dtype=_dtype(self.targets)) for each in values_of(self.x, self.targets)),
            target_structure=None,
        )


def loop_step(exception: BaseException) -> LoopStep | None:
    """The step of a loop whose loss raised; `None` where the source does not tell which model gave the outputs."""
    _, line, below = split(levels(exception))
    given = next((each for each in map(_given_to_loss, below[:_TARGETS_AND_OUTPUTS]) if each is not None), None)
    source = None if line is None else trees.source_for(line.code)
    if line is None or source is None or given is None or not isinstance(line.node, ast.Call):
        return None
    loss, targets, outputs = given
    call = _call_of_model(source, line, _written_outputs(line.node))
    if call is None or not is_tensor(outputs):
        return None
    x = value_of(call.args[0], line.frame)
    return None if shape_of(x) is None else LoopStep(value_of(call.func, line.frame), x, targets, outputs, loss)


def _dtype(targets: Any) -> str:
    return str(keras.backend.standardize_dtype(targets.dtype))


def _given_to_loss(passed: Passed) -> tuple[Any, Any, Any] | None:
    """(loss, targets, outputs) of a call of one of Keras' losses, an object or a function."""
    given = argument_values(passed.frame)
    if given and isinstance(given[0], keras.losses.Loss):
        return (given[0], *given[1:3]) if len(given) > _TARGETS_AND_OUTPUTS else None
    function = getattr(keras.losses, passed.code.co_name, None)
    is_loss = getattr(function, "__code__", None) is passed.code
    return (function, *given[:2]) if is_loss and len(given) >= _TARGETS_AND_OUTPUTS else None


def _written_outputs(call: ast.Call) -> ast.expr | None:
    """The expression of the outputs in a call of a loss."""
    named = next((each.value for each in call.keywords if each.arg == "y_pred"), None)
    return named or (call.args[1] if len(call.args) >= _TARGETS_AND_OUTPUTS else None)


def _call_of_model(source: Source, line: Passed, outputs: ast.expr | None) -> ast.Call | None:
    """The call of a model with one tensor that an expression is, or that was assigned to its name last."""
    if isinstance(outputs, ast.Name):
        assigned = list(_assigned_before(source, line, outputs))
        outputs = assigned[-1] if assigned else None
    if not isinstance(outputs, ast.Call) or len(outputs.args) != 1:
        return None
    return outputs if isinstance(value_of(outputs.func, line.frame), keras.Model) else None


def _assigned_before(source: Source, line: Passed, name: ast.Name) -> Iterator[ast.expr]:
    """What the function around, or the file, assigns to a name in lines before, in order."""
    scope = scope_of(source, name)
    around = scope if isinstance(scope, FUNCTIONS) else source.tree
    for statement in ast.walk(around):
        match statement:
            case ast.Assign(targets=[ast.Name(id=assigned)], value=value) if assigned == name.id:
                if statement.lineno <= line.line and scope_of(source, value) is scope:
                    yield value
            case _:
                continue
