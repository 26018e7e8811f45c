"""Functions that are known by their names in any backend: what takes axes away, and what only moves them."""

from __future__ import annotations

_NUMPY = (
    "all",
    "amax",
    "amin",
    "any",
    "argmax",
    "argmin",
    "logsumexp",
    "max",
    "mean",
    "min",
    "norm",
    "prod",
    "std",
    "sum",
    "var",
)
_REDUCE = ("all", "any", "logsumexp", "max", "mean", "min", "prod", "std", "sum", "variance")

REDUCTIONS = frozenset({*_NUMPY, *(f"reduce_{name}" for name in _REDUCE)})
"""Functions that take an axis away, and leave it with size 1 where they are asked to."""

AXIS_CALLS = frozenset({"expand_dims", "moveaxis", "permute", "squeeze", "swapaxes", "transpose", "unsqueeze"})
"""Functions that add axes of size 1, take such away, or put axes in another order."""
