"""What a guard says without raising: warnings at the user's line, each once a `fit`, and what `verbose` prints."""

from __future__ import annotations

import os
import sys
import warnings
from typing import TYPE_CHECKING

from shapeguard.guard.exceptions import message_of
from shapeguard.keras_compat import training_calls
from shapeguard.report import Report
from shapeguard.source.frames import levels_to_user
from shapeguard.source.suppression_filter import sentence, unused
from shapeguard.strict import ShapeGuardWarning

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

    from shapeguard.guard.checking import Checked
    from shapeguard.keras_compat.training_calls import TrainingCall
    from shapeguard.records.findings import Diagnosis
    from shapeguard.records.source import Span

NOTHING_EXPECTED = (
    "ShapeGuard: nothing is expected of this model, so nothing was checked. Say what you expect: a mapping "
    'ShapeGuard({"conv2d": (None, 26, 26, 32)}), a comment or annotation under `with ShapeGuard()` or '
    "`@ShapeGuard()`, or shapeguard.expect(x, spec)"
)
_told_in: dict[TrainingCall, set[Hashable]] = {}


class Notifier:
    """The voice of one guard, which waits where a progress bar is being drawn.

    `silent`: nothing was expected, and that was not said yet. `unsaid`: a check whose `verbose` lines wait for the end.
    """

    def __init__(self, verbose: int) -> None:
        self.verbose = verbose
        self.silent = False
        self.unsaid: Checked | None = None
        self._told: set[Hashable] = set()

    def begin(self) -> None:
        """A `fit` begins: what was told in an earlier one may be told again."""
        self._told.clear()

    def end(self) -> None:
        """The `fit` ended: says what waited for it."""
        if self.unsaid is not None:
            self.say(self.unsaid)
        self.unsaid, self.silent = None, False

    def warn(self, report: Report) -> None:
        """Warns of every mismatch in the report."""
        self.tell(message_of(report), [_dedup_key(diagnosis) for diagnosis in report.diagnoses])

    def tell(self, message: str, gists: Iterable[Hashable], at: Span | None = None) -> None:
        """Warns at the user's line or `at` a place, unless this was said in the running `fit` already, by any guard."""
        running = training_calls.running()
        told = _told_in.setdefault(running[0], set()) if running else self._told
        if not told.issuperset(gists):
            told.update(gists)
            if at is None:
                warnings.warn(message, ShapeGuardWarning, stacklevel=levels_to_user())
            else:
                warnings.warn_explicit(message, ShapeGuardWarning, at.file, at.line)

    def warn_if_nothing_expected(self) -> None:
        """Nothing was expected at all and the first step went well: said once, for green must not mean unchecked."""
        if self.silent:
            self.silent = False
            self.tell(NOTHING_EXPECTED, (NOTHING_EXPECTED,))

    def suspect(self, suspicions: Iterable[Diagnosis]) -> None:
        """Warns once of each suspicious call."""
        for found in suspicions:
            place = found.causes[0].edits[0].span
            self.tell(f"ShapeGuard: {message_of(Report((found,)))}", [(found.code, place)], at=place)

    def tell_unused(self, report: Report) -> None:
        """Warns of comments that silence a code in vain."""
        for one in unused(report.rows):
            place = f"{os.path.relpath(one.span.file)}:{one.span.line}"
            self.tell(f"ShapeGuard: {place}: {sentence(one)}", [one], at=one.span)

    def say(self, checked: Checked) -> None:
        """Prints what `verbose` asks for."""
        if self.verbose == 1:
            expected = [row for row in checked.report.rows if row.status != "no expectation"]
            unseen = sum(row.status in {"not checked", "not reached"} for row in expected)
            right = f"{len(expected) - unseen} match, {unseen} not checked" if unseen else "all match"
            verdict = right if checked.report.ok else "not all match"
            _print(f"ShapeGuard: {len(expected)} of {len(checked.report.rows)} layers have an expectation; {verdict}")
        elif self.verbose == 2:
            _print(checked.report.to_table())


def _print(text: str) -> None:
    """Prints; what the console has no character for is escaped, as it must not end a `fit`."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    print(text.encode(encoding, "backslashreplace").decode(encoding))


def forget(training_call: TrainingCall) -> None:
    """Lets go of what was told in a `fit` that ended."""
    _told_in.pop(training_call, None)


def _dedup_key(diagnosis: Diagnosis) -> Hashable:
    """What makes it the same diagnosis when the batch is another one."""
    beyond = diagnosis.actual[1:] if isinstance(diagnosis.actual, tuple) else diagnosis.actual
    return diagnosis.code, diagnosis.layer, diagnosis.quantity, repr(beyond), diagnosis.declared
