"""What a guard reports without raising: warnings at the user's line, each once per `fit`, and `verbose` lines."""

from __future__ import annotations

import os
import sys
import warnings
from typing import TYPE_CHECKING

from shapeguard.guard.exceptions import message_of
from shapeguard.keras_compat import training_calls
from shapeguard.render.wording import counted
from shapeguard.report import Report
from shapeguard.source.frames import levels_to_user
from shapeguard.source.suppressions import unused
from shapeguard.strict import ShapeGuardWarning

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

    from shapeguard.guard.checking import Checked
    from shapeguard.keras_compat.training_calls import TrainingCall
    from shapeguard.records.findings import Diagnosis
    from shapeguard.records.source import Span

NOTHING_EXPECTED = (
    "ShapeGuard: this model has no expected shapes, so nothing was checked. Declare them with a mapping "
    'ShapeGuard({"conv2d": (None, 26, 26, 32)}), a comment or annotation under `with ShapeGuard()` or '
    "`@ShapeGuard()`, or shapeguard.expect(x, spec)"
)
_reported_in: dict[TrainingCall, set[Hashable]] = {}


class Notifier:
    """Warns and prints for one guard; printing waits while a progress bar is being drawn.

    `nothing_expected`: nothing was expected, and no warning of that was given yet. `deferred_summary`: a check whose
    `verbose` lines wait for the end of the `fit`.
    """

    def __init__(self, verbose: int) -> None:
        self.verbose = verbose
        self.nothing_expected = False
        self.deferred_summary: Checked | None = None
        self._reported: set[Hashable] = set()

    def begin(self) -> None:
        """A `fit` begins: the warnings of an earlier one may be given again."""
        self._reported.clear()

    def end(self) -> None:
        """The `fit` ended: prints the summary that waited for it."""
        if self.deferred_summary is not None:
            self.print_summary(self.deferred_summary)
        self.deferred_summary, self.nothing_expected = None, False

    def warn(self, report: Report) -> None:
        """Warns of every mismatch in the report."""
        self.warn_once(message_of(report), [_dedup_key(diagnosis) for diagnosis in report.diagnoses])

    def warn_once(self, message: str, keys: Iterable[Hashable], at: Span | None = None) -> None:
        """Warns at the user's line or `at` a place, unless a guard gave all these `keys` in this `fit` already."""
        running = training_calls.running()
        reported = _reported_in.setdefault(running[0], set()) if running else self._reported
        if not reported.issuperset(keys):
            reported.update(keys)
            if at is None:
                warnings.warn(message, ShapeGuardWarning, stacklevel=levels_to_user())
            else:
                warnings.warn_explicit(message, ShapeGuardWarning, at.file, at.line)

    def warn_if_nothing_expected(self) -> None:
        """Warns once where nothing was expected at all: a run without complaint must not pass for a check."""
        if self.nothing_expected:
            self.nothing_expected = False
            self.warn_once(NOTHING_EXPECTED, (NOTHING_EXPECTED,))

    def warn_suspicious_calls(self, suspicions: Iterable[Diagnosis]) -> None:
        """Warns once of each suspicious call."""
        for suspicion in suspicions:
            place = suspicion.causes[0].edits[0].span
            message = f"ShapeGuard: {message_of(Report((suspicion,)))}"
            self.warn_once(message, [(suspicion.code, place)], at=place)

    def warn_unused_suppressions(self, report: Report) -> None:
        """Warns of comments that suppress a code in vain."""
        for suppression in unused(report.rows):
            place = f"{os.path.relpath(suppression.span.file)}:{suppression.span.line}"
            self.warn_once(f"ShapeGuard: {place}: {suppression.sentence()}", [suppression], at=suppression.span)

    def print_summary(self, checked: Checked) -> None:
        """Prints what `verbose` asks for."""
        if self.verbose == 1:
            expected = [row for row in checked.report.rows if row.status != "no expectation"]
            unseen = sum(row.status in {"not checked", "not reached"} for row in expected)
            right = f"{len(expected) - unseen} match, {unseen} not checked" if unseen else "all match"
            verdict = right if checked.report.ok else "not all match"
            layers = f"{len(expected)} of {counted(len(checked.report.rows), 'layer')}"
            has = "has" if len(expected) == 1 else "have"
            _print(f"ShapeGuard: {layers} {has} an expectation; {verdict}")
        elif self.verbose == 2:
            _print(checked.report.to_table())


def _print(text: str) -> None:
    """Prints; what the console has no character for is escaped, as it must not end a `fit`."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    print(text.encode(encoding, "backslashreplace").decode(encoding))


def forget(training_call: TrainingCall) -> None:
    """Forgets the warnings given in a `fit` that ended."""
    _reported_in.pop(training_call, None)


def _dedup_key(diagnosis: Diagnosis) -> Hashable:
    """What makes it the same diagnosis when the batch is another one."""
    beyond = diagnosis.actual[1:] if isinstance(diagnosis.actual, tuple) else diagnosis.actual
    return diagnosis.code, diagnosis.layer, diagnosis.quantity, repr(beyond), diagnosis.declared
