"""A report in a few lines, as a prompt shows it: the outcome, the headlines and a short table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapeguard.render import phrases
from shapeguard.render.github import summary_text
from shapeguard.render.table import table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapeguard.records.findings import Diagnosis, Row

_WIDTH = 80
_MOST_ROWS = 10
_MOST_HEADLINES = 3


def in_short(diagnoses: Sequence[Diagnosis], rows: Sequence[Row], *, ok: bool) -> str:
    """Returns the outcome, the first headlines, and of many rows the head, the tail and those that disagree."""
    lines = [f"Report: {summary_text(diagnoses, rows, ok=ok)}"]
    lines += [phrases.headline(diagnosis) for diagnosis in diagnoses[:_MOST_HEADLINES]]
    shown = table(rows, width=_WIDTH, most=_MOST_ROWS)
    return "\n".join([*lines, *([shown] if shown else [])])
