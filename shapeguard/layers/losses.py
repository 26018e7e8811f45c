"""Keras' losses by the shapes that they compare; no Keras is imported."""

from __future__ import annotations

ROWS = frozenset({"categorical_crossentropy", "categorical_focal_crossentropy"})
"""Losses of one value for each class, by the names of their functions: Keras warns where there is one class only."""
ELEMENTWISE = ROWS | frozenset(
    {
        "binary_crossentropy",
        "binary_focal_crossentropy",
        "categorical_hinge",
        "cosine_similarity",
        "dice",
        "hinge",
        "huber",
        "kl_divergence",
        "log_cosh",
        "mean_absolute_error",
        "mean_absolute_percentage_error",
        "mean_squared_error",
        "mean_squared_logarithmic_error",
        "poisson",
        "squared_hinge",
        "tversky",
    }
)
"""Losses that compare each value of the targets with one of the output, so that both have one shape."""
GENERALIZED = "categorical_generalized_cross_entropy"
"""It takes numbers of classes, and broadcasts them where there are more or fewer than the output has places."""
BY_SHAPE = frozenset({"crossentropy", "ce"})
"""What Keras takes for one of three losses by the shapes that it compares (trainers/compile_utils.py, `get_loss`)."""
SHORT = {
    "bce": "binary_crossentropy",
    "kld": "kl_divergence",
    "mae": "mean_absolute_error",
    "mape": "mean_absolute_percentage_error",
    "mse": "mean_squared_error",
    "msle": "mean_squared_logarithmic_error",
}
"""Other names of losses (losses/__init__.py, `ALL_OBJECTS_DICT`)."""
