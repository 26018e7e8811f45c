"""Which parameter somebody meant who passed a keyword that there is not."""

from __future__ import annotations

import inspect
from difflib import SequenceMatcher
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

NEAR = 0.8
"""How alike the letters of two names are, of 1, when one is taken for the other mistyped: `stride` and `strides`, not
`units` and `filters`."""
INPUT_SHAPES = ("input_shape", "input_dim")
"""What layers take beside their parameters (layers/layer.py, 3.0 to 3.15)."""
BATCHES = ("batch_input_shape", "batch_shape", "batch_size")
"""What layers took in Keras 2 beside these; now the Input alone has a size of the batch."""


@cache
def keywords_of(cls: type) -> tuple[str, ...]:
    """The keywords that a layer class takes: its own parameters first, then those it hands on to its bases."""
    names: dict[str, None] = {}
    for base in cls.__mro__:
        constructor = vars(base).get("__init__")
        parameters = () if constructor is None else inspect.signature(constructor).parameters.values()
        named = [p.name for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]
        names |= dict.fromkeys(name for name in named if name != "self")
        if constructor is not None and not any(p.kind is p.VAR_KEYWORD for p in parameters):
            break
    return tuple(names)


@cache
def needed_by(cls: type) -> tuple[str, ...]:
    """The parameters of a class that have no default."""
    parameters = inspect.signature(cls).parameters.values()
    return tuple(p.name for p in parameters if p.default is p.empty and p.kind is p.POSITIONAL_OR_KEYWORD)


def close_name(name: str, names: Collection[str], needed: Collection[str] = ()) -> str | None:
    """The one of `names` that is meant by `name`, one that is `needed` before others; `None` where that is not clear.

    It is spelled nearly so, or the words of `name` are some of its own and of no other's: `dilation` for
    `dilation_rate`.
    """
    words = set(name.lower().split("_"))
    with_words = [each for each in names if words < set(each.split("_"))]
    with_words = [each for each in with_words if each in needed] or with_words
    if len(with_words) > 1:
        return None
    alike = max(names, key=lambda each: _likeness(name, each), default="")
    if _likeness(name, alike) >= NEAR:
        return alike
    return with_words[0] if with_words else None


def _likeness(one: str, other: str) -> float:
    return SequenceMatcher(None, _letters(one), _letters(other)).ratio()


def _letters(name: str) -> str:
    return name.lower().replace("_", "")
