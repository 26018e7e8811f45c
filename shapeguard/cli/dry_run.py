"""Runs a program or builder up to its first `fit`, in a process that ends with the answer."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import pickle
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from shapeguard.cli.common_options import CannotRunError
from shapeguard.report import Report

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.records.network import Shape
    from shapeguard.records.source import Span

Run = dict["Span", tuple["Shape", ...]]
_FIRST_PROGRESS = 5.0
_LONGEST_TAIL = 4000  # bytes of standard error
_MOST_LINES = 15
_PATIENCE = 2.0


@dataclass(frozen=True, slots=True)
class Request:
    """What to run: a script, or with `module` the name of one, with its arguments; or `module:builder`.

    `runs`: the output shapes are wanted as well; `stale`: even if the model differs from comments, and only from them.
    `texts` replaces the text of files, by absolute path.
    """

    target: str
    arguments: tuple[str, ...] = ()
    expect: str | None = None
    inputs: tuple[str, ...] = ()
    runs: bool = False
    stale: bool = False
    texts: dict[str, str] = field(default_factory=dict)
    module: bool = False


@dataclass(frozen=True, slots=True)
class DryRun:
    """The result of a request.

    "checked": `report` holds the findings. "ended": the program ended, or left by `sys.exit`, without a `fit`.
    "unseen": `text` says what of its first `fit` could not be looked at.
    "raised": it or the builder raised something that shapes do not explain, and `text` has the traceback. "refused":
    `text` says why it could not be run. `failed`: its exit code means failure, and `stderr` is the end of its standard
    error. `runs` are the output shapes by constructor call, `digests` the hashes of the user's files as they were read.
    """

    outcome: Literal["checked", "ended", "unseen", "raised", "refused"]
    text: str = ""
    report: Report = field(default_factory=Report)
    expected: bool = False
    runs: tuple[Run, ...] = ()
    digests: dict[str, str] = field(default_factory=dict)
    failed: bool = False
    stderr: str = ""


def is_builder(target: str) -> bool:
    """Whether the target is `module:builder` or `file.py:builder`, as opposed to a script."""
    return ":" in target and not target.endswith(".py") and not Path(target).exists()


def add_target(parser: argparse.ArgumentParser, *, optional: bool = False) -> None:
    """Adds the arguments that say which program is run, and how; `optional`: the configuration may name the target."""
    parser.add_argument("-m", "--module", action="store_true", help="TARGET is a module, as with python -m")
    nargs, target_help = "?" if optional else None, "a script, or MODULE:BUILDER, or FILE.py:BUILDER"
    parser.add_argument("target", metavar="TARGET", nargs=nargs, help=target_help)
    parser.add_argument("arguments", nargs="*", metavar="ARG", help="arguments for the script, after --")
    parser.add_argument("--expect", metavar="FILE", help="a contract file, as written by ShapeGuard.save")
    parser.add_argument(
        "--input",
        action="append",
        default=[],
        metavar="SHAPE",
        help="an input shape for the builder, batch axis first: 200,28,28,1 or image=200,28,28,1; can be repeated",
    )
    parser.add_argument("--timeout", type=_seconds, metavar="SECONDS", help="give up after this long (default: never)")
    parser.add_argument("--verbose", action="store_true", help="show the program's output, on standard error")


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < threading.TIMEOUT_MAX:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds, such as 300")
    return seconds


def request_of(arguments: argparse.Namespace, *, runs: bool = False, stale: bool = False) -> Request:
    """Returns the request that the arguments describe."""
    return Request(
        arguments.target,
        tuple(arguments.arguments),
        arguments.expect,
        tuple(arguments.input),
        runs=runs,
        stale=stale,
        module=arguments.module,
    )


def only_comments_differ(report: Report) -> bool:
    """Whether comments are all that disagrees with the model: no exception, no other expectation."""
    return all(diagnosis.origin == "comment" and diagnosis.original is None for diagnosis in report.diagnoses)


def run_in_process(request: Request, *, timeout: float | None = None, verbose: bool = False) -> DryRun:
    """Runs the request and waits for the answer; raises `CannotRunError` if there is none."""
    with tempfile.TemporaryDirectory(prefix="shapeguard-") as folder:
        answer = Path(folder, "answer")
        question = Path(folder, "question")
        question.write_text(json.dumps(asdict(request)), encoding="utf-8")
        words = [sys.executable, "-m", "shapeguard.cli.worker", str(question), str(answer)]
        stderr = _StandardErrorTail()
        with subprocess.Popen(  # noqa: S603  this interpreter, our own module
            words,
            stdin=subprocess.DEVNULL,
            stdout=sys.stderr if verbose else subprocess.DEVNULL,
            stderr=sys.stderr if verbose else stderr.write_end,
            env=_environment(),
            start_new_session=os.name == "posix",
        ) as process:
            stderr.listen()
            try:
                with _progress(request.target):
                    code = process.wait(timeout)
            except subprocess.TimeoutExpired:
                problem = f"{request.target}: no result within {timeout:g} s{_last_line(folder)}"
                raise CannotRunError(problem) from None
            finally:
                _end(process)
        if not answer.exists():
            how = f"was killed by signal {-code}" if code < 0 else f"exited with code {code}"
            problem = f"{request.target}: the process {how} before it returned a result"
            raise CannotRunError(problem + stderr.quoted())
        dry_run = pickle.loads(answer.read_bytes())  # noqa: S301  written by our own process a moment ago
    assert isinstance(dry_run, DryRun)  # noqa: S101  the worker writes nothing else
    return replace(dry_run, stderr=stderr.quoted()) if dry_run.failed else dry_run


def checked(request: Request, arguments: argparse.Namespace) -> DryRun:
    """Runs the request; raises `CannotRunError` with the reason if the program came to no check."""
    return of_outcome(request, run_in_process(request, timeout=arguments.timeout, verbose=arguments.verbose))


def of_outcome(request: Request, dry_run: DryRun) -> DryRun:
    """The result if it holds findings; raises `CannotRunError` with the reason if not."""
    match dry_run.outcome:
        case "checked":
            return dry_run
        case "refused":
            raise CannotRunError(dry_run.text)
        case "ended":
            raise CannotRunError(f"{request.target}: {dry_run.text}; nothing was checked{dry_run.stderr}")
        case "unseen":
            raise CannotRunError(f"{request.target}: not looked at: {dry_run.text}")
        case "raised":
            raise CannotRunError(
                f"{request.target} raised an exception that ShapeGuard could not attribute to a shape:"
                f"\n\n{dry_run.text.rstrip()}"
            )


class _StandardErrorTail:
    """Keeps the last lines that a process writes into `write_end`, without a file and without making it wait.

    The thread outlives the process if a process that it started keeps the pipe open.
    """

    def __init__(self) -> None:
        self._read_end, self.write_end = os.pipe()
        self._tail = b""
        self._thread = threading.Thread(target=self._read, daemon=True)

    def listen(self) -> None:
        """Starts reading; call it once the process has its own copy of `write_end`."""
        os.close(self.write_end)
        self._thread.start()

    def quoted(self) -> str:
        """Returns the last lines as a message quotes them below its own; "" if nothing was written."""
        self._thread.join(_PATIENCE)
        lines = self._tail[-_LONGEST_TAIL:].decode("utf-8", "replace").replace("\r\n", "\n").split("\n")
        shown = [line.rpartition("\r")[2].expandtabs().rstrip() for line in lines]  # a progress bar returns
        text = "\n".join(shown).strip("\n")
        return "\n\n" + "\n".join(text.split("\n")[-_MOST_LINES:]) if text else ""

    def _read(self) -> None:
        while piece := os.read(self._read_end, 65536):
            self._tail = (self._tail + piece)[-_LONGEST_TAIL:]
        os.close(self._read_end)


def _environment() -> dict[str, str]:
    environment = dict(os.environ)
    environment.pop("SHAPEGUARD", None)  # it is for guards in programs, not for an explicit command
    package = str(Path(__file__).parents[2])
    given = environment.get("PYTHONPATH")
    environment["PYTHONPATH"] = os.pathsep.join([package, *([given] if given else [])])
    return environment


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ends the process and those that it started."""
    if os.name == "posix":
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()


def _last_line(folder: str) -> str:
    place = Path(folder, "answer.place")
    return f"; it was at {place.read_text(encoding='utf-8')}" if place.exists() else ""


@contextlib.contextmanager
def _progress(target: str) -> Iterator[None]:
    """Prints now and then on a terminal's standard error that the program still runs."""
    done = threading.Event()
    if not sys.stderr.isatty():
        yield
        return
    thread = threading.Thread(target=_report_progress, args=(target, done), daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _report_progress(target: str, done: threading.Event) -> None:
    started, pause = time.monotonic(), _FIRST_PROGRESS
    while not done.wait(pause):
        seconds = time.monotonic() - started
        print(f"shapeguard: {target}: {seconds:.0f} s, waiting for the first fit()", file=sys.stderr)
        pause *= 2
