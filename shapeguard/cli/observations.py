"""The output shapes of a model by constructor call, observed with two sizes for each free one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras

from shapeguard.cli.dry_run import only_comments_differ
from shapeguard.guard.guard import check
from shapeguard.records.source import OperationName
from shapeguard.trace import replay

if TYPE_CHECKING:
    from shapeguard.cli.dry_run import Run
    from shapeguard.report import Report

_BATCHES = (2, 3)
_LENGTHS = (64, 96)


def runs_of(model: Any, report: Report, inputs: Any) -> tuple[Run, ...]:
    """Returns two runs with different batch sizes and lengths; the shapes of `report` if the model takes no others."""
    own = inputs if inputs is not None else _own_shapes(model)
    if own is not None:
        try:
            reports = [check(model, inputs=_sized(own, run)) for run in (0, 1)]
        except Exception:  # noqa: BLE001  lengths that this model cannot take: the sizes stay unknown then
            reports = []
        if reports and all(again.ok or only_comments_differ(again) for again in reports):
            return tuple(_shapes(again) for again in reports)
    return (_without_batch(_shapes(report)),)


def _own_shapes(model: Any) -> Any:
    own = replay.input_tensors(model)
    return None if own is None else keras.tree.map_structure(lambda tensor: tuple(tensor.shape), own)


def _sized(shapes: Any, run: int) -> Any:
    """The shapes with every free size filled in, differently in each run."""
    if isinstance(shapes, dict):
        return {name: _sized(shape, run) for name, shape in shapes.items()}
    if isinstance(shapes, list | tuple) and not all(size is None or isinstance(size, int) for size in shapes):
        return type(shapes)(_sized(shape, run) for shape in shapes)
    free = [_BATCHES[run] if axis == 0 else _LENGTHS[run] + 16 * axis for axis in range(len(shapes))]
    return tuple(free[axis] if size is None else size for axis, size in enumerate(shapes))


def _shapes(report: Report) -> Run:
    """The shapes by constructor call; calls with several outputs are left out, and operations inside layers.

    In a `fit` in which nothing is wrong nobody sees what these give, so that a comment would not be read back.
    """
    run: dict[Any, tuple[Any, ...]] = {}
    for row in report.rows:
        is_inside = isinstance(row.layer, OperationName) and "/" in row.path
        if row.span is not None and _is_shape(row.actual) and not is_inside:
            run[row.span] = (*run.get(row.span, ()), row.actual)
    return run


def _is_shape(actual: object) -> bool:
    return isinstance(actual, tuple) and all(size is None or isinstance(size, int) for size in actual)


def _without_batch(run: Run) -> Run:
    """The shapes with the commonest first size unknown: it is the batch that this one run happened to have."""
    first = [shape[0] for shapes in run.values() for shape in shapes if shape]
    batch = max(sorted(set(first), key=str), key=first.count, default=None)
    return {
        span: tuple((None, *shape[1:]) if shape and shape[0] == batch else shape for shape in shapes)
        for span, shapes in run.items()
    }
