"""`ShapeGuard`: callback, decorator and context manager in one; it alone decides that something is raised."""

from __future__ import annotations

import contextlib
import functools
import sys
import warnings
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self, get_args

from shapeguard.capture import constructions, declarations
from shapeguard.capture import expect_function as saying
from shapeguard.capture.remaining_code import later_lines_may_fail
from shapeguard.errors import ExpectationError
from shapeguard.guard import active, exceptions, options, preflight
from shapeguard.guard.build_session import BuildSession
from shapeguard.guard.callback import FitState, GuardCallback
from shapeguard.guard.checking import (
    check_network,
    disagrees,
    report_of_construction,
    report_of_violation,
    unknown_rows,
    with_locations,
)
from shapeguard.guard.derivations import explanation_of
from shapeguard.guard.keys import AmbiguousKeyError, near_names
from shapeguard.guard.notifier import Notifier
from shapeguard.keras_compat import training_calls
from shapeguard.keras_compat.custom_code import runs_custom_code
from shapeguard.keras_compat.legacy import legacy_sentence
from shapeguard.records.network import Feed
from shapeguard.report import Report, ShapeMismatchError
from shapeguard.source.suppressions import may_suppress, without_suppressed
from shapeguard.strict import ShapeGuardWarning, suppress_internal_errors
from shapeguard.trace import feed as feeding
from shapeguard.trace.recorder import failure_of
from shapeguard.trace.steps import has_open_sizes, is_traced, watch_steps
from shapeguard.trace.verified_steps import cached, store

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
    from os import PathLike

    from shapeguard.capture.declarations import Declarations
    from shapeguard.explanation import Explanation
    from shapeguard.guard.checking import Checked
    from shapeguard.guard.contracts import Entry
    from shapeguard.guard.options import OnMismatch
    from shapeguard.keras_compat.training_calls import TrainingCall
    from shapeguard.records.expectations import Expectation
    from shapeguard.records.findings import Diagnosis
    from shapeguard.records.network import Failure, Network, Phase

NOT_SEEN = (
    "ShapeGuard: the steps of this model were traced before this guard could look on, and custom code in it is not run"
    " again for that, so what is expected of it was not compared. Give the guard to the first `fit` after `compile`, or"
    " use shapeguard.check(model)"
)
_LIVE = ("_model", "_state", "_buildings", "_notifier", "_ignored")


class ShapeGuard(GuardCallback):
    """Asserts the expected shapes of layers while a model is built, trained and used.

    Use it as a callback of `fit`, `evaluate` and `predict`, as a context manager around model building, or as a
    decorator `@ShapeGuard()` of a function that builds a model.

    Args:
        expect: A mapping from layer names, paths or globs to shapes: batch first, `None` for any size, a string for a
            size that is the same everywhere. Or the path of a contract file. `None` if comments, annotations or calls
            of `expect` in the program declare the shapes.
        on_mismatch: "raise" raises a `ShapeMismatchError`; "warn" warns once per diagnosis and `fit`; "stop" ends the
            training; "record" only sets `report`.
        phases: Those of "train", "test" and "predict" in which shapes are asserted.
        ignore: Names, paths, globs or classes of layers that are not compared.
        to_file: Path of a report to write when `fit` starts or fails, in the format of its suffix: .html, .json, .md,
            .sarif, .svg or .txt.
        verbose: 0 prints nothing, 1 one line, 2 the table.

    Attributes:
        report: The `Report` of the latest check.

    Raises:
        SpecError: A shape cannot be read.
        ExpectationError: Another option is wrong.

    Example:
        >>> import keras
        >>> from shapeguard import ShapeGuard
        >>> model = keras.Sequential([keras.Input((8,)), keras.layers.Dense(4, name="dense")])
        >>> model.compile("sgd", "mse")
        >>> x, y = keras.ops.ones((2, 8)), keras.ops.ones((2, 4))
        >>> guard = ShapeGuard({"dense": (None, 4)})
        >>> history = model.fit(x, y, callbacks=[guard], verbose=0)
        >>> guard.report.ok
        True
    """

    def __init__(
        self,
        expect: Mapping[str, Any] | str | PathLike[str] | None = None,
        *,
        on_mismatch: OnMismatch = "raise",
        phases: Iterable[Phase] = ("train", "test", "predict"),
        ignore: Iterable[str | type] = (),
        to_file: str | PathLike[str] | None = None,
        verbose: int = 0,
    ) -> None:
        super().__init__()
        self._expectations = options.expectations_of(expect)
        self._on_mismatch = options.one_of("on_mismatch", on_mismatch, get_args(options.OnMismatch))
        self._phases = options.phases_of(phases)
        self._ignore = (ignore,) if isinstance(ignore, str | type) else tuple(ignore)
        self._to_file = options.file_of(to_file)
        self._verbose = options.one_of("verbose", verbose, (0, 1, 2))
        self._matched: set[str] = set()
        self._reported_keys: set[str] = set()
        self._pending_builders: set[str] = set()
        self._entries: tuple[Entry, ...] = ()
        self._reset_runtime()
        self.report = Report()

    @property
    def report(self) -> Report:
        """The report of the latest check, in whichever thread that was."""
        return self._latest

    @report.setter
    def report(self, report: Report) -> None:
        self._latest = self._state.report = report

    def _reset_runtime(self) -> None:
        self._ignored = options.ignoring(self._ignore)
        self._state = FitState()
        self._buildings: list[BuildSession] = []
        self._notifier = Notifier(self._verbose)
        active.install_training_hooks()
        training_calls.enable(self)

    def __getstate__(self) -> dict[str, Any]:
        """The guard without live models, for deepcopy and pickle, as keras-tuner makes them."""
        return {name: value for name, value in vars(self).items() if name not in (*_LIVE, "params")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._model, self.params = None, None
        self._reset_runtime()

    # As a decorator and as a context manager

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Watches a function that builds a model: its annotations, comments and constructor calls are recorded."""
        if not callable(function):
            message = f"@ShapeGuard() decorates a function that builds a model, not {function!r}"
            raise TypeError(message)

        name = getattr(function, "__qualname__", repr(function))
        self._pending_builders.add(name)

        @functools.wraps(function)
        def watched(*args: Any, **kwargs: Any) -> Any:
            if options.job_mode() == "off":
                return function(*args, **kwargs)
            self._pending_builders.discard(name)
            building = self._begin(function)
            try:
                return building.run(function, args, kwargs)
            except Exception as exception:
                error = self._after_failed_building(building, exception)
                if error is None:
                    raise
                raise error from exception
            finally:
                self._end(building)

        return watched

    def __enter__(self) -> Self:
        """Begins to watch the lines of the `with` block."""
        if options.job_mode() != "off":
            self._begin(sys._getframe(1))  # noqa: SLF001
        return self

    def __exit__(self, kind: type[BaseException] | None, exception: BaseException | None, trace: object) -> None:
        """Ends watching; explains an exception that Keras raised over shapes."""
        if not self._buildings:
            return
        building = self._buildings[-1]
        error = None
        try:
            if isinstance(exception, Exception):
                error = self._after_failed_building(building, exception)
        finally:
            self._end(building)
        if error is not None:
            raise error from exception

    def _begin(self, watched: Any) -> BuildSession:
        building = BuildSession(watched, self._judge_pass, self)
        building.start()
        self._buildings.append(building)
        return building

    def _end(self, building: BuildSession) -> None:
        building.stop()
        self._buildings.remove(building)
        self._matched.update(key for key in self._keys() if building.constructed(key))
        for note in building.notes():
            warnings.warn(f"ShapeGuard: {note}", ShapeGuardWarning, stacklevel=3)
        suspicions: tuple[Diagnosis, ...] = ()
        with suppress_internal_errors("looking for suspicious calls"):
            suspicions = building.suspicions(self._expectations)
        building.forget()
        if self._mode() != "record":
            self._notifier.warn_suspicious_calls(suspicions)

    def _after_failed_building(self, building: BuildSession, exception: Exception) -> ShapeMismatchError | None:
        if isinstance(exception, (ShapeMismatchError, ExpectationError)) or not self._explains():
            return None
        if isinstance(building.verdict, ShapeMismatchError) and exceptions.wraps(exception, building.verdict):
            return building.verdict
        if not exceptions.may_be_about_shapes(exception):
            return None
        with suppress_internal_errors("explaining what Keras raised while the model was built"):
            place = building.raised_at(exception)
            with building.undisturbed():
                network, also = building.failed(exception)
                if network is not None:
                    return self._explained(network, exception, None, raised_at=place, also=also)
            report = report_of_construction(exception, place)
            if report is not None:
                building.raised, self.report = exception, report
                self._write()
                return exceptions.error_with(report, exceptions.message_of(report), exception)
        return None

    # As a callback

    def set_model(self, model: Any) -> None:
        """Takes the model that is about to be trained, evaluated or asked."""
        sentence = legacy_sentence(model)
        if sentence is not None:
            raise TypeError(sentence)
        super().set_model(model)
        self._state.model = model

    def _start(self, phase: Phase) -> None:
        if phase == "train":
            self._notifier.begin()
        if phase not in self._phases or options.job_mode() == "off" or self._state.rests:
            return
        running = training_calls.running()  # a CallbackList sets its model once, perhaps in another thread
        model = self._state.model = running[-1].model if running else self._state.model
        with self._trying("checking the model before the first step"):
            self._stop(phase)
            feed = feeding.feed_of(model, feeding.running_frame(model, phase), phase)
            known = self._cached(model, feed)
            checked = known or self._check_ahead(model, feed)
            self._state.fed[phase] = feed, checked
            if checked is None:
                self._watch_annotations()
            else:
                self._conclude(checked, model, phase)
            if known is None or known.literals is not None or (feed.samples is None and not has_open_sizes(model)):
                self._watch(model, feed, checked)  # later batches may have shapes that were never looked at

    def _check_ahead(self, model: Any, feed: Feed) -> Checked | None:
        """The check of the pass that the first step will make; `None` where only the step itself can tell."""
        with preflight.looking_ahead(model):
            with declarations.declaring(None, comments=False):
                network = preflight.preflight(model, feed)
            if network is not None:
                return self._checked(network, feed)
            was_traced = self._was_traced(model)
            if was_traced or preflight.promises_shapes(model):
                network = preflight.known_pass(model, feed)
            if network is None:
                return None
            checked = self._checked(network, feed, may_rerun=False)
        if not checked.report.ok and self._raises():
            return self._checked_pass(model, network, feed, lambda: preflight.dry_run(model, feed))
        if checked.report.ok and not was_traced:
            return None
        if preflight.is_more_expected(model, network, checked.missing):
            self._notifier.warn_once(NOT_SEEN, (NOT_SEEN,))
        return replace(checked, missing=preflight.without_layers_of(model, checked.missing))

    def _was_traced(self, model: Any) -> bool:
        """Whether the step that begins may have been traced before, so that nothing runs in it that can be seen."""
        running = training_calls.running()
        return bool(running) and running[-1].has_function and is_traced(model)

    def _watch(self, model: Any, feed: Feed, checked: Checked | None) -> None:
        self._state.watches[feed.phase] = watch_steps(
            model,
            feed.phase,
            self._judge,
            feed=feed,
            disagrees=functools.partial(self._disagrees, model, self._state.annotations) if self._raises() else None,
            expects_unknown=None if checked is None else checked.literals,
            violated=self._violated,
            key=self._key(model, feed.phase),
            may_be_late=preflight.may_judge_late(model, feed.phase, by_key=bool(self._expectations)),
            unseen=None if checked is not None else self._unseen,
        )

    def _unseen(self) -> None:
        """The first step went by unseen: it was traced before, and custom code is not run again to look at it."""
        if self._expectations or preflight.expectation_fingerprint(self._state.model):
            self._notifier.warn_once(NOT_SEEN, (NOT_SEEN,))

    def _check_batch(self, training_call: TrainingCall) -> None:
        """Checks the model before `train_on_batch` or its like, inside `with guard`."""
        if training_call.phase not in self._phases:
            return
        with suppress_internal_errors("checking a batch"):
            model, phase = training_call.model, training_call.phase
            feed = preflight.feed_of_one_batch(model, training_call.args, training_call.kwargs, phase)
            known = self._cached(model, feed)
            checked = known or self._check_ahead(model, feed)
            if checked is not None:
                if checked.report.ok:
                    self._store(model, feed, checked)
                self._conclude(checked, model)
                return
            preflight.make_function(model, phase)
            self._state.model, self._state.report = model, Report()
            self._state.fed[phase] = feed, None
            self._watch_annotations()
            self._watch(model, feed, None)
            self._state.watches[phase].armed = True

    def _end_batch(self, phase: Phase) -> None:
        """The `train_on_batch` or its like that was checked is over."""
        with suppress_internal_errors("ending the watch"):
            self._stop(phase)
            self._remember_fed(phase)
            self._state.forget()

    @contextlib.contextmanager
    def _trying(self, doing: str) -> Iterator[None]:
        """As `guarded`; after a fault of our own the guard rests until the next `fit`, so that it is told once."""
        self._state.rests = True
        with suppress_internal_errors(doing):
            yield
            self._state.rests = False

    def _watch_annotations(self) -> None:
        """Reads the annotations in user classes while the first step runs, where no earlier pass could be made."""
        self._state.annotations = self._state.listening.enter_context(
            declarations.declaring(None, comments=False, postponing=True)
        )

    def _after_first_step(self) -> None:
        """What waits for the first step to have gone well: one frame more, once."""
        self._state.listening.close()
        if self._notifier.nothing_expected:
            self._notifier.warn_if_nothing_expected()

    def _finish(self, phase: Phase) -> None:
        """The phase came to its end: what was found right need not be looked at again."""
        self._notifier.warn_if_nothing_expected()
        with suppress_internal_errors("ending the watch"):
            self._stop(phase)
            self._remember_fed(phase)

    def _remember_fed(self, phase: Phase) -> None:
        feed, checked = self._state.fed.pop(phase, (None, None))
        if feed is not None and checked is not None and self._state.report.ok:
            self._store(self._state.model, feed, checked)

    def _stop(self, phase: Phase) -> None:
        self._state.listening.close()
        watch = self._state.watches.pop(phase, None)
        if watch is not None:
            watch.close()

    # Verdicts

    def _checked(
        self,
        network: Network,
        feed: Feed | None,
        failure: Failure | None = None,
        also: tuple[Expectation, ...] = (),
        **more: Any,
    ) -> Checked:
        try:
            checked = check_network(
                network, (*self._expectations, *also), feed=feed, failure=failure, ignored=self._ignored, **more
            )
        except AmbiguousKeyError as error:
            message = f"[SG502] {error}"
            raise ExpectationError(message) from None
        diagnoses, rows = without_suppressed(checked.report.diagnoses, checked.report.rows)
        return replace(checked, report=replace(checked.report, diagnoses=diagnoses, rows=rows))

    def _conclude(self, checked: Checked, model: Any, phase: Phase | None = None) -> None:
        """Raises, warns, stops or records, as the options say; `phase` is the one that begins."""
        self.report, self._entries = checked.report, checked.entries
        self._check_unmatched_keys(checked, model)
        self._write()
        error = self._verdict(checked.report)
        if error is not None:
            raise error
        self._notifier.nothing_expected = not checked.expected_anything
        self._notifier.warn_unused_suppressions(checked.report)
        running = training_calls.running()
        if not running or running[0].phase == phase:
            self._notifier.print_summary(checked)
        elif running[0].phase not in self._phases:
            self._notifier.deferred_summary = checked  # a progress bar is being drawn

    def _verdict(self, report: Report) -> ShapeMismatchError | None:
        if report.ok:
            return None
        match self._mode():
            case "raise":
                return exceptions.error_with(report, exceptions.message_of(report))
            case "stop":
                if not active.is_fitting():
                    return exceptions.error_with(report, exceptions.message_of(report))
                self._state.model.stop_training = True
                self._notifier.warn(report)
            case "warn":
                self._notifier.warn(report)
            case "record":
                pass
        return None

    def _mode(self) -> str:
        mode = options.job_mode()
        return mode if mode in ("warn", "raise") else self._on_mismatch

    def _raises(self) -> bool:
        return self._mode() == "raise" or (self._mode() == "stop" and not active.is_fitting())

    def _explains(self) -> bool:
        """Whether an exception of Keras may be replaced by one that explains it."""
        return self._mode() in ("raise", "stop") and not self._state.rests

    def _check_unmatched_keys(self, checked: Checked, trained: Any = None) -> None:
        """An expectation that no layer answers to is an error, unless a mismatch explains the missing layer.

        Where a model is `trained`, the guard may be there for another one too.
        """
        missing = self._unanswered(checked.missing)
        matched = {key for key in self._keys() if key not in {e.target for e in checked.missing}}
        self._matched.update(matched)
        if trained is not None:
            constructions.note_matched(matched, checked.names, trained)
        if trained is not None and checked.report.ok:
            missing = [each for each in missing if not self._is_of_another_model(each, trained)]
        if not missing or not checked.report.ok:
            return
        key = missing[0].target
        near = ", ".join(repr(name) for name in near_names(key, checked.names))
        message = f"[SG502] no layer of the model is called {key!r}; it has {near}"
        raise ExpectationError(message)

    def _unanswered(self, missing: Iterable[Expectation]) -> list[Expectation]:
        """Of these expectations, which no layer answers to, those by key that no other layer ever answered to."""
        constructed = {key for key in self._keys() if any(building.constructed(key) for building in self._buildings)}
        found = self._matched | constructed
        return [e for e in missing if e.target not in found and e.origin in ("mapping", "contract")]

    def _is_of_another_model(self, expectation: Expectation, model: Any) -> bool:
        """Whether the key may name a layer of another model that the guard serves; told once: it was not compared."""
        key, owner = expectation.target, ""
        if expectation.origin == "mapping" and constructions.matched_before(key, model):
            owner = "a layer had that name when it was fitted before, and there it was compared"
        elif expectation.origin == "mapping" and constructions.exists_in_other_model(key, model):
            owner = "another model has such a layer, and there it is compared"
        elif self._pending_builders:
            builders = ", ".join(f"{name}()" for name in sorted(self._pending_builders))
            owner = f"{builders} may make it, and has not run yet"
        if owner and key not in self._reported_keys:
            self._reported_keys.add(key)
            self._notifier.warn_once(f"ShapeGuard: no layer of this model is called {key!r}; {owner}", (key, owner))
        return bool(owner)

    def _keys(self) -> tuple[str, ...]:
        return tuple(expectation.target for expectation in self._expectations)

    def _write(self) -> None:
        if self._to_file is not None:
            with suppress_internal_errors("writing the report"):
                try:
                    self._to_file.parent.mkdir(parents=True, exist_ok=True)
                    self.report.write(self._to_file)
                except OSError as error:
                    self._notifier.warn_once(f"ShapeGuard: the report cannot be written: {error}", ("to_file",))

    def _judge(self, network: Network, feed: Feed) -> BaseException | None:
        """The verdict on the pass that a step really made; what Keras raised in it is explained elsewhere."""
        if any(call.failure is not None and call.failure.exception_type != "StepAborted" for call in network.calls):
            return None
        network = replace(network, calls=tuple(replace(call, failure=None) for call in network.calls))
        with self._trying("comparing the first step"):
            if self._state.annotations is not None and self._state.annotations.error is not None:
                return self._state.annotations.error
            model = self._state.model
            checked = self._checked_pass(model, network, feed, lambda: preflight.dry_run(model, feed))
            start, known = self._state.fed.get(feed.phase, (None, None))
            if start is not None and known is None and checked.report.ok:
                self._state.fed[feed.phase] = start, checked
            if checked.report.ok and self._state.report.rows:
                self._refine_report(checked)
            else:
                self.report, self._entries = checked.report, checked.entries
                self._write()
                self._notifier.nothing_expected = not checked.expected_anything
                self._notifier.deferred_summary = checked if checked.report.ok else None
            try:
                self._check_unmatched_keys(checked, self._state.model)
            except ExpectationError as error:
                return error
            return self._verdict(checked.report)
        return None

    def _refine_report(self, checked: Checked) -> None:
        """Takes the report of a step that knows sizes which the pass ahead left open."""
        if unknown_rows(checked.report) < unknown_rows(self._state.report):
            self.report, self._entries = checked.report, checked.entries
            self._write()

    def _checked_pass(
        self, model: Any, network: Network, feed: Feed, again: Callable[[], Network | None], **more: Any
    ) -> Checked:
        """The check of a pass that really happened; `again` makes it once more, abstractly, to explain a refusal.

        A pass on KerasTensors knows more: operations between the layers, and the batch where a trace leaves it open.
        Custom code runs once more only where the guard raises.
        """
        is_custom = runs_custom_code(network)
        if (is_custom and not self._raises()) or not self._contradicts(model, network, feed):
            return self._checked(network, feed, may_rerun=not is_custom, **more)
        with preflight.undisturbed(model):
            repeated = again()
            if repeated is not None and repeated.complete and self._contradicts(model, repeated, feed):
                network = repeated
            return self._checked(network, feed, **more)

    def _contradicts(self, model: Any, network: Network, feed: Feed) -> bool:
        """Whether anything is to be held against the pass, as far as it went; compares only."""

        def is_error(missing: Sequence[Expectation]) -> bool:
            return any(not self._is_of_another_model(each, model) for each in self._unanswered(missing))

        return disagrees(network, self._expectations, feed, self._ignored, is_error)

    def _disagrees(self, model: Any, annotations: Declarations | None, network: Network, feed: Feed) -> bool:
        """Compares only: this runs inside a trace, under a strategy in a thread of Keras' own.

        Nothing is abandoned that a comment may silence.
        """
        if annotations is not None and annotations.error is not None:
            return True
        with preflight.outside_of_traces():
            if not self._contradicts(model, network, feed):
                return False
        made = [constructions.construction_of(call.operation) for call in network.calls]
        spans = [each.call for each in made if each is not None and each.call is not None]
        return not may_suppress([*spans, *(e.declared for e in self._expectations if e.declared is not None)])

    def _judge_pass(
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
            checked = self._checked_pass(model, network, feed, again, with_targets=False)
            self.report, self._entries = checked.report, checked.entries
            return self._verdict(checked.report)
        return None

    def _violated(self, violation: Any) -> BaseException | None:
        with suppress_internal_errors("explaining a batch that breaks an expectation"):
            report = report_of_violation(violation)
            self.report = report
            return self._verdict(report)
        return None

    def _explained(
        self, network: Network, exception: Exception, feed: Feed | None, **more: Any
    ) -> ShapeMismatchError | None:
        """What Keras raised, explained; `None` where shapes do not explain it."""
        if not network.complete:
            network = replace(network, open_end=later_lines_may_fail(exception))
        checked = self._checked(network, feed, failure_of(exception), **more)
        if not exceptions.has_explanation(checked.report):
            return None
        self.report = checked.report
        self._write()
        return exceptions.error_with(checked.report, exceptions.message_of(checked.report), exception)

    def _key(self, model: Any, phase: Phase, *, whole: bool = False) -> Hashable:
        """Stands for what is expected of the model now; `whole`: also for which of it is not compared."""
        said = [(e.target, e.spec, e.quantity, e.call) for e in self._expectations]
        return (
            tuple(said),
            preflight.expectation_fingerprint(model),
            phase,
            self._mode(),
            self._ignore if whole else (),
        )

    def _cached(self, model: Any, feed: Feed) -> Checked | None:
        """What was found right for such a feed, wherever the same was expected."""
        found = cached(model, feed, self._key(model, feed.phase, whole=True))
        if found is None:
            return None
        checked, before = found
        return with_locations(checked, before, self._expectations)

    def _store(self, model: Any, feed: Feed, checked: Checked) -> None:
        store(model, feed, self._key(model, feed.phase, whole=True), (checked, self._expectations))

    def _forget(self) -> None:
        """Lets go of the `fit` that ended: the model, and what was told in it."""
        self._notifier.end()
        self._model, self.params = None, None
        self._state.forget()

    # Checks outside of training

    def check(self, model: Any, inputs: Any = None) -> Report:
        """Checks a model now, without training; never raises on a mismatch.

        Args:
            model: A Keras model.
            inputs: Arrays, tensors or shapes (batch first) in the structure that the model takes; `None` for the
                model's own inputs.

        Returns:
            The report, which is `report` of the guard from now on.

        Raises:
            ValueError: The model is not built, and there are no `inputs`.
            ExpectationError: An expectation is about no layer of the model.
        """
        with preflight.undisturbed(model):
            checked = self._checked(preflight.dry_run_on(model, inputs), None, explaining=True)
        self._check_unmatched_keys(checked)
        self.report, self._entries = checked.report, checked.entries
        return checked.report

    def expect(self, target: Any, spec: Any = None, *, weights: Any = None, params: int | None = None) -> Any:
        """Declares the expected shape of a tensor or layer, and returns it unchanged.

        Args:
            target: A tensor or a layer.
            spec: The expected output shape, batch first.
            weights: The expected shape of the layer's first weight, or a list of the shapes of all.
            params: The expected number of the layer's parameters.

        Returns:
            `target`, the very same object.

        Raises:
            SpecError: A shape cannot be read.
            ExpectationError: Neither `spec`, `weights` nor `params` is given.
        """
        return saying.expect(target, spec, weights=weights, params=params)

    def save(self, path: str | PathLike[str]) -> None:
        """Writes the shapes of the latest check as a contract file.

        Args:
            path: Path of the file, which ends in .json.

        Raises:
            ExpectationError: Nothing was checked yet.
        """
        from shapeguard.guard import contracts  # noqa: PLC0415  most guards write none

        if not self._entries:
            message = "[SG502] ShapeGuard.save: nothing was checked yet; call check(model) or fit first"
            raise ExpectationError(message)
        contracts.write(path, self._entries)


def check(model: Any, expect: Mapping[str, Any] | str | None = None, inputs: Any = None) -> Report:
    """Checks a model now, without training; never raises on a mismatch.

    Args:
        model: A Keras model.
        expect: A mapping from layer names, paths or globs to shapes, or the path of a contract file; `None` for what
            the program declares by comments, annotations or calls of `expect`.
        inputs: Arrays, tensors or shapes (batch first) in the structure that the model takes; `None` for the model's
            own inputs.

    Returns:
        The report.

    Raises:
        ValueError: The model is not built, and there are no `inputs`.
        SpecError: A shape cannot be read.
        ExpectationError: An expectation is about no layer of the model.

    Example:
        >>> import keras
        >>> import shapeguard
        >>> model = keras.Sequential([keras.Input((8,)), keras.layers.Dense(4, name="dense")])
        >>> report = shapeguard.check(model, {"dense": ("B", 5)})
        >>> report.diagnoses[0].causes[0].suggestion
        5
    """
    return ShapeGuard(expect, on_mismatch="record").check(model, inputs)


def expect(target: Any, spec: Any = None, *, weights: Any = None, params: int | None = None) -> Any:
    """Declares the expected shape of a tensor or layer, and returns it unchanged.

    It never raises for a mismatch: a guard compares the shape when the model is built or used.

    Args:
        target: A tensor or a layer.
        spec: The expected output shape, batch first.
        weights: The expected shape of the layer's first weight, or a list of the shapes of all.
        params: The expected number of the layer's parameters.

    Returns:
        `target`, the very same object.

    Raises:
        SpecError: A shape cannot be read.
        ExpectationError: Neither `spec`, `weights` nor `params` is given.

    Example:
        >>> import keras
        >>> from shapeguard import ShapeGuard, expect
        >>> with ShapeGuard() as guard:
        ...     x = keras.Input((28, 28, 1))
        ...     y = expect(keras.layers.Conv2D(32, 3)(x), (None, 26, 26, 32))
        ...     model = keras.Model(x, y)
        >>> guard.check(model).ok
        True
    """
    return saying.expect(target, spec, weights=weights, params=params)


def explain(layer_or_model: Any) -> Explanation:
    """Explains why each size of a layer or a model is what it is.

    Args:
        layer_or_model: A model, or a layer that was called or built: it is explained with those shapes.

    Returns:
        The derivation of each size, with the constructor arguments in it.

    Raises:
        ValueError: There are no shapes to explain it with.

    Example:
        >>> import keras
        >>> import shapeguard
        >>> dense = keras.layers.Dense(4, name="dense")
        >>> dense.build((None, 8))
        >>> print(shapeguard.explain(dense))
        layer 'dense' (Dense)...: (None, 8) -> (None, 4)
          features: units = 4
          kept: batch
    """
    return explanation_of(layer_or_model)


# On import: in `model.fit(..., callbacks=[ShapeGuard()])` fit is looked up before the guard is made.
active.install_training_hooks()
