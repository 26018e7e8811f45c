"""Which outputs a loss accepts beside targets of a shape."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapeguard.spec import shapes_agree

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapeguard.records.network import Network, Shape

SPARSE = frozenset({"sparse_categorical_crossentropy"})
CATEGORICAL = frozenset({"categorical_crossentropy", "kl_divergence", "categorical_focal_crossentropy"})
ELEMENTWISE = CATEGORICAL | frozenset(
    {
        "mse",
        "mean_squared_error",
        "mae",
        "mean_absolute_error",
        "mape",
        "mean_absolute_percentage_error",
        "msle",
        "mean_squared_logarithmic_error",
        "binary_crossentropy",
        "bce",
        "binary_focal_crossentropy",
        "huber",
        "log_cosh",
        "poisson",
        "cosine_similarity",
        "hinge",
        "squared_hinge",
        "categorical_hinge",
        "dice",
        "tversky",
    }
)


def accepted_outputs(shape: Shape, loss: str | None) -> tuple[tuple[int | None, ...], ...]:
    """The output shapes that a loss accepts for targets of this shape (batch first); `()` where it accepts any.

    Keras squeezes or expands a last axis of 1 (losses/losses.py, squeeze_or_expand_to_same_rank), and the sparse losses
    take class indices where the output has one value a class.
    """
    rest = shape[1:]
    if loss in SPARSE:
        classes: tuple[tuple[int | None, ...], ...] = ((None, *rest, None),)
        return (*classes, (None, *rest[:-1], None)) if rest and rest[-1] == 1 else classes
    if loss in ELEMENTWISE:
        if rest and rest[-1] == 1:
            return ((None, *rest), (None, *rest[:-1]))
        return ((None, *rest), (None, *rest, 1)) if loss not in CATEGORICAL else ((None, *rest),)
    return ()


def targets_fit(network: Network, targets: Sequence[Shape | None], losses: Sequence[str | None]) -> bool:
    """Whether the losses take these targets beside the outputs of a complete pass; needs no rule of any layer."""
    made = {value for call in network.calls for value in call.outputs}
    for value, shape, loss in zip(network.outputs, targets, losses, strict=False):
        if shape is None or value not in made:
            continue
        accepted = accepted_outputs((None, *shape), loss)
        if accepted and not any(shapes_agree(network.values[value].shape, pattern) for pattern in accepted):
            return False
    return True
