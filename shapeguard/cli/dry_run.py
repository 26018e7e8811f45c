"""A program or builder, run up to its first `fit` in a process of its own: nothing of it outlives the answer."""

from __future__ import annotations

import argparse
import contextlib
import hashlib
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
_MOST_SAID = 4000  # bytes of standard error
_MOST_LINES = 15
_PATIENCE = 2.0


@dataclass(frozen=True, slots=True)
class Request:
    """What to rehearse: a script, or with `module` the name of one, with its arguments; or `module:builder`.

    `runs`: shapes are wanted as well; `stale`: also of a model that differs from what comments say, and only from that.
    `texts`: what stands in the place of the text of these files, by absolute path.
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
class Rehearsal:
    """What came of it.

    "checked": `report` holds the findings. "ended": the program came to its end, or left by `sys.exit`, without any
    `fit`; "raised": it or the builder raised something that shapes do not explain, `text` has the traceback;
    "refused": `text` says why it could not be run. `failed`: it left with an exit code that tells of a failure; `said`
    is then the end of its standard error. `runs` are the output shapes by constructor call, `digests` the contents of
    the user's files as they were.
    """

    outcome: Literal["checked", "ended", "raised", "refused"]
    text: str = ""
    report: Report = field(default_factory=Report)
    expected: bool = False
    runs: tuple[Run, ...] = ()
    digests: dict[str, str] = field(default_factory=dict)
    failed: bool = False
    said: str = ""


def is_builder(target: str) -> bool:
    """Whether the target is `module:builder` or `file.py:builder`, as opposed to a script."""
    return ":" in target and not target.endswith(".py") and not Path(target).exists()


def add_target(parser: argparse.ArgumentParser) -> None:
    """Adds what says which program is run, and how."""
    parser.add_argument("-m", "--module", action="store_true", help="TARGET names a module, as with python -m")
    parser.add_argument("target", metavar="TARGET", help="a script, or MODULE:BUILDER, or FILE.py:BUILDER")
    parser.add_argument("arguments", nargs="*", metavar="ARG", help="the script's own arguments, after --")
    parser.add_argument("--expect", metavar="FILE", help="a contract file, as ShapeGuard.save writes it")
    parser.add_argument(
        "--input",
        action="append",
        default=[],
        metavar="SHAPE",
        help="a builder's input shape, batch first: 200,28,28,1 or image=200,28,28,1; may be repeated",
    )
    parser.add_argument("--timeout", type=_seconds, metavar="SECONDS", help="give up after so long (default: never)")
    parser.add_argument("--verbose", action="store_true", help="show what the program prints, on standard error")


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < threading.TIMEOUT_MAX:
        raise argparse.ArgumentTypeError(f"invalid length of time {text!r}; give seconds, such as 300")
    return seconds


def request_of(arguments: argparse.Namespace, *, runs: bool = False, stale: bool = False) -> Request:
    """The request that these arguments describe."""
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
    """Whether everything that is wrong is what a comment says: no exception, no other expectation."""
    return all(found.origin == "comment" and found.original is None for found in report.diagnoses)


def rehearse(request: Request, *, timeout: float | None = None, verbose: bool = False) -> Rehearsal:
    """Runs it and waits for the answer; raises `CannotRunError` where there is none."""
    with tempfile.TemporaryDirectory(prefix="shapeguard-") as folder:
        answer = Path(folder, "answer")
        question = Path(folder, "question")
        question.write_text(json.dumps(asdict(request)), encoding="utf-8")
        words = [sys.executable, "-m", "shapeguard.cli.worker", str(question), str(answer)]
        stderr = _LastWords()
        with subprocess.Popen(  # noqa: S603  this interpreter, our own module
            words,
            stdin=subprocess.DEVNULL,
            stdout=sys.stderr if verbose else subprocess.DEVNULL,
            stderr=sys.stderr if verbose else stderr.training_call,
            env=_environment(),
            start_new_session=os.name == "posix",
        ) as process:
            stderr.listen()
            try:
                with _progress(request.target):
                    code = process.wait(timeout)
            except subprocess.TimeoutExpired:
                problem = f"{request.target}: no answer within {timeout:g} s{_last_line(folder)}"
                raise CannotRunError(problem) from None
            finally:
                _end(process)
        if not answer.exists():
            how = f"by signal {-code}" if code < 0 else f"with exit code {code}"
            problem = f"{request.target}: its process ended {how} before there was an answer"
            raise CannotRunError(problem + stderr.quoted())
        rehearsal = pickle.loads(answer.read_bytes())  # noqa: S301  written by our own process a moment ago
    assert isinstance(rehearsal, Rehearsal)  # noqa: S101  the stage writes nothing else
    return replace(rehearsal, said=stderr.quoted()) if rehearsal.failed else rehearsal


def checked(request: Request, arguments: argparse.Namespace) -> Rehearsal:
    """A rehearsal that came to a check; raises `CannotRunError` with the reason for any other."""
    rehearsal = rehearse(request, timeout=arguments.timeout, verbose=arguments.verbose)
    match rehearsal.outcome:
        case "checked":
            return rehearsal
        case "refused":
            raise CannotRunError(rehearsal.text)
        case "ended":
            raise CannotRunError(f"{request.target}: {rehearsal.text}, so nothing was checked{rehearsal.said}")
        case "raised":
            raise CannotRunError(
                f"{request.target} ended with an exception that shapes do not explain\n\n{rehearsal.text.rstrip()}"
            )


class _LastWords:
    """The end of what a process writes into `entrance`, which is read as it comes: neither side waits or fills a disk.

    The thread outlives the process where a process that it started keeps the pipe open.
    """

    def __init__(self) -> None:
        self._exit, self.training_call = os.pipe()
        self._end = b""
        self._thread = threading.Thread(target=self._read, daemon=True)

    def listen(self) -> None:
        """Starts reading; the process has its own copy of the entrance by now."""
        os.close(self.training_call)
        self._thread.start()

    def quoted(self) -> str:
        """The last lines as a message quotes them below its own; "" where nothing was said."""
        self._thread.join(_PATIENCE)
        lines = self._end[-_MOST_SAID:].decode("utf-8", "replace").replace("\r\n", "\n").split("\n")
        shown = [line.rpartition("\r")[2].expandtabs().rstrip() for line in lines]  # a progress bar returns
        text = "\n".join(shown).strip("\n")
        return "\n\n" + "\n".join(text.split("\n")[-_MOST_LINES:]) if text else ""

    def _read(self) -> None:
        while piece := os.read(self._exit, 65536):
            self._end = (self._end + piece)[-_MOST_SAID:]
        os.close(self._exit)


def digest(raw: bytes) -> str:
    """Tells one content of a file from another."""
    return hashlib.sha256(raw).hexdigest()


def _environment() -> dict[str, str]:
    environment = dict(os.environ)
    environment.pop("SHAPEGUARD", None)  # it rules the guards in programs, not an explicit command
    package = str(Path(__file__).parents[2])
    given = environment.get("PYTHONPATH")
    environment["PYTHONPATH"] = os.pathsep.join([package, *([given] if given else [])])
    return environment


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ends the process and what it started."""
    if os.name == "posix":
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()


def _last_line(folder: str) -> str:
    place = Path(folder, "answer.place")
    return f"; it was at {place.read_text(encoding='utf-8')}" if place.exists() else ""


@contextlib.contextmanager
def _progress(target: str) -> Iterator[None]:
    """Says on a terminal's standard error, now and then, that the program still runs."""
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
        print(f"shapeguard: {target} has run for {seconds:.0f} s and not come to its first fit yet", file=sys.stderr)
        pause *= 2
