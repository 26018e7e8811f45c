"""The shape behind each call, as an editor shows it at the end of the call."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from shapeguard.render.wording import shape_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.records.source import Span
    from shapeguard.static.program import Program


@dataclass(frozen=True, slots=True)
class Hint:
    """What is shown behind the call at `span`; `tooltip` lists the shapes if there are several, else it is ""."""

    span: Span
    label: str
    tooltip: str = ""


def hints(program: Program) -> Iterator[Hint]:
    """One hint per layer call and operation, in the order of the source.

    Of a call that gives different shapes, as in a loop, the first is shown, with dots.
    """
    for span, stated in groupby(program.shapes, key=lambda each: each.span):
        shapes = list(dict.fromkeys(shape_text(each.shape) for each in stated))
        more = "\n".join(f"{number}. {shape}" for number, shape in enumerate(shapes, 1)) if len(shapes) > 1 else ""
        yield Hint(span, f"-> {shapes[0]}{' ...' if more else ''}", more)
