"""What Keras' own losses do with targets and outputs of given shapes: asked by calling them, symbolically."""

from __future__ import annotations

import functools
import warnings
from enum import Enum, auto
from typing import TYPE_CHECKING, Any

import keras
from keras.src.losses.loss import squeeze_or_expand_to_same_rank  # 3.0 to 3.15, losses/loss.py
from keras.src.trainers.compile_utils import get_loss  # 3.0 to 3.15, trainers/compile_utils.py

from shapeguard.keras_compat import abstract_runs, states
from shapeguard.layers.losses import ELEMENTWISE, GENERALIZED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.records.network import Shape
    from shapeguard.records.targets import CompiledLoss


class Outcome(Enum):
    """What Keras does with targets and outputs of these shapes."""

    FITS = auto()
    REFUSED = auto()
    BROADCASTS = auto()
    """It takes them, and compares values that do not belong to each other."""
    WARNED = auto()
    """It takes them with a warning, as a categorical loss of a single class."""
    UNKNOWN = auto()
    """The loss is the user's own, or a size is not known."""


@functools.lru_cache(maxsize=1024)
def outcome(loss: CompiledLoss, targets: Shape, dtype: str, output: Shape, weights: Shape | None = None) -> Outcome:
    """What a loss does with targets of this shape and dtype, and weights, beside an output; all without the batch axis.

    Keras is asked with batches of two sizes, of which neither is another size here.
    """
    shapes = (targets, output) if weights is None else (targets, output, weights)
    if not loss.is_keras or any(None in shape for shape in shapes):
        return Outcome.UNKNOWN
    with states.leaving_no_mark(), warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        try:
            given = [_called(loss, *tensors_of(batch, dtype, *shapes)) for batch in batches_beside(*shapes)]
        except Exception:  # noqa: BLE001  Keras' refusal is the answer, of whichever type
            return Outcome.REFUSED
    if None in given or len(set(given)) > 1:
        return Outcome.BROADCASTS
    return Outcome.WARNED if any(issubclass(each.category, SyntaxWarning) for each in warned) else Outcome.FITS


def run(loss: Any, targets: Shape, dtype: str, output: Shape) -> None:
    """Runs a loss as it was given to `compile`, whoever wrote it, on shapes without a batch axis.

    What it raises is raised.
    """
    with states.leaving_no_mark():
        for batch in batches_beside(targets, output):
            y_true, y_pred = tensors_of(batch, dtype, targets, output)
            abstract_runs.shapes_of(get_loss(loss, y_true, y_pred), y_true, y_pred)


def batches_beside(*shapes: Shape) -> Iterator[int]:
    """Two sizes of a batch that none of these sizes is."""
    sizes = {size for shape in shapes for size in shape}
    unused = (size for size in range(2, len(sizes) + 4) if size not in sizes)
    return iter((next(unused), next(unused)))


def tensors_of(batch: int, dtype: str, *shapes: Shape) -> list[Any]:
    """KerasTensors of a batch of these shapes: the targets, of this dtype, then the others."""
    return [
        keras.KerasTensor((batch, *shape), "float32" if place else dtype or "float32")
        for place, shape in enumerate(shapes)
    ]


def _called(loss: CompiledLoss, y_true: Any, y_pred: Any, *weights: Any) -> Shape | None:
    """The shape of the loss of one sample before it is reduced; `None` if values are compared that do not belong.

    That is so too where the loss has another first axis than the batch, as where all samples are compared with each
    other. Raises what Keras raises.
    """
    live = get_loss(_live(loss), y_true, y_pred)

    def computed(y_true: Any, y_pred: Any, *weights: Any) -> tuple[Any, Any]:
        y_true, y_pred = (keras.ops.convert_to_tensor(each, dtype=live.dtype) for each in (y_true, y_pred))
        return live(y_true, y_pred, *weights), live.call(y_true, y_pred)

    _, unreduced = abstract_runs.shapes_of(computed, y_true, y_pred, *weights)
    shape = tuple(unreduced.shape)
    is_apart = shape[:1] in {(), tuple(y_pred.shape)[:1]}
    return shape[1:] if is_apart and _belong_together(live.fn.__name__, y_true, y_pred) else None


def _belong_together(name: str, y_true: Any, y_pred: Any) -> bool:
    """Whether the loss function of this name compares what stands at one place; true where it takes care itself."""
    if name in ELEMENTWISE:
        return are_alike(y_true, y_pred)
    if name != GENERALIZED:
        return True
    targets, output = abstract_runs.shapes_of(squeeze_or_expand_to_same_rank, y_true, y_pred)
    return tuple(targets.shape) == tuple(output.shape)[:-1]


def are_alike(y_true: Any, y_pred: Any) -> bool:
    """Whether both have one shape once Keras has squeezed or appended a last axis of 1."""
    targets, output = abstract_runs.shapes_of(squeeze_or_expand_to_same_rank, y_true, y_pred)
    return tuple(targets.shape) == tuple(output.shape)


def _live(loss: CompiledLoss) -> Any:
    """The loss, as it was given to `compile`."""
    if loss.form == "string":
        return loss.written
    made = getattr(keras.losses, loss.written)
    return made(**dict(loss.options)) if loss.form == "object" else made
