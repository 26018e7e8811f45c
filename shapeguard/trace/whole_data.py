"""A loop of the user's own over batches, in which an array of all samples stands where the batch was meant."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any, NamedTuple

from shapeguard.source import trees
from shapeguard.trace.raised_frames import levels
from shapeguard.trace.recorder import shape_of

if TYPE_CHECKING:
    from collections.abc import Sequence

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
    users = [each for level in levels(exception) for each in level if each.is_users]
    found = [each for passed in reversed(users) for each in _in_frame(passed)]
    met = [each for each in found if {each.all_samples, each.samples} <= sizes]
    return met[0] if len(met) == 1 else None


def _in_frame(passed: Passed) -> list[WholeData]:
    source, call = trees.source_for(passed.code), passed.node
    loops = [] if source is None or call is None else list(_loops_around(source, call))
    if source is None or call is None or not loops:
        return []
    unread, names = _unread_targets(loops), [each for each in ast.walk(call) if isinstance(each, ast.Name)]
    values, function = passed.frame.f_locals, passed.code.co_name.strip("<>")
    return [
        WholeData(source, name, function, shape_of(values[name.id])[0], batch, shape_of(values[batch])[0])  # type: ignore[index, arg-type]
        for name in names
        for batch in unread
        if name.id != batch and _is_batch_of(values.get(batch), values.get(name.id))
    ]


def _loops_around(source: Source, node: ast.AST) -> list[ast.For]:
    return [each for each in trees.ancestors(source, node) if isinstance(each, ast.For)]


def _unread_targets(loops: Sequence[ast.For]) -> list[str]:
    """The names that loops give their batches, and that nothing in them reads."""
    given = [each.id for loop in loops for each in ast.walk(loop.target) if isinstance(each, ast.Name)]
    inside = (each for loop in loops for statement in loop.body for each in ast.walk(statement))
    read = {each.id for each in inside if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load)}
    return [name for name in given if name not in read]


def _is_batch_of(batch: Any, array: Any) -> bool:
    """Whether an array has more samples of the same shape and kind."""
    if not (hasattr(batch, "dtype") and hasattr(array, "dtype")):
        return False
    part, whole = shape_of(batch), shape_of(array)
    if not part or not whole or part[0] is None or whole[0] is None:
        return False
    return part[0] < whole[0] and part[1:] == whole[1:] and _kind(batch) == _kind(array)


def _kind(array: Any) -> str:
    """The letters of a dtype's name: "int", "float"."""
    name = getattr(array.dtype, "name", str(array.dtype).rpartition(".")[2])
    return str(name).rstrip("0123456789")
