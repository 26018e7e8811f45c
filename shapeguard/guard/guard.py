"""`ShapeGuard`: callback, decorator and context manager in one."""

from __future__ import annotations

import functools
import sys
import warnings
from typing import TYPE_CHECKING, Any, Self

from shapeguard.capture import expect_function as saying
from shapeguard.errors import ExpectationError
from shapeguard.guard import active, exceptions, options, preflight
from shapeguard.guard.build_session import BuildSession
from shapeguard.guard.callback import GuardCallback
from shapeguard.guard.checking import report_of_construction
from shapeguard.guard.derivations import explanation_of
from shapeguard.guard.fit_state import FitState
from shapeguard.guard.notifier import Notifier
from shapeguard.guard.phase_checks import PhaseChecks
from shapeguard.guard.unmatched_keys import UnmatchedKeys
from shapeguard.guard.verdicts import Verdicts
from shapeguard.keras_compat import keras_trainers, training_calls
from shapeguard.keras_compat.legacy import legacy_sentence
from shapeguard.render.github import summary_text
from shapeguard.render.wording import counted
from shapeguard.report import Report, ShapeMismatchError
from shapeguard.strict import ShapeGuardWarning, suppress_internal_errors

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from os import PathLike
    from types import FrameType

    from shapeguard.explanation import Explanation
    from shapeguard.guard.options import OnMismatch
    from shapeguard.records.findings import Diagnosis
    from shapeguard.records.network import Phase

_LIVE = (keras_trainers.CALLBACK_MODEL, "params", "_state", "_sessions", "_notifier", "_verdicts", "_phase_checks")


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
        self._options = options.Options.of(
            expect, on_mismatch=on_mismatch, phases=phases, ignore=ignore, to_file=to_file, verbose=verbose
        )
        self._keys = UnmatchedKeys(self._options.expectations)
        self._reset_runtime()

    @property
    def report(self) -> Report:
        """The report of the latest check, in whichever thread that was."""
        return self._verdicts.report

    def __repr__(self) -> str:
        """Returns what is expected, what happens on a mismatch, and the outcome of the latest check."""
        own = counted(len(self._options.expectations), "expectation")
        report = self.report
        outcome = summary_text(report.diagnoses, report.rows, ok=report.ok) if report.rows or report.diagnoses else None
        return f"<ShapeGuard: {own} of its own, on_mismatch={self._options.mode!r}; {outcome or 'nothing checked yet'}>"

    def _reset_runtime(self) -> None:
        self._state = FitState()
        self._sessions: list[BuildSession] = []
        self._notifier = Notifier(self._options.verbose)
        self._verdicts = Verdicts(self._options, self._keys, self._notifier, self._state, self._sessions)
        self._phase_checks = PhaseChecks(self._options, self._verdicts, self._notifier, self._state)
        active.install_training_hooks()
        training_calls.enable(self)

    def __getstate__(self) -> dict[str, Any]:
        """The guard without live models, for deepcopy and pickle, as keras-tuner makes them."""
        state = {name: value for name, value in vars(self).items() if name not in _LIVE}
        return {**state, "_latest": (self._verdicts.report, self._verdicts.entries)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        report, entries = state.pop("_latest")
        self.__dict__.update(state)
        super().set_model(None)
        super().set_params(None)
        self._reset_runtime()
        self._verdicts.report, self._verdicts.entries = report, entries

    # As a decorator and as a context manager

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Watches a function that builds a model: its annotations, comments and constructor calls are recorded."""
        if not callable(function):
            message = f"@ShapeGuard() decorates a function that builds a model, not {function!r}"
            raise TypeError(message)

        name = getattr(function, "__qualname__", repr(function))
        self._keys.pending_builders.add(name)

        @functools.wraps(function)
        def watched(*args: Any, **kwargs: Any) -> Any:
            if options.job_mode() == "off":
                return function(*args, **kwargs)
            self._keys.pending_builders.discard(name)
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
        self.begin_block(sys._getframe(1))  # noqa: SLF001
        return self

    def begin_block(self, frame: FrameType) -> None:
        """Begins to watch the code of a frame, as the start of a `with` block in it does."""
        if options.job_mode() != "off":
            self._begin(frame)

    def __exit__(self, kind: type[BaseException] | None, exception: BaseException | None, trace: object) -> None:
        """Ends watching; explains an exception that Keras raised over shapes."""
        if not self._sessions:
            return
        building = self._sessions[-1]
        error = None
        try:
            if isinstance(exception, Exception):
                error = self._after_failed_building(building, exception)
        finally:
            self._end(building)
        if error is not None:
            raise error from exception

    def _begin(self, watched: Any) -> BuildSession:
        building = BuildSession(watched, self._verdicts.on_pass, self)
        building.start()
        self._sessions.append(building)
        return building

    def _end(self, building: BuildSession) -> None:
        building.stop()
        self._verdicts.lines |= building.lines()
        self._sessions.remove(building)
        self._keys.match_constructed(building)
        for note in building.notes():
            warnings.warn(f"ShapeGuard: {note}", ShapeGuardWarning, stacklevel=3)
        suspicions: tuple[Diagnosis, ...] = ()
        with suppress_internal_errors("looking for suspicious calls"):
            suspicions = building.suspicions(self._options.expectations)
        building.forget()
        if self._options.mode != "record":
            self._notifier.warn_suspicious_calls(suspicions)

    def _after_failed_building(self, building: BuildSession, exception: Exception) -> ShapeMismatchError | None:
        if isinstance(exception, (ShapeMismatchError, ExpectationError)) or not self._verdicts.explains():
            return None
        if isinstance(building.verdict, ShapeMismatchError) and exceptions.wraps(exception, building.verdict):
            return building.verdict
        if not exceptions.may_be_about_shapes(exception):
            return self._verdicts.answer_line(exception)
        error = self._explanation_of_building(building, exception)
        if error is not None:
            building.raised = exception
        return error

    def _explanation_of_building(self, building: BuildSession, exception: Exception) -> ShapeMismatchError | None:
        with suppress_internal_errors("explaining what Keras raised while the model was built"):
            place = building.raised_at(exception)
            with building.undisturbed():
                network, also = building.failed(exception)
                if network is not None:
                    return self._verdicts.explain(network, exception, None, place, also)
            error = self._verdicts.explain_loop(exception, place)
            if error is not None:
                return error
            report = report_of_construction(exception, place)
            if report is not None:
                return self._verdicts.raised_with(report, exception)
        return self._verdicts.answer(exception)

    # As a callback

    def set_model(self, model: Any) -> None:
        """Takes the model that is about to be trained, evaluated or asked."""
        sentence = legacy_sentence(model)
        if sentence is not None:
            raise TypeError(sentence)
        super().set_model(model)
        self._state.model = model

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
            checked = self._verdicts.check(preflight.dry_run_on(model, inputs), None, explaining=True)
        self._verdicts.check_unmatched_keys(checked)
        self._verdicts.keep(checked, write=False)
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
        from shapeguard.matching import contracts  # noqa: PLC0415  most guards write none

        if not self._verdicts.entries:
            message = "[SG502] ShapeGuard.save: nothing has been checked yet; call check(model) or fit() first"
            raise ExpectationError(message)
        contracts.write(path, self._verdicts.entries)


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
