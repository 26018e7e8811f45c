"""The process in which a program or builder is run: `python -m shapeguard.cli.worker QUESTION ANSWER`."""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import pickle
import sys
import threading
import time
import traceback
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shapeguard.cli import programs
from shapeguard.cli.common_options import CannotRunError, silence_backend
from shapeguard.cli.dry_run import DryRun, Request, is_builder, only_comments_differ
from shapeguard.cli.source_overlay import overlay
from shapeguard.errors import ExpectationError, SpecError
from shapeguard.keras_compat.import_hook import missing_backend
from shapeguard.report import Report, ShapeMismatchError

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from shapeguard.cli.first_step import FirstStep
    from shapeguard.cli.guarded_program import GuardedProgram
    from shapeguard.guard.guard import ShapeGuard

_PLACE_EVERY = 0.5
_ANSWER_EVERY = 0.1


def main(question: str, answer_path: str) -> None:
    """Runs the request, leaves the answer in a file, and ends without waiting for the program's threads."""
    answer = Path(answer_path)
    request = Request(**json.loads(Path(question).read_text(encoding="utf-8")))
    overlay(request.texts)
    silence_backend()
    sys.path[0] = str(Path.cwd())
    threading.Thread(target=_note_place, args=(answer.with_suffix(".place"),), daemon=True).start()
    try:
        build = is_builder(request.target) and not request.module
        dry_run = _built(request) if build else ScriptRun(request).run()
    except (CannotRunError, ExpectationError, SpecError) as error:
        dry_run = DryRun("refused", str(error))
    draft = answer.with_suffix(".draft")
    draft.write_bytes(pickle.dumps(dry_run))
    draft.replace(answer)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


def _note_place(file: Path) -> None:
    """Writes down now and then at which line of the user's the main thread is, for a run that hangs."""
    main_thread = threading.main_thread().ident
    while True:
        time.sleep(_PLACE_EVERY)
        frame = sys._current_frames().get(main_thread or 0)  # noqa: SLF001  the documented way to other threads
        while frame is not None and not programs.is_users(frame.f_code.co_filename):
            frame = frame.f_back
        if frame is not None:
            file.write_text(f"{os.path.relpath(frame.f_code.co_filename)}:{frame.f_lineno}", encoding="utf-8")


class ScriptRun:
    """A script, run until its first `fit` has been checked."""

    def __init__(self, request: Request) -> None:
        self._request = request
        self._shares_keras = "keras" in sys.modules
        self._program = programs.load(request.target, request.texts, is_module=request.module)
        self._guarded_program: GuardedProgram | None = None
        self._answer: DryRun | None = None
        self._failure: Exception | None = None  # what a `fit` raised, which the program may catch
        self._unseen = ""
        self._line = 0
        self._environment = dict(os.environ)
        self._changes: dict[str, str] = {}

    def run(self) -> DryRun:
        """Runs the script and returns what came of it."""
        try:
            programs.execute(self._program, self._request.arguments, self._start_guard)
        except SystemExit as error:
            ending, failed = f"exited by sys.exit({error.code!r}) before calling fit()", bool(error.code)
        except (ExpectationError, SpecError):
            raise
        except BaseException as error:  # noqa: BLE001  whatever ends the program is reported
            return self._with_digests(self._raised(self._failure or error))
        else:
            ending, failed = "ended without calling fit()", False
        if self._guarded_program is not None:
            self._wait_for_threads()
        return self._with_digests(self._ended(ending, failed=failed))

    def _with_digests(self, otherwise: DryRun) -> DryRun:
        self._refuse_another_backend()
        answer = self._answer or otherwise
        digests = programs.digests() | {self._program.code.co_filename: self._program.digest}
        return replace(answer, digests=digests, environment=self._changes, line=self._line)

    def _refuse_another_backend(self) -> None:
        """Raises if the program chooses a backend, and runs on another, as it was forked with Keras imported."""
        backend = os.environ.get("KERAS_BACKEND")
        if self._shares_keras and backend and backend != sys.modules["keras"].backend.backend():
            raise CannotRunError(f"{self._request.target}: sets KERAS_BACKEND={backend}; check it by itself")

    def _start_guard(self) -> None:
        from shapeguard.cli.guarded_program import guard_program

        before = self._environment
        self._changes = {name: value for name, value in os.environ.items() if before.get(name) != value}
        self._guarded_program = guard_program(self._program.code, self._request.expect, around=self._stop_at_fit)

    def _stop_at_fit(self, method: str, guard: ShapeGuard, call: Callable[..., Any]) -> Any:
        """Ends the program behind the first step of `fit`; `evaluate` and `predict` before are part of the program."""
        if method != "fit":
            return call()
        from shapeguard.cli.first_step import FirstStep, StopAtFit

        if self._failure is not None:
            raise StopAtFit(0)
        self._line = self._line_of_fit()
        first_step = FirstStep(guard)
        try:
            result = call(first_step, validation_freq=1)
        except ShapeMismatchError as error:
            self._answer = self._answer or self._recorded(guard, error.report or guard.report)
        except StopAtFit:
            self._conclude(guard, first_step)
        except Exception as error:
            self._failure = error
            raise
        else:
            self._conclude(guard, first_step)
            if self._answer is None:
                return result
        raise StopAtFit(0)

    def _line_of_fit(self) -> int:
        from shapeguard.cli.guarded_program import frame_of

        frame = frame_of(self._program.code)
        return 0 if frame is None else frame.f_lineno

    def _conclude(self, guard: ShapeGuard, first_step: FirstStep) -> None:
        if first_step.passed:
            self._answer = self._answer or self._recorded(guard, guard.report)
        else:
            self._unseen = "the first step of fit(), which took none: no data, or no epochs"

    def _wait_for_threads(self) -> None:
        """Waits as the interpreter does at its end, until a thread has come to a `fit`."""
        for thread in threading.enumerate():
            if not thread.daemon and thread is not threading.current_thread():
                while self._answer is None and thread.is_alive():
                    thread.join(_ANSWER_EVERY)

    def _recorded(self, guard: ShapeGuard, report: Report) -> DryRun:
        return _with_runs(self._request, guard.model, report, None)

    def _raised(self, error: BaseException) -> DryRun:
        report = error.report if isinstance(error, ShapeMismatchError) else None
        if report is None and self._guarded_program is not None and isinstance(error, Exception):
            explained = self._guarded_program.explained(error)
            report = None if explained is None else explained.report
        return _unexplained(error, programs.traceback_text(error)) if report is None else _checked(report)

    def _ended(self, ending: str, *, failed: bool) -> DryRun:
        if self._failure is not None:
            return self._raised(self._failure)
        if self._unseen:
            return DryRun("unseen", self._unseen)
        report = self._report_at_the_end()
        if report.rows and not failed:
            return replace(_checked(report), reached="end")
        return DryRun("ended", ending, failed=failed)

    def _report_at_the_end(self) -> Report:
        """What was found first, by our guard or by the program's own calls of `check`; else the last that was seen."""
        if self._guarded_program is None:
            return Report()
        reports = [self._guarded_program.guard.report, *self._guarded_program.own_reports]
        seen = [report for report in reports if report.rows]
        return next((report for report in reports if not report.ok), seen[-1] if seen else reports[0])


def _unexplained(error: BaseException, text: str) -> DryRun:
    """The result for an exception that shapes do not explain: its traceback, or what is not installed."""
    missing = missing_backend(error)
    return DryRun("raised", text) if missing is None else DryRun("refused", missing)


def _checked(report: Report) -> DryRun:
    return DryRun("checked", report=report, expected=_expected(report))


def _expected(report: Report) -> bool:
    return bool(report.diagnoses) or any(row.status != "no expectation" for row in report.rows)


def _with_runs(request: Request, model: Any, report: Report, inputs: Any) -> DryRun:
    """The result of a check, with the shapes if they are wanted and may be recorded."""
    dry_run = _checked(report)
    if not request.runs or not (report.ok or (request.stale and only_comments_differ(report))):
        return dry_run
    from shapeguard.cli.observations import runs_of

    return replace(dry_run, runs=runs_of(model, report, inputs))


def _built(request: Request) -> DryRun:
    """The builder's model, built under a guard and checked with shapes only."""
    where, _, name = request.target.rpartition(":")
    try:
        builder = _attribute(_module(where), name, request.target)
        return replace(_built_by(builder, request), digests=programs.digests(), reached="model")
    except ShapeMismatchError as error:
        return replace(_checked(error.report or Report()), digests=programs.digests(), reached="model")
    except (CannotRunError, ExpectationError, SpecError):
        raise
    except SystemExit as error:
        return DryRun("ended", f"exited by sys.exit({error.code!r}) before returning a model", failed=bool(error.code))
    except BaseException as error:  # noqa: BLE001  whatever ends the builder is reported
        return _unexplained(error, "".join(traceback.format_exception(error)))


def _built_by(builder: Any, request: Request) -> DryRun:
    import keras

    from shapeguard.guard.guard import ShapeGuard

    guard = ShapeGuard(request.expect)
    built = builder if isinstance(builder, keras.Model) else guard(builder)()
    model = next((part for part in keras.tree.flatten(built) if isinstance(part, keras.Model)), None)
    if model is None:
        raise CannotRunError(f"{request.target}: returned {type(built).__name__}, not a Keras model")
    inputs = _inputs(request.inputs)
    try:
        report = guard.check(model, inputs)
    except ValueError as error:
        if inputs is None and not isinstance(error, ShapeMismatchError | ExpectationError) and not model.built:
            raise CannotRunError(
                f"{request.target}: the model has no input shapes; pass --input 200,28,28,1"
            ) from error
        raise
    return _with_runs(request, model, report, inputs)


def _module(where: str) -> ModuleType:
    try:
        if not where.endswith(".py"):
            return importlib.import_module(where)
        programs.load_script(where)  # its error says what is wrong with a file that is no program
        sys.path.insert(0, str(Path(where).resolve().parent))
        spec = importlib.util.spec_from_file_location(Path(where).stem, Path(where).absolute())
        assert spec is not None  # noqa: S101  a .py file always has one
        assert spec.loader is not None  # noqa: S101
        module = importlib.util.module_from_spec(spec)
        sys.modules[spec.name] = module
        spec.loader.exec_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] != where.partition(".")[0]:
            raise
        raise CannotRunError(f"{where}: no such module; looked in {Path.cwd()} first") from error
    except SyntaxError as error:
        raise CannotRunError(f"{where}: {error.filename}:{error.lineno} is not valid Python ({error.msg})") from error
    return module


def _attribute(module: ModuleType, name: str, target: str) -> Any:
    value: Any = module
    for part in name.split("."):
        if not hasattr(value, part):
            raise CannotRunError(f"{target}: {module.__name__} has no {name!r}")
        value = getattr(value, part)
    if not callable(value):
        raise CannotRunError(f"{target}: not a function that builds a model")
    return value


def _inputs(texts: list[str] | tuple[str, ...]) -> Any:
    """The shapes given by `--input`: one, several, or several by name; `None` without any."""
    if not texts:
        return None
    named = {name: _shape(shape) for name, _, shape in (text.rpartition("=") for text in texts)}
    if "" in named:
        shapes = [_shape(text) for text in texts]
        return shapes[0] if len(shapes) == 1 else shapes
    return named


def _shape(text: str) -> tuple[int | None, ...]:
    try:
        return tuple(
            None if size.strip() in {"None", "?"} else int(size) for size in text.strip("()[] ").split(",") if size
        )
    except ValueError:
        raise CannotRunError(f"--input {text}: write sizes with commas, such as 200,28,28,1") from None


if __name__ == "__main__":
    main(*sys.argv[1:])
