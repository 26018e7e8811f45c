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
    given = _given_to_fit(nodes)
    if given is None:
        return ()
    arrays = given.elts if isinstance(given, ast.List | ast.Tuple) else [given]
    assigned = {each.id for each in nodes if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)}
    shapes = tuple(_shapes(frame, arrays, assigned))
    return shapes if len(shapes) == len(arrays) else ()


def _given_to_fit(nodes: list[ast.AST]) -> ast.expr | None:
    """What the first `fit` among these is given for `x`."""
    for node in nodes:
        if isinstance(node, ast.Call) and method_of(node) == _FIT:
            return argument_of(node, "x")
    return None


def _shapes(frame: FrameType, arrays: list[ast.expr], assigned: set[str]) -> Iterator[Shape]:
    for each in arrays:
        if not isinstance(each, ast.Name) or each.id in assigned:
            return
        shape = getattr(frame.f_locals.get(each.id, frame.f_globals.get(each.id)), "shape", None)
        if not isinstance(shape, tuple) or not shape or not all(isinstance(size, int) for size in shape):
            return
        yield shape[1:]
