"""A loop of the user's own in which `squeeze` without an axis takes the samples away, too, where a batch has one."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

from shapeguard.source import trees
from shapeguard.source.name_bindings import scope_of
from shapeguard.trace.raised_frames import users_frames
from shapeguard.trace.recorder import shape_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from shapeguard.records.network import Shape
    from shapeguard.source.trees import Source
    from shapeguard.trace.raised_frames import Passed

_SQUEEZE = "squeeze"


class SqueezedBatch(NamedTuple):
    """The call that names no axis, and the other axes of its tensor that have one place; `is_torch`: they are `dim`."""

    source: Source
    call: ast.Call
    function: str
    axes: tuple[int, ...]
    is_torch: bool


def squeezed_batch(exception: BaseException, shapes: Sequence[Shape]) -> SqueezedBatch | None:
    """The only such call in the functions that an exception came through, if what it gave is one of `shapes`.

    These are the shapes that met. `None` of others.
    """
    found = {each.call: each for passed in users_frames(exception) for each in _in_frame(passed, shapes)}
    return next(iter(found.values())) if len(found) == 1 else None


def _in_frame(passed: Passed, shapes: Sequence[Shape]) -> Iterator[SqueezedBatch]:
    source, node = trees.source_for(passed.code), passed.node
    if source is None or node is None:
        return
    function = passed.code.co_name.strip("<>")
    for call, owner, tensor in _calls(scope_of(source, node), passed.line):
        axes = _axes_of_one(shape_of(passed.frame.f_locals.get(tensor)) or (), shapes)
        if axes:
            yield SqueezedBatch(source, call, function, axes, owner == "torch")


def _axes_of_one(shape: Shape, shapes: Sequence[Shape]) -> tuple[int, ...]:
    """The axes of one place behind a batch of one sample, if what is left without all of them is among the shapes."""
    axes = tuple(axis for axis, size in enumerate(shape) if size == 1)
    is_met = tuple(size for size in shape if size != 1) in shapes
    return axes[1:] if is_met and axes[:1] == (0,) else ()


def _calls(scope: ast.AST, line: int) -> Iterator[tuple[ast.Call, str, str]]:
    """(call, module, tensor) of the calls up to a line that name no axis."""
    for call in ast.walk(scope):
        match call:
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id=owner), attr=name), args=[ast.Name(id=tensor)], keywords=[]
            ):
                if name == _SQUEEZE and call.lineno <= line:
                    yield call, owner, tensor
