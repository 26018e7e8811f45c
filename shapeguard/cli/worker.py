"""The process in which a program or builder is rehearsed: `python -m shapeguard.cli.worker QUESTION ANSWER`."""

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
from shapeguard.cli.dry_run import Rehearsal, Request, digest, is_builder, only_comments_differ
from shapeguard.cli.source_overlay import overlay
from shapeguard.errors import ExpectationError, SpecError
from shapeguard.keras_compat.import_hook import missing_backend
from shapeguard.report import Report, ShapeMismatchError

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from shapeguard.cli.guarded_program import Attendance
    from shapeguard.guard.guard import ShapeGuard

_PLACE_EVERY = 0.5
_ANSWER_EVERY = 0.1


class StopAtFit(SystemExit):  # no error: it ends the program quietly, in whichever thread `fit` runs
    """The program has come to its first `fit`, and the check is done."""


def main() -> None:
    """Rehearses, leaves the answer in a file, and ends without waiting for the program's threads."""
    question, answer = map(Path, sys.argv[1:])
    request = Request(**json.loads(question.read_text(encoding="utf-8")))
    overlay(request.texts)
    silence_backend()
    sys.path[0] = str(Path.cwd())
    threading.Thread(target=_note_place, args=(answer.with_suffix(".place"),), daemon=True).start()
    try:
        rehearsal = (
            _built(request) if is_builder(request.target) and not request.module else ScriptRun(request).performed()
        )
    except CannotRunError as error:
        rehearsal = Rehearsal("refused", str(error))
    except (ExpectationError, SpecError) as error:
        rehearsal = Rehearsal("refused", str(error))
    draft = answer.with_suffix(".draft")
    draft.write_bytes(pickle.dumps(rehearsal))
    draft.replace(answer)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


def _note_place(file: Path) -> None:
    """Keeps on record which line of the user's the main thread is at, for a run that hangs."""
    package = str(Path(__file__).parents[1]) + os.sep
    main_thread = threading.main_thread().ident
    while True:
        time.sleep(_PLACE_EVERY)
        frame = sys._current_frames().get(main_thread or 0)  # noqa: SLF001  the documented door to other threads
        while frame is not None and not _is_users(frame.f_code.co_filename, package):
            frame = frame.f_back
        if frame is not None:
            file.write_text(f"{os.path.relpath(frame.f_code.co_filename)}:{frame.f_lineno}", encoding="utf-8")


def _is_users(file: str, package: str) -> bool:
    library = f"{os.sep}site-packages{os.sep}"
    return not (file.startswith(("<", package, os.path.dirname(os.__file__))) or library in file)  # noqa: PTH120


class ScriptRun:
    """A script, run until its first `fit` has been checked."""

    def __init__(self, request: Request) -> None:
        self._request = request
        self._program = (programs.load_module if request.module else programs.load)(request.target, request.texts)
        self._attendance: Attendance | None = None
        self._answer: Rehearsal | None = None

    def performed(self) -> Rehearsal:
        """Runs the script and tells what came of it."""
        try:
            programs.execute(self._program, self._request.arguments, self._attend)
        except SystemExit as error:
            ending, failed = f"left by sys.exit({error.code!r}) without a call of fit", bool(error.code)
        except (ExpectationError, SpecError):
            raise
        except BaseException as error:  # noqa: BLE001  whatever ends the program is told
            return self._answered(self._raised(error))
        else:
            ending, failed = "ended without a call of fit", False
        if self._attendance is not None:
            self._wait_for_threads()
        return self._answered(self._ended(ending, failed=failed))

    def _answered(self, otherwise: Rehearsal) -> Rehearsal:
        answer = self._answer or otherwise
        return replace(answer, digests=_digests() | {self._program.code.co_filename: self._program.digest})

    def _attend(self) -> None:
        from shapeguard.cli.guarded_program import attend

        self._attendance = attend(self._program.code, self._request.expect, joined=self._join)

    def _join(self, method: str, guard: ShapeGuard, call: Callable[..., Any]) -> Any:
        """Lets `fit` come to its check; `evaluate` and `predict` before it are part of the program."""
        if method != "fit":
            return call()
        try:
            call(_stopper(guard))
        except ShapeMismatchError as error:
            self._answer = self._answer or self._recorded(guard, error.report or guard.report)
        except StopAtFit:
            self._answer = self._answer or self._recorded(guard, guard.report)
        raise StopAtFit(0)

    def _wait_for_threads(self) -> None:
        """As the interpreter does at its end, until one of them has come to a `fit`."""
        for thread in threading.enumerate():
            if not thread.daemon and thread is not threading.current_thread():
                while self._answer is None and thread.is_alive():
                    thread.join(_ANSWER_EVERY)

    def _recorded(self, guard: ShapeGuard, report: Report) -> Rehearsal:
        return _with_runs(self._request, guard.model, report, None)

    def _raised(self, error: BaseException) -> Rehearsal:
        report = error.report if isinstance(error, ShapeMismatchError) else None
        if report is None and self._attendance is not None and isinstance(error, Exception):
            explained = self._attendance.explained(error)
            report = None if explained is None else explained.report
        return _told(error, programs.traceback_text(error)) if report is None else _checked(report)

    def _ended(self, ending: str, *, failed: bool) -> Rehearsal:
        report = self._attendance.guard.report if self._attendance is not None else Report()
        return _checked(report) if report.rows else Rehearsal("ended", ending, failed=failed)


def _told(error: BaseException, text: str) -> Rehearsal:
    """What is told of an exception that shapes do not explain: its traceback, or what is not installed."""
    missing = missing_backend(error)
    return Rehearsal("raised", text) if missing is None else Rehearsal("refused", missing)


def _checked(report: Report) -> Rehearsal:
    return Rehearsal("checked", report=report, expected=_expected(report))


def _expected(report: Report) -> bool:
    return bool(report.diagnoses) or any(row.status != "no expectation" for row in report.rows)


def _stopper(guard: ShapeGuard) -> Any:
    """A callback that ends the program: before the first step where the check needs none, else right after it."""
    import keras

    class Stopper(keras.callbacks.Callback):  # type: ignore[misc]  # Any to a type checker
        def on_train_begin(self, logs: Any = None) -> None:
            del logs
            if guard.report.rows:
                raise StopAtFit(0)

        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            del batch, logs
            raise StopAtFit(0)

    return Stopper()


def _with_runs(request: Request, model: Any, report: Report, inputs: Any) -> Rehearsal:
    """The check's answer, with the shapes where they are wanted and may be recorded."""
    rehearsal = _checked(report)
    if not request.runs or not (report.ok or (request.stale and only_comments_differ(report))):
        return rehearsal
    from shapeguard.cli.observations import runs_of

    return replace(rehearsal, runs=runs_of(model, report, inputs))


def _built(request: Request) -> Rehearsal:
    """The builder's model, built under a guard and checked with shapes only."""
    where, _, name = request.target.rpartition(":")
    try:
        builder = _attribute(_module(where), name, request.target)
        return replace(_built_by(builder, request), digests=_digests())
    except ShapeMismatchError as error:
        return _checked(error.report or Report())
    except (CannotRunError, ExpectationError, SpecError):
        raise
    except SystemExit as error:
        return Rehearsal("ended", f"left by sys.exit({error.code!r}) without a model", failed=bool(error.code))
    except BaseException as error:  # noqa: BLE001  whatever ends the builder is told
        return _told(error, "".join(traceback.format_exception(error)))


def _built_by(builder: Any, request: Request) -> Rehearsal:
    import keras

    from shapeguard.guard.guard import ShapeGuard

    guard = ShapeGuard(request.expect)
    built = builder if isinstance(builder, keras.Model) else guard(builder)()
    model = next((part for part in keras.tree.flatten(built) if isinstance(part, keras.Model)), None)
    if model is None:
        raise CannotRunError(f"{request.target}: gave {type(built).__name__}, not a Keras model")
    inputs = _inputs(request.inputs)
    try:
        report = guard.check(model, inputs)
    except ValueError as error:
        if inputs is None and not isinstance(error, ShapeMismatchError | ExpectationError) and not model.built:
            raise CannotRunError(
                f"{request.target}: the model has no input shapes; give --input 200,28,28,1"
            ) from error
        raise
    return _with_runs(request, model, report, inputs)


def _module(where: str) -> ModuleType:
    try:
        if not where.endswith(".py"):
            return importlib.import_module(where)
        programs.load(where)  # says what is wrong with a file that is no program
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
        raise CannotRunError(f"{target}: is no function that builds a model")
    return value


def _inputs(texts: list[str] | tuple[str, ...]) -> Any:
    """The shapes given by `--input`: one, several, or several by name; `None` where there are none."""
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


def _digests() -> dict[str, str]:
    """The contents, as they are now, of the user's modules that are loaded."""
    package = str(Path(__file__).parents[1]) + os.sep
    files = {getattr(module, "__file__", None) for module in tuple(sys.modules.values())}
    users = sorted(file for file in files if file and file.endswith(".py") and _is_users(file, package))
    return {file: digest(Path(file).read_bytes()) for file in users if Path(file).is_file()}


if __name__ == "__main__":
    main()
