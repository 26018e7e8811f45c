"""What is known of a program by its text: its shapes at once, its findings when they are asked for."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from shapeguard.editor.findings import Finding, finding_of
from shapeguard.editor.hints import Hint, hints
from shapeguard.linting.linter import lint_source
from shapeguard.source import reading
from shapeguard.source.reading import shared_tree_of
from shapeguard.source.suppressions import without_suppressed
from shapeguard.static.program import read_program

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from shapeguard.editor.sources import Source
    from shapeguard.linting.registry import Selection
    from shapeguard.records.findings import Diagnosis
    from shapeguard.static.program import Program

MOST_LINTED = 400_000
"""Characters of a program that lint's rules are run on."""


class Reading:
    """One text of a program, read; `others` are the texts of other files that it was read with.

    `proven` are the faults that a run of this text has shown, `None` without a run.
    """

    def __init__(self, source: Source, program: Program, others: Mapping[str, str], selection: Selection) -> None:
        self.source = source
        self.program = program
        self.others = others
        self.proven: Sequence[Diagnosis] | None = None
        self._selection = selection

    @cached_property
    def hints(self) -> tuple[Hint, ...]:
        """The shape behind each call."""
        return tuple(hints(self.program))

    @cached_property
    def _linted(self) -> tuple[Diagnosis, ...]:
        text = self.source.text
        if len(text) > MOST_LINTED or shared_tree_of(text) is None:
            return ()
        return lint_source(text, self.source.path, self._selection)

    @property
    def findings(self) -> list[Finding]:
        """The faults, as a run has shown them or else by formula, and what looks suspicious."""
        static, _ = without_suppressed(self.program.diagnoses, ())
        faults = static if self.proven is None else self.proven
        return [finding_of(diagnosis, self.source.path) for diagnosis in (*faults, *self._linted)]


def read(source: Source, others: Mapping[str, str], selection: Selection) -> Reading:
    """Reads a program; `others` are the texts of other files that an editor has open, by path."""
    reading.overlay(source.path, source.text)
    return Reading(source, read_program(source.path, source.text, texts=others), others, selection)
