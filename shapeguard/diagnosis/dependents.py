"""Arguments of a network's layers that one place in the source decides about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from shapeguard.source.expressions import EachRound, path_to

if TYPE_CHECKING:
    from shapeguard.source.expressions import WrittenLiteral
    from shapeguard.source.origins import Origin

    Inner = tuple[str, ...]
    Changes = dict[tuple[int, Inner], tuple[tuple[str, object], ...]]


@dataclass(frozen=True, slots=True)
class Dependent:
    """An argument that a literal decides about: of which layer, by one of its calls, or of one wrapped in it."""

    node: int
    inner: Inner
    argument: str
    origin: Origin

    def is_of_round(self, literal: WrittenLiteral) -> bool:
        """Whether a literal is what a loop gives in one of its rounds."""
        way = path_to(self.origin.expression, literal.span, self.origin.iterations[0]) or ()
        return any(isinstance(each, EachRound) for each in way)
