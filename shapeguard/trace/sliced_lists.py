"""Lists of arrays that a program slices into samples, which TensorFlow takes for one array with an axis more."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any, NamedTuple

from shapeguard.source import trees
from shapeguard.trace.raised_frames import users_frames, value_of
from shapeguard.trace.recorder import shape_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.source.trees import Source
    from shapeguard.trace.raised_frames import Passed

_SLICES = "from_tensor_slices"


class SlicedLists(NamedTuple):
    """The call that slices, the expressions of the lists in what it is given, and how many samples all arrays have."""

    source: Source
    call: ast.Call
    lists: tuple[ast.expr, ...]
    samples: int


def sliced_lists(exception: BaseException) -> SlicedLists | None:
    """The lists that were to be sliced into samples where this was raised; `None` where others are sliced, or none."""
    users = users_frames(exception)
    source = trees.source_for(users[-1].code) if users else None
    return None if source is None else _in_call(source, users[-1])


def _in_call(source: Source, passed: Passed) -> SlicedLists | None:
    match passed.node:
        case ast.Call(func=function, args=[ast.Tuple() as given]) as call if trees.last_name(function) == _SLICES:
            parts = list(_parts(passed, given))
        case _:
            return None
    counts = {count for _, _, count in parts}
    lists = tuple(written for written, is_list, _ in parts if is_list)
    samples = counts.pop() if len(counts) == 1 else None
    return None if not lists or samples is None else SlicedLists(source, call, lists, samples)


def _parts(passed: Passed, given: ast.Tuple) -> Iterator[tuple[ast.expr, bool, int | None]]:
    """Each part: its expression, whether it is a list of arrays, and the samples that it, or each of them, has."""
    for written in given.elts:
        elements = written.elts if isinstance(written, ast.List) else None
        value = value_of(written, passed.frame) if elements is None else [value_of(e, passed.frame) for e in elements]
        sizes = {_samples_of(each) for each in value} if isinstance(value, list) else {_samples_of(value)}
        yield written, isinstance(value, list), next(iter(sizes)) if len(sizes) == 1 else None


def _samples_of(value: Any) -> int | None:
    shape = shape_of(value) if hasattr(value, "dtype") else None
    return shape[0] if shape else None
