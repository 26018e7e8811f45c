"""The check of a phase: ahead of its first step, or in the first step itself, and of batches by themselves."""

from __future__ import annotations

import contextlib
import functools
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from shapeguard.capture import declarations, observed_lines
from shapeguard.errors import ExpectationError
from shapeguard.guard import preflight
from shapeguard.guard.checking import unknown_rows, with_locations
from shapeguard.guard.options import job_mode
from shapeguard.keras_compat import step_functions, training_calls
from shapeguard.keras_compat.custom_code import has_custom_code
from shapeguard.report import Report
from shapeguard.source.fit_call import user_call
from shapeguard.strict import suppress_internal_errors
from shapeguard.trace import feed as feeding
from shapeguard.trace.execution_modes import has_open_sizes, is_traced
from shapeguard.trace.steps import watch_steps
from shapeguard.trace.verified_steps import cached, store

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

    from shapeguard.guard.checking import Checked
    from shapeguard.guard.fit_state import FitState
    from shapeguard.guard.notifier import Notifier
    from shapeguard.guard.options import Options
    from shapeguard.guard.verdicts import Verdicts
    from shapeguard.keras_compat.training_calls import TrainingCall
    from shapeguard.records.network import Feed, Network, Phase

NOT_SEEN = (
    "ShapeGuard: this model was traced before the guard became active, and its custom code is not run again, so its"
    " expected shapes were not checked. Pass the guard to the first fit() after compile(), or use"
    " shapeguard.check(model)"
)


class PhaseChecks:
    """Checks the phases of `fit`, `evaluate` and `predict` for one guard, and what `*_on_batch` is given."""

    def __init__(self, options: Options, verdicts: Verdicts, notifier: Notifier, state: FitState) -> None:
        self._options, self._verdicts, self._notifier, self._state = options, verdicts, notifier, state

    def start(self, phase: Phase) -> None:
        """Checks the model when a phase begins, before a weight moves, and watches its steps where that is needed."""
        if phase == "train":
            self._notifier.begin()
        if phase not in self._options.phases or job_mode() == "off" or self._state.rests:
            return
        running = training_calls.running()  # a CallbackList sets its model once, perhaps in another thread
        model = self._state.model = running[-1].model if running else self._state.model
        with self._trying("checking the model before the first step"):
            self.stop(phase)
            feed = feeding.feed_of(model, feeding.running_frame(model, phase), phase)
            verified = self._verified_before(model, feed)
            checked = verified or self._check_ahead(model, feed)
            self._state.fed[phase] = feed, checked
            if checked is None:
                self._watch_annotations()
            else:
                self._conclude(checked, model, phase)
            may_vary = feed.samples is None and not has_open_sizes(model)  # later batches may have other shapes
            if verified is None or verified.literals is not None or may_vary:
                self._watch(model, feed, checked)

    def after_first_step(self) -> None:
        """Does what waits for the first step to have gone well: one frame more, once."""
        self._state.listening.close()
        if self._notifier.nothing_expected:
            self._notifier.warn_if_nothing_expected()

    def finish(self, phase: Phase) -> None:
        """Ends a phase that no exception ended: what was found right need not be looked at again."""
        self._notifier.warn_if_nothing_expected()
        with suppress_internal_errors("closing the guard"):
            self.stop(phase)
            self._store_verified(phase)

    def stop(self, phase: Phase) -> None:
        """Stops watching the steps of a phase, whatever ended it."""
        self._state.listening.close()
        watch = self._state.watches.pop(phase, None)
        if watch is not None:
            watch.close()
            observed_lines.forget()

    def forget(self) -> None:
        """Lets go of the `fit` that ended: the model, and what was found in it."""
        self._notifier.end()
        self._state.forget()

    def check_batch(self, training_call: TrainingCall) -> None:
        """Checks the model before `train_on_batch` or its like, inside `with guard`."""
        if training_call.phase not in self._options.phases:
            return
        with suppress_internal_errors("checking a batch"):
            model, phase = training_call.model, training_call.phase
            feed = preflight.feed_of_one_batch(model, training_call.args, training_call.kwargs, phase)
            checked = self._verified_before(model, feed)
            if checked is None:
                feed = feeding.with_call(feed, user_call(sys._getframe()))  # noqa: SLF001
                checked = self._check_ahead(model, feed)
            if checked is not None:
                if checked.report.ok:
                    self._store(model, feed, checked)
                self._conclude(checked, model)
                return
            step_functions.make_function(model, phase)
            self._state.model, self._state.report = model, Report()
            self._state.fed[phase] = feed, None
            self._watch_annotations()
            self._watch(model, feed, None)
            self._state.watches[phase].armed = True

    def end_batch(self, phase: Phase) -> None:
        """Ends the check of a `train_on_batch` or its like."""
        with suppress_internal_errors("closing the guard"):
            self.stop(phase)
            self._store_verified(phase)
            self._state.forget()

    @contextlib.contextmanager
    def _trying(self, doing: str) -> Iterator[None]:
        """As `suppress_internal_errors`; after a fault of our own the guard rests until the next `fit`."""
        self._state.rests = True
        with suppress_internal_errors(doing):
            yield
            self._state.rests = False

    # Ahead of the first step

    def _check_ahead(self, model: Any, feed: Feed) -> Checked | None:
        """The check of the pass that the first step will make; `None` if only the step itself can tell."""
        with preflight.looking_ahead(model):
            with declarations.declaring(None, comments=False):
                network = preflight.preflight(model, feed)
            if network is not None:
                return self._verdicts.check(network, feed)
            was_traced = _was_traced(model)
            if was_traced or preflight.promises_shapes(model):
                network = preflight.known_pass(model, feed)
            if network is None:
                return None
            checked = self._verdicts.check(network, feed, may_rerun=False)
        if not checked.report.ok and self._verdicts.raises():
            return self._verdicts.check_pass(model, network, feed, lambda: preflight.dry_run(model, feed))
        if checked.report.ok and not was_traced:
            return None
        if preflight.is_more_expected(model, network, checked.missing):
            self._notifier.warn_once(NOT_SEEN, (NOT_SEEN,))
        return replace(checked, missing=preflight.without_layers_of(model, checked.missing))

    def _conclude(self, checked: Checked, model: Any, phase: Phase | None = None) -> None:
        """Raises, warns, stops or records, as the options say; `phase` is the one that begins."""
        self._verdicts.keep(checked, write=False)
        self._verdicts.check_unmatched_keys(checked, model)
        self._verdicts.write()
        error = self._verdicts.decide(checked.report)
        if error is not None:
            raise error
        self._notifier.nothing_expected = not checked.expected_anything
        self._notifier.warn_unused_suppressions(checked.report)
        running = training_calls.running()
        if not running or running[0].phase == phase:
            self._notifier.print_summary(checked)
        elif running[0].phase not in self._options.phases:
            self._notifier.deferred_summary = checked  # a progress bar is being drawn

    # In the first step

    def _watch(self, model: Any, feed: Feed, checked: Checked | None) -> None:
        disagrees = functools.partial(self._verdicts.disagrees, model, self._state.annotations)
        self._state.watches[feed.phase] = watch_steps(
            model,
            feed.phase,
            self._judge,
            feed=feed,
            disagrees=disagrees if self._verdicts.raises() else None,
            expects_unknown=None if checked is None else checked.literals,
            violated=self._verdicts.on_violation,
            key=self._cache_key(model, feed.phase),
            may_be_late=preflight.may_judge_late(model, feed.phase, by_key=bool(self._options.expectations)),
            unseen=None if checked is not None else self._unseen,
            observing=observed_lines.observing if checked is None and has_custom_code(model) else None,
        )

    def _watch_annotations(self) -> None:
        """Reads the annotations in user classes while the first step runs, if no earlier pass could be made."""
        self._state.annotations = self._state.listening.enter_context(
            declarations.declaring(None, comments=False, postponing=True)
        )

    def _unseen(self) -> None:
        """The first step went by unseen: it was traced before, and custom code is not run again to look at it."""
        if self._options.expectations or preflight.expectation_fingerprint(self._state.model):
            self._notifier.warn_once(NOT_SEEN, (NOT_SEEN,))

    def _judge(self, network: Network, feed: Feed) -> BaseException | None:
        """The verdict on the pass that a step really made; what Keras raised in it is explained elsewhere."""
        if any(call.failure is not None and call.failure.exception_type != "StepAborted" for call in network.calls):
            return None
        network = replace(network, calls=tuple(replace(call, failure=None) for call in network.calls))
        with self._trying("comparing the first step"):
            annotations = self._state.annotations
            if annotations is not None and annotations.error is not None:
                return annotations.error
            model = self._state.model
            checked = self._verdicts.check_pass(model, network, feed, lambda: preflight.dry_run(model, feed))
            self._keep_step(checked, feed.phase)
            try:
                self._verdicts.check_unmatched_keys(checked, model)
            except ExpectationError as error:
                return error
            return self._verdicts.decide(checked.report)
        return None

    def _keep_step(self, checked: Checked, phase: Phase) -> None:
        """Keeps the check of a step that was made; one that was checked ahead counts only if it knows more sizes."""
        feed, ahead = self._state.fed.get(phase, (None, None))
        if feed is not None and ahead is None and checked.report.ok:
            self._state.fed[phase] = feed, checked
        if checked.report.ok and self._state.report.rows:
            if unknown_rows(checked.report) < unknown_rows(self._state.report):
                self._verdicts.keep(checked)
            return
        self._verdicts.keep(checked)
        self._notifier.nothing_expected = not checked.expected_anything and not observed_lines.any_compared()
        self._notifier.deferred_summary = checked if checked.report.ok else None

    # Across fits

    def _cache_key(self, model: Any, phase: Phase, *, whole: bool = False) -> Hashable:
        """Stands for what is expected of the model now; `whole`: also for which of it is not compared."""
        return (
            tuple((e.target, e.spec, e.quantity, e.call) for e in self._options.expectations),
            preflight.expectation_fingerprint(model),
            phase,
            self._options.mode,
            self._options.ignore if whole else (),
        )

    def _verified_before(self, model: Any, feed: Feed) -> Checked | None:
        """The check that found such a feed right while the same was expected, perhaps at other places."""
        verified = cached(model, feed, self._cache_key(model, feed.phase, whole=True))
        if verified is None:
            return None
        checked, expectations = verified
        return with_locations(checked, expectations, self._options.expectations)

    def _store(self, model: Any, feed: Feed, checked: Checked) -> None:
        store(model, feed, self._cache_key(model, feed.phase, whole=True), (checked, self._options.expectations))

    def _store_verified(self, phase: Phase) -> None:
        feed, checked = self._state.fed.pop(phase, (None, None))
        if feed is not None and checked is not None and self._state.report.ok:
            self._store(self._state.model, feed, checked)


def _was_traced(model: Any) -> bool:
    """Whether the step that begins may have been traced before, so that nothing runs in it that can be seen."""
    running = training_calls.running()
    return bool(running) and running[-1].has_function and is_traced(model)
