"""Where the user's own code calls a model, and what its names hold at that time: shapes, no tensor is kept."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from shapeguard.records.network import ValueRef
from shapeguard.source import frames, trees
from shapeguard.source.called_models import CalledModel, statements_from
from shapeguard.source.code_places import assigned_to
from shapeguard.source.name_bindings import binder_in_sight, last_binder
from shapeguard.trace.own_loops import argument_for
from shapeguard.trace.raised_frames import Passed, value_of
from shapeguard.trace.recorder import is_tensor, shape_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from types import CodeType, FrameType

    from shapeguard.records.network import Network, Shape
    from shapeguard.source.trees import Source

_HANDED_OUT = frozenset({"load_data", "next", "train_test_split"})
"""Functions that give inputs together with what belongs to them."""
_FURTHEST = 6


def called_model(model: Any, network: Network, given: Any, seen: set[tuple[CodeType, int]]) -> CalledModel | None:
    """The call of a model that the user's own code makes now; `None` without its source, and of one that was `seen`.

    Also where nothing in sight has one number for each sample, and no output one that has an axis of its own.
    """
    outputs, frame = _outputs(network, model), frames.user_frame()
    shape = next(filter(None, map(_held, keras.tree.flatten(given))), None)
    if frame is None or not shape or not _has_columns(outputs, shape[0]):
        return None
    held = {name: size for name, each in frame.f_locals.items() if (size := _held(each)) is not None}
    place = frame.f_code, frame.f_lasti
    if (shape[0],) not in held.values() or place in seen:
        return None
    seen.add(place)
    return _at([_passed(each) for each in _users(frame)], model, held, (shape, outputs))


def _at(
    passed: Sequence[Passed],
    model: Any,
    held: Mapping[str, Shape],
    sizes: tuple[Shape, Shape | tuple[Shape, ...]],
) -> CalledModel | None:
    """The call that the innermost frame makes, where it is written as one of the model."""
    frame = passed[0].frame
    source, call = trees.source_for(frame.f_code), passed[0].node
    if source is None or not isinstance(call, ast.Call) or value_of(call.func, frame) is not model:
        return None
    inside = [each for part in statements_from(source, call) for each in ast.walk(part)]
    names = {each.id for each in inside if isinstance(each, ast.Name)} - _shared_names(source)
    return CalledModel(
        source,
        call,
        *sizes,
        models=frozenset(source.text(source.span(each)) for each in _callees(inside, frame, model)),
        shapes={name: held[name] for name in names & held.keys()},
        numbers=dict(_numbers(names, frame)),
        together=frozenset(_together(passed, call, held)),
    )


def _callees(nodes: Iterable[ast.AST], frame: FrameType, model: Any) -> Iterator[ast.expr]:
    """The expressions that are called and stand for the model."""
    for each in nodes:
        if isinstance(each, ast.Call) and value_of(each.func, frame) is model:
            yield each.func


def _numbers(names: Iterable[str], frame: FrameType) -> Iterator[tuple[str, int | float]]:
    """The names that hold a number, each with it."""
    for name in names:
        value = value_of(ast.Name(name, ast.Load()), frame)
        if type(value) in {int, float}:
            yield name, value


def _outputs(network: Network, model: Any) -> Shape | tuple[Shape, ...]:
    """The shapes of what the model gave: of a tensor, or of several in order."""
    structure = next((call.structure for call in network.calls if call.operation is model), None)
    if isinstance(structure, ValueRef):
        return network.values[structure.index].shape
    if isinstance(structure, list | tuple) and all(isinstance(each, ValueRef) for each in structure):
        return tuple(network.values[each.index].shape for each in structure)
    return ()


def _has_columns(outputs: Any, samples: int | None) -> bool:
    return samples is not None and samples > 1 and (samples, 1) in (outputs, *outputs)


def _held(value: Any) -> Shape | None:
    return shape_of(value) if isinstance(value, np.ndarray) or is_tensor(value) else None


def _users(frame: FrameType) -> Iterator[FrameType]:
    """The frames of the user's own code, innermost first."""
    around: FrameType | None = frame
    while around is not None:
        if not frames.is_library(around.f_code.co_filename):
            yield around
        around = around.f_back


def _passed(frame: FrameType) -> Passed:
    return Passed(frame, frame.f_lasti, frame.f_lineno)


def _shared_names(source: Source) -> set[str]:
    """The names that other functions may give another value."""
    found = (each for each in ast.walk(source.tree) if isinstance(each, ast.Global | ast.Nonlocal))
    return {name for each in found for name in each.names}


def _together(passed: Sequence[Passed], call: ast.Call, held: Iterable[str]) -> Iterator[str]:
    """The names that one line took in hand with what the model is given: `for rows, wanted in batches`."""
    given = call.args[0] if call.args else next((each.value for each in call.keywords), None)
    name = _first_name(given)
    place = None if name is None else _handed_out(passed, name)
    if place is not None:
        yield from (each for each in held if _handed_out(passed, each) is place)


def _first_name(node: ast.expr | None) -> str | None:
    """The name of what an expression, or the first argument of a call, is."""
    while isinstance(node, ast.Call) and node.args:
        node = node.args[0]
    return node.id if isinstance(node, ast.Name) else None


def _handed_out(passed: Sequence[Passed], name: str, depth: int = 0) -> ast.AST | None:
    """The line that took in hand, with other things, what a name stands for; a parameter is followed outwards."""
    code = passed[0].code
    if depth > _FURTHEST:
        return None
    if name in code.co_varnames[: code.co_argcount]:
        outside = _first_name(_argument(passed, name))
        return None if outside is None else _handed_out(passed[1:], outside, depth + 1)
    match _binder_of(passed[0], name):
        case ast.For(target=ast.Tuple()) as loop:
            return loop
        case ast.Assign(targets=[ast.Tuple()], value=value) as statement:
            return statement if _hands_out(value) else None
        case ast.AST() as binder:
            before = _first_name(assigned_to(binder, name))
            return None if before in {None, name} else _handed_out(passed, str(before), depth + 1)
        case _:
            return None


def _argument(passed: Sequence[Passed], name: str) -> ast.expr | None:
    """What the function around calls the innermost one with for a parameter."""
    around = passed[1].node if len(passed) > 1 else None
    return argument_for(around, passed[0].code, name) if isinstance(around, ast.Call) else None


def _binder_of(passed: Passed, name: str) -> ast.AST | None:
    """The statement that gave a name its value in a frame, if it is known."""
    node, source = passed.node, trees.source_for(passed.code)
    if node is None or source is None:
        return None
    return last_binder(source, node, name) or binder_in_sight(source, node, name)


def _hands_out(value: ast.expr) -> bool:
    """Whether an expression gives what belongs together: a batch in hand, or data as a library gives it."""
    return isinstance(value, ast.Name) or (isinstance(value, ast.Call) and trees.last_name(value.func) in _HANDED_OUT)
