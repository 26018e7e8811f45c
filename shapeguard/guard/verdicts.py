"""The verdict on a forward pass: the check of what is expected of it, and what follows from the report."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from shapeguard.capture import constructions, observed_lines
from shapeguard.capture.coming_data import coming_inputs
from shapeguard.capture.remaining_code import later_lines_may_fail
from shapeguard.diagnosis.mixed_steps import mixed_step
from shapeguard.errors import ExpectationError
from shapeguard.guard import exceptions, preflight
from shapeguard.guard.checking import check_network, disagrees, report_of_violation
from shapeguard.guard.crashes import (
    is_suppressed,
    report_of_crash,
    report_of_refused_line,
    report_of_shorter_batch,
    report_of_sliced_lists,
)
from shapeguard.guard.listing import with_unread
from shapeguard.guard.refusals import report_of_refusal
from shapeguard.keras_compat import training_calls
from shapeguard.keras_compat.custom_code import runs_custom_code
from shapeguard.keras_compat.messages import refuse_arrays
from shapeguard.matching.keys import AmbiguousKeyError
from shapeguard.records.network import Feed
from shapeguard.report import Report, ShapeMismatchError
from shapeguard.source.suppressions import may_suppress, without_suppressed
from shapeguard.strict import suppress_internal_errors
from shapeguard.trace.called_models import called_model
from shapeguard.trace.own_loops import loop_step
from shapeguard.trace.recorder import failure_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from types import CodeType

    from shapeguard.capture.declarations import Declarations
    from shapeguard.guard.build_session import BuildSession
    from shapeguard.guard.checking import Checked
    from shapeguard.guard.fit_state import FitState
    from shapeguard.guard.notifier import Notifier
    from shapeguard.guard.options import Options
    from shapeguard.guard.unmatched_keys import UnmatchedKeys
    from shapeguard.matching.contracts import Entry
    from shapeguard.records.expectations import Expectation
    from shapeguard.records.network import Failure, Network
    from shapeguard.records.source import Span


class Verdicts:
    """Checks passes for one guard, and decides by its options whether to raise, warn, stop or only record.

    `entries` are the lines of a contract that the latest check gives, `lines` those of the source that ran in sessions
    that have ended.
    """

    def __init__(
        self,
        options: Options,
        keys: UnmatchedKeys,
        notifier: Notifier,
        state: FitState,
        sessions: Sequence[BuildSession],
    ) -> None:
        self.entries: tuple[Entry, ...] = ()
        self.lines: frozenset[tuple[str, int]] = frozenset()
        self.report = Report()
        self._called: set[tuple[CodeType, int]] = set()
        self._options, self._keys, self._notifier, self._state, self._sessions = (
            options,
            keys,
            notifier,
            state,
            sessions,
        )

    # Checks

    def check(
        self,
        network: Network,
        feed: Feed | None,
        failure: Failure | None = None,
        also: tuple[Expectation, ...] = (),
        **more: Any,
    ) -> Checked:
        """The check of a network against all that is expected of it, suppressed diagnoses left out."""
        return _without_suppressed(self._checked(network, feed, failure, also, **more))

    def _checked(
        self,
        network: Network,
        feed: Feed | None,
        failure: Failure | None,
        also: tuple[Expectation, ...],
        **more: Any,
    ) -> Checked:
        expectations = (*self._options.expectations, *also)
        try:
            checked = check_network(
                network, expectations, feed=feed, failure=failure, ignored=self._options.ignores, **more
            )
        except AmbiguousKeyError as error:
            message = f"[SG502] {error}"
            raise ExpectationError(message) from None
        with suppress_internal_errors("listing what is expected"):
            lines = self.lines.union(*(session.lines() for session in self._sessions))
            listed = with_unread(checked.listing, lines)
            return replace(checked, report=replace(checked.report, expectations=listed))
        return checked

    def check_pass(
        self, model: Any, network: Network, feed: Feed, again: Callable[[], Network | None], **more: Any
    ) -> Checked:
        """The check of a pass that really happened; `again` makes it once more, abstractly, to explain a refusal.

        A pass on KerasTensors knows more: operations between the layers, and the batch that a trace leaves open.
        Custom code runs once more only if the guard raises. Where samples were taken for something else, which an open
        batch lets pass, a batch of known size is refused.
        """
        is_custom = runs_custom_code(network)
        is_broken = observed_lines.disagree() or self.contradicts(model, network, feed)
        if (is_custom and not self.raises()) or not is_broken:
            return self.check(network, feed, may_rerun=not is_custom, **more)
        with preflight.undisturbed(model):
            repeated = again()
            refusal = None if repeated is None or not _loses_batch(network) else repeated.refusal
            if repeated is not None and (refusal or (repeated.complete and self.contradicts(model, repeated, feed))):
                network = repeated
            return self.check(network, feed, refusal, **more)

    def contradicts(self, model: Any, network: Network, feed: Feed) -> bool:
        """Whether anything is to be held against the pass, as far as it went; compares only."""

        def are_errors(missing: Sequence[Expectation]) -> bool:
            return self._keys.are_errors(missing, self._sessions, self._notifier, model)

        return disagrees(network, self._options.expectations, feed, self._options.ignores, are_errors)

    def disagrees(self, model: Any, annotations: Declarations | None, network: Network, feed: Feed) -> bool:
        """Whether to abandon the step: this runs inside a trace, under a strategy in a thread of Keras' own.

        Compares only. No step is abandoned for a diagnosis that a comment may suppress.
        """
        if annotations is not None and annotations.error is not None:
            return True
        with preflight.outside_of_traces():
            if not observed_lines.disagree() and not self.contradicts(model, network, feed):
                return False
        recorded = [constructions.construction_of(call.operation) for call in network.calls]
        spans = [each.call for each in recorded if each is not None and each.call is not None]
        declared = [e.declared for e in self._options.expectations if e.declared is not None]
        return not may_suppress([*spans, *declared])

    # What follows from a check

    def keep(self, checked: Checked, *, write: bool = True) -> None:
        """Makes this the latest check."""
        self.keep_report(checked.report, write=False)
        self.entries = checked.entries
        if write:
            self.write()

    def keep_report(self, report: Report, *, write: bool = True) -> None:
        """Makes this the report of the latest check, in whichever thread that was."""
        self.report = self._state.report = report
        if write:
            self.write()

    def write(self) -> None:
        """Writes the report where `to_file` says."""
        path = self._options.to_file
        if path is not None:
            with suppress_internal_errors("writing the report"):
                try:
                    path.parent.mkdir(parents=True, exist_ok=True)
                    self.report.write(path)
                except OSError as error:
                    self._notifier.warn_once(f"ShapeGuard: the report cannot be written: {error}", ("to_file",))

    def decide(self, report: Report) -> ShapeMismatchError | None:
        """What to raise for the report; `None` if nothing, after a warning or a stop where the options want these."""
        if report.ok:
            return None
        if self.raises():
            return exceptions.error_with(report, exceptions.message_of(report))
        if self._options.mode == "stop":
            self._state.model.stop_training = True
        if self._options.mode != "record":
            self._notifier.warn(report)
        return None

    def raises(self) -> bool:
        """Whether a mismatch is raised now."""
        return self._options.mode == "raise" or (self._options.mode == "stop" and not training_calls.is_fitting())

    def explains(self) -> bool:
        """Whether an exception of Keras may be replaced by one that explains it."""
        return self._options.mode in ("raise", "stop") and not self._state.rests

    def check_unmatched_keys(self, checked: Checked, trained: Any = None) -> None:
        """Raises `ExpectationError` for a key that no layer has; see `UnmatchedKeys.check`."""
        self._keys.check(checked, self._sessions, self._notifier, trained)

    def explain(
        self,
        network: Network | None,
        exception: Exception,
        feed: Feed | None,
        raised_at: Span | None,
        also: tuple[Expectation, ...] = (),
        deeper: Callable[[], tuple[Network, Feed] | None] | None = None,
    ) -> ShapeMismatchError | None:
        """The error that explains what Keras raised; `None` if that is not about shapes, or a comment suppresses it.

        `network` is the pass as far as it went, where one is known; `deeper` gives one that goes further, if any does.
        """
        if network is None:
            return self.answer(exception, raised_at, is_given_data=feed is not None)
        refused = self._refused(exception) or self._shorter_batch(exception, network, feed, raised_at)
        if refused is not None:
            return refused
        if not network.complete:
            network = replace(network, open_end=later_lines_may_fail(exception))
        coming = coming_inputs(exception) if feed is None else ()
        checked = self._checked(network, feed, failure_of(exception), also, raised_at=raised_at, coming=coming)
        report = _without_suppressed(checked).report
        if exceptions.has_explanation(report):
            return self.raised_with(report, exception)
        if checked.report.diagnoses and not report.diagnoses:
            return None
        if not exceptions.must_be_answered(exception, is_given_data=feed is not None):
            return None
        if not report.diagnoses:
            crash = report_of_crash(exception, network, raised_at).diagnoses
            report = self._report_of(deeper, exception, raised_at, replace(report, diagnoses=crash))
        return None if is_suppressed(report) else self.raised_with(report, exception)

    def _report_of(
        self,
        deeper: Callable[[], tuple[Network, Feed] | None] | None,
        exception: Exception,
        raised_at: Span | None,
        otherwise: Report,
    ) -> Report:
        """The report of a pass that goes further; the other one if there is none, or it has no cause."""
        further = None if deeper is None else deeper()
        if further is not None:
            report = self.check(*further, failure_of(exception), raised_at=raised_at).report
            if any(each.causes for each in report.diagnoses):
                return report
        return otherwise

    def explain_loop(self, exception: Exception, raised_at: Span | None) -> ShapeMismatchError | None:
        """The error for a loss that refused what a model gave in a loop of the user's own; else `None`."""
        step = loop_step(exception)
        if step is None:
            return None
        with preflight.undisturbed(step.model):
            network = preflight.dry_run_call(step.model, step.args, {"training": True, **step.kwargs})
            given = () if network is None else [network.values[index].shape for index in network.outputs]
            if network is None or not step.gave(given):
                return None
            return self.explain(network, exception, step.feed(len(given)), raised_at)

    def answer(
        self, exception: Exception, raised_at: Span | None = None, *, is_given_data: bool = False
    ) -> ShapeMismatchError | None:
        """The error for a crash over shapes of which nothing is known but itself; `None` of other exceptions.

        `is_given_data`: a training method raised it.
        """
        with suppress_internal_errors("saying where Keras raised"):
            refused = self._refused(exception)
            if refused is not None:
                return refused
            if exceptions.must_be_answered(exception, is_given_data=is_given_data):
                report = report_of_sliced_lists(exception, raised_at)
                report = report or report_of_shorter_batch(exception, None, raised_at)
                report = report or report_of_refused_line(exception, raised_at)
                report = report or report_of_crash(exception, None, raised_at)
                return None if is_suppressed(report) else self.raised_with(report, exception)
        return None

    def answer_line(self, exception: Exception) -> ShapeMismatchError | None:
        """The error for a line of the program that NumPy refused, if it does with other text; `None` of others."""
        with suppress_internal_errors("trying the line that NumPy refused"):
            is_refused = refuse_arrays(str(exception))
            report = report_of_refused_line(exception, None, raised_by="NumPy") if is_refused else None
            return None if report is None or is_suppressed(report) else self.raised_with(report, exception)
        return None

    def _shorter_batch(
        self, exception: Exception, network: Network, feed: Feed | None, raised_at: Span | None
    ) -> ShapeMismatchError | None:
        """The error for a loop that takes its last batch for a whole one; `None` of others, and of training methods."""
        report = report_of_shorter_batch(exception, network, raised_at) if feed is None else None
        return None if report is None or is_suppressed(report) else self.raised_with(report, exception)

    def _refused(self, exception: Exception) -> ShapeMismatchError | None:
        """The error for what Keras refused whatever the shapes; `None` of other exceptions."""
        report = report_of_refusal(exception)
        return None if report is None or is_suppressed(report) else self.raised_with(report, exception)

    def raised_with(self, report: Report, exception: Exception) -> ShapeMismatchError:
        """The error with which a report answers an exception; it is the latest check."""
        self.keep_report(report)
        return exceptions.error_with(report, exceptions.message_of(report), exception)

    def on_violation(self, violation: Any) -> BaseException | None:
        """The verdict on a batch that broke a size which the trace had left open."""
        with suppress_internal_errors("explaining a batch that breaks an expectation"):
            report = report_of_violation(violation)
            self.keep_report(report, write=False)
            return self.decide(report)
        return None

    def on_pass(
        self, model: Any, network: Network, args: tuple[Any, ...], kwargs: Mapping[str, Any]
    ) -> BaseException | None:
        """The verdict on a forward pass outside of `fit`, inside `with guard`."""
        with suppress_internal_errors("comparing a forward pass"), preflight.outside_of_traces():
            feed = Feed("train" if kwargs.get("training") else "predict")

            def again() -> Network | None:
                return preflight.dry_run_call(model, args, kwargs)

            if preflight.hides_inputs(model, args) and not runs_custom_code(network):
                with preflight.undisturbed(model):
                    network = again() or network
            checked = self.check_pass(model, network, feed, again, with_targets=False)
            if checked.report.ok:
                checked = self._with_rest_of_step(checked, model, network, args or tuple(kwargs.values()))
            self.keep(checked, write=False)
            return self.decide(checked.report)
        return None

    def _with_rest_of_step(self, checked: Checked, model: Any, network: Network, given: Any) -> Checked:
        """The check, with what the user's own code makes of the outputs, as far as it can be read."""
        step = called_model(model, network, given, self._called)
        mixed = None if step is None else mixed_step(step, network)
        if mixed is None:
            return checked
        return _without_suppressed(replace(checked, report=replace(checked.report, diagnoses=(mixed,))))


def _loses_batch(network: Network) -> bool:
    """Whether an output has a number of samples although the batch is open: something else was broadcast with it."""
    given, made = ([network.values[each].shape[:1] for each in part] for part in (network.inputs, network.outputs))
    return (None,) in given and any(each not in {(), (None,)} for each in made)


def _without_suppressed(checked: Checked) -> Checked:
    """The check without the diagnoses that a comment suppresses."""
    diagnoses, rows = without_suppressed(checked.report.diagnoses, checked.report.rows)
    return replace(checked, report=replace(checked.report, diagnoses=diagnoses, rows=rows))
