"""A loop of the user's own over batches, in which an array of all samples stands where the batch was meant."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any, NamedTuple

from shapeguard.source import trees
from shapeguard.trace.raised_frames import users_frames
from shapeguard.trace.recorder import shape_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from shapeguard.records.network import Shape
    from shapeguard.source.trees import Source
    from shapeguard.trace.raised_frames import Passed


class WholeData(NamedTuple):
    """The name of all samples as a call of a loop reads it, where `batch`, which nothing reads, has `samples`."""

    source: Source
    node: ast.Name
    function: str
    all_samples: int
    batch: str
    samples: int


def whole_data(exception: BaseException, shapes: Sequence[Shape]) -> WholeData | None:
    """The name of an array that was read instead of the batch of it; `None` where no such thing is certain.

    `shapes` are those that met: the number of all samples is among their sizes, and that of a batch.
    """
    sizes = {size for shape in shapes for size in shape}
    users = users_frames(exception)
    found = [each for passed in reversed(users) for each in _in_frame(passed)]
    met = [each for each in found if {each.all_samples, each.samples} <= sizes]
    return met[0] if len(met) == 1 else None


def _in_frame(passed: Passed) -> Iterator[WholeData]:
    source, call = trees.source_for(passed.code), passed.node
    if source is None or call is None:
        return
    values, function = passed.frame.f_locals, passed.code.co_name.strip("<>")
    unread = _unread_targets([each for each in trees.ancestors(source, call) if isinstance(each, ast.For)])
    for name in (each for each in ast.walk(call) if isinstance(each, ast.Name)):
        for batch in unread:
            samples = _samples_of(values.get(batch), values.get(name.id))
            if samples is not None:
                yield WholeData(source, name, function, samples[1], batch, samples[0])


def _unread_targets(loops: Sequence[ast.For]) -> list[str]:
    """The names that loops give their batches, and that nothing in them reads."""
    given = [each.id for loop in loops for each in ast.walk(loop.target) if isinstance(each, ast.Name)]
    inside = (each for loop in loops for statement in loop.body for each in ast.walk(statement))
    read = {each.id for each in inside if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load)}
    return [name for name in given if name not in read]


def _samples_of(batch: Any, array: Any) -> tuple[int, int] | None:
    """(samples of the batch, samples of the array), where this has more of the same shape and kind; else `None`."""
    if not (hasattr(batch, "dtype") and hasattr(array, "dtype")):
        return None
    part, whole = shape_of(batch), shape_of(array)
    if not part or not whole or part[1:] != whole[1:] or _kind(batch) != _kind(array):
        return None
    few, many = part[0], whole[0]
    return (few, many) if few is not None and many is not None and few < many else None


def _kind(array: Any) -> str:
    """The letters of a dtype's name: "int", "float"."""
    name = getattr(array.dtype, "name", str(array.dtype).rpartition(".")[2])
    return str(name).rstrip("0123456789")
