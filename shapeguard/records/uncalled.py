"""A layer where a tensor belongs, and the tensors that it may have been meant to be called on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from shapeguard.records.network import Shape
    from shapeguard.records.source import Construction, Span


@dataclass(frozen=True, slots=True)
class InSight:
    """A name that stands for a tensor, where it is given to it, and the tensor's shape."""

    name: str
    line: int
    column: int
    shape: Shape


@dataclass(frozen=True, slots=True)
class Uncalled:
    """A layer that was passed as a tensor: how it was made, and the expression that passes it, in `file`.

    `in_sight` are the tensors of the function, the one that was named last first. `result` is the name of what the
    layer gave where it was called, "" where it was not.
    """

    layer: Any
    construction: Construction | None
    file: str
    use: Span
    in_sight: tuple[InSight, ...]
    result: str = ""
