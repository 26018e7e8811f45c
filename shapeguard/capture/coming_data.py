"""The data that the lines behind a failed build would have trained with, where the program has it already."""

from __future__ import annotations

import ast
from traceback import walk_tb
from typing import TYPE_CHECKING

from shapeguard.capture.remaining_code import lines_behind
from shapeguard.source import frames
from shapeguard.source.fit_call import argument_of, method_of
from shapeguard.source.trees import source_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

    from shapeguard.records.network import Shape

_FIT = "fit"


def coming_inputs(exception: BaseException) -> tuple[Shape, ...]:
    """The shapes, without samples, of what the next `fit` is given for `x`; `()` where that is not certain.

    Only arrays that have a name, to which nothing is assigned before that call. Nothing of the program is run.
    """
    for frame, line in walk_tb(exception.__traceback__):
        if not frames.is_library(frame.f_code.co_filename):
            found = _in_scope(frame, line)
            if found:
                return found
    return ()


def _in_scope(frame: FrameType, line: int) -> tuple[Shape, ...]:
    source = source_for(frame.f_code)
    behind = [] if source is None else lines_behind(source, frame, line)
    nodes = [node for statement in behind for node in ast.walk(statement)]
    call = next((each for each in nodes if isinstance(each, ast.Call) and method_of(each) == _FIT), None)
    given = None if call is None else argument_of(call, "x")
    if call is None or given is None:
        return ()
    arrays = given.elts if isinstance(given, ast.List | ast.Tuple) else [given]
    assigned = {each.id for each in nodes if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)}
    shapes = list(_shapes(frame, arrays, assigned))
    return tuple(shapes) if len(shapes) == len(arrays) else ()


def _shapes(frame: FrameType, arrays: list[ast.expr], assigned: set[str]) -> Iterator[Shape]:
    for each in arrays:
        if not isinstance(each, ast.Name) or each.id in assigned:
            return
        shape = getattr(frame.f_locals.get(each.id, frame.f_globals.get(each.id)), "shape", None)
        if not isinstance(shape, tuple) or not shape or not all(isinstance(size, int) for size in shape):
            return
        yield shape[1:]
