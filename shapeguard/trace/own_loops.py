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
    from collections.abc import Iterator, Sequence
    from types import CodeType, FrameType

    from shapeguard.records.network import Feed, Shape
    from shapeguard.source.trees import Source
    from shapeguard.trace.raised_frames import Passed

_TARGETS_AND_OUTPUTS = 2
_NOT_KNOWN = object()


class LoopStep(NamedTuple):
    """What a loop gave to a model and then to a loss: the output of that number, if the model gave several."""

    model: Any
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    slot: int
    targets: Any
    outputs: Any
    loss: Any

    def gave(self, shapes: Sequence[Shape]) -> bool:
        """Whether a pass that gives these shapes is the one that the loss was given an output of."""
        return self.slot < len(shapes) and shapes[self.slot] == tuple(self.outputs.shape)

    def feed(self, count: int) -> Feed:
        """The same as if a training method had been given it, with this loss for one of so many outputs."""
        x = self.args[0]
        feed = feed_of_batch(self.model, (x, self.targets), "train")
        values = tuple(replace(each, dtype=_dtype(self.targets)) for each in values_of(x, self.targets))
        before, behind = (None,) * self.slot, (None,) * (count - self.slot - 1)
        return replace(
            feed,
            batch_size=x.shape[0],
            targets=(*before, *feed.targets, *behind),
            loss=(*before, described(self.loss), *behind),
            values=(*before, *values, *behind),
            target_structure=None,
        )


def loop_step(exception: BaseException) -> LoopStep | None:
    """The step of a loop whose loss raised; `None` where the source does not tell which model gave the outputs."""
    outside, line, below = split(levels(exception))
    given = next((each for each in map(_given_to_loss, below[:_TARGETS_AND_OUTPUTS]) if each is not None), None)
    if line is None or given is None or not isinstance(line.node, ast.Call):
        return None
    loss, targets, outputs = given
    found = _call_of_model(outside, _written_outputs(line.node))
    if found is None or not is_tensor(outputs):
        return None
    frame, call, slot = found
    arguments = _arguments_of(call, frame)
    return None if arguments is None else LoopStep(value_of(call.func, frame), *arguments, slot, targets, outputs, loss)


def _arguments_of(call: ast.Call, frame: FrameType) -> tuple[tuple[Any, ...], dict[str, Any]] | None:
    """What a call was given, the first of it a tensor; `None` where that is not known."""
    args = tuple(_given(each, frame) for each in call.args)
    kwargs = {each.arg: _given(each.value, frame) for each in call.keywords if each.arg is not None}
    is_known = len(kwargs) == len(call.keywords) and not any(x is _NOT_KNOWN for x in (*args, *kwargs.values()))
    return (args, kwargs) if is_known and args and shape_of(args[0]) is not None else None


def _given(node: ast.expr, frame: FrameType) -> Any:
    """What an argument was, a constant or what a name stands for; what is not known otherwise."""
    if isinstance(node, ast.Constant):
        return node.value
    value = value_of(node, frame)
    return _NOT_KNOWN if value is None else value


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


def _call_of_model(came_through: Sequence[Passed], outputs: ast.expr | None) -> tuple[FrameType, ast.Call, int] | None:
    """(frame, call, number of the output) of the call of a model that an expression is, or that its name stands for.

    The expression is in the innermost frame; a parameter stands for what the function around was called with.
    """
    for passed in (each for each in reversed(came_through) if each.is_users):
        source, slot = trees.source_for(passed.code), 0
        assigned = list(_assigned_before(source, passed, outputs)) if source and isinstance(outputs, ast.Name) else []
        if assigned:
            outputs, slot = assigned[-1]
        if isinstance(outputs, ast.Call):
            is_of_model = isinstance(value_of(outputs.func, passed.frame), keras.Model)
            return (passed.frame, outputs, slot) if is_of_model else None
        outputs = written_outside(came_through, passed, outputs.id) if isinstance(outputs, ast.Name) else None
    return None


def written_outside(came_through: Sequence[Passed], passed: Passed, name: str) -> ast.expr | None:
    """What the function that a frame runs was called with for a parameter, in the next of the user's frames outside."""
    outside = came_through[: [each is passed for each in came_through].index(True)]
    call = next((each.node for each in reversed(outside) if each.is_users), None)
    return argument_for(call, passed.code, name) if isinstance(call, ast.Call) else None


def argument_for(call: ast.Call, code: CodeType, name: str) -> ast.expr | None:
    """What a call of a function gives for a parameter; `None` where it is not written."""
    named = next((each.value for each in call.keywords if each.arg == name), None)
    names = code.co_varnames[: code.co_argcount]
    if named is not None or name not in names:
        return named
    index = names.index(name) - (isinstance(call.func, ast.Attribute) and names[0] == "self")
    return call.args[index] if 0 <= index < len(call.args) else None


def _assigned_before(source: Source, line: Passed, name: ast.Name) -> Iterator[tuple[ast.expr, int]]:
    """What the function around, or the file, assigns to a name in lines before, in order; of several the number."""
    scope = scope_of(source, name)
    around = scope if isinstance(scope, FUNCTIONS) else source.tree
    for statement in ast.walk(around):
        if isinstance(statement, ast.Assign) and statement.lineno <= line.line:
            slot = _slot_of(statement.targets[0], name.id) if len(statement.targets) == 1 else None
            if slot is not None and scope_of(source, statement.value) is scope:
                yield statement.value, slot


def _slot_of(target: ast.expr, name: str) -> int | None:
    """Which of the assigned values a name gets; `None` if it gets none."""
    targets = target.elts if isinstance(target, ast.Tuple | ast.List) else [target]
    if any(isinstance(each, ast.Starred) for each in targets):
        return None
    return next((place for place, each in enumerate(targets) if isinstance(each, ast.Name) and each.id == name), None)
