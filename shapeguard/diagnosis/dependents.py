"""Arguments of a network's layers that one place in the source decides about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from shapeguard.source.expressions import EachRound, path_to
from shapeguard.source.trees import source_of

if TYPE_CHECKING:
    from shapeguard.diagnosis.number_change import ChangeNumber
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


def is_written(number: ChangeNumber) -> bool:
    """Whether the literal stands in the source: one in a text that was tried for a calculation does not."""
    source = source_of(number.literal.span.file)
    text = "" if source is None else source.text(number.literal.span)
    return number.rewrite is not None or not isinstance(number.literal.value, int) or text.strip("+- (")[:1].isdigit()
