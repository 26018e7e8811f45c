"""Runs a program or builder in a process of its own, which ends with the answer."""

from __future__ import annotations

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
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from shapeguard.cli.common_options import CannotRunError
from shapeguard.cli.dry_run import DryRun, Request, of_outcome
from shapeguard.cli.progress import progress

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

_LONGEST_TAIL = 4000  # bytes of standard error
_MOST_LINES = 15
_PATIENCE = 2.0
_LEAST = 0.1
WAITING = "waiting for the first fit()"


class Child(Protocol):
    """A process that answers one question."""

    def wait(self, timeout: float | None) -> int:
        """Returns its exit code, that of a signal below zero; raises `TimeoutError` if it does not end in time."""

    def end(self) -> None:
        """Ends it with the processes that it started; it may have ended already."""


class Start(Protocol):
    """A way to start such a process; the descriptors become its standard output and standard error."""

    def __call__(self, question: Path, answer: Path, stdout: int, stderr: int) -> Child: ...


def run_in_process(
    request: Request,
    *,
    timeout: float | None = None,
    verbose: bool = False,
    start: Start | None = None,
    doing: str = WAITING,
) -> DryRun:
    """Runs the request and waits for the answer; raises `CannotRunError` if there is none.

    `start` starts the process, by default a new interpreter. `doing` is shown on a terminal meanwhile.
    """
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="shapeguard-") as folder:
        answer, question = Path(folder, "answer"), Path(folder, "question")
        question.write_text(json.dumps(asdict(request)), encoding="utf-8")
        stderr = _StandardErrorTail()
        with progress(f"{request.target}: {doing}", shown=not verbose):
            with _streams(stderr.write_end, verbose=verbose) as streams:
                child = (start or NewInterpreter)(question, answer, *streams)
            stderr.listen()
            try:
                code = child.wait(None if timeout is None else max(began + timeout - time.monotonic(), _LEAST))
            except TimeoutError:
                problem = f"{request.target}: no result within {timeout:g} s{_last_line(folder)}"
                raise CannotRunError(problem) from None
            finally:
                child.end()
        if not answer.exists():
            how = f"was killed by signal {-code}" if code < 0 else f"exited with code {code}"
            problem = f"{request.target}: the process {how} before it returned a result"
            raise CannotRunError(problem + stderr.quoted())
        dry_run = pickle.loads(answer.read_bytes())  # noqa: S301  written by our own process a moment ago
    assert isinstance(dry_run, DryRun)  # noqa: S101  the worker writes nothing else
    dry_run = replace(dry_run, seconds=time.monotonic() - began)
    return replace(dry_run, stderr=stderr.quoted()) if dry_run.failed else dry_run


def checked(request: Request, arguments: argparse.Namespace, start: Start | None = None) -> DryRun:
    """Runs the request; raises `CannotRunError` with the reason if the program came to no check."""
    dry_run = run_in_process(request, timeout=arguments.timeout, verbose=arguments.verbose, start=start)
    return of_outcome(request, dry_run)


def environment() -> dict[str, str]:
    """The environment of a process that runs the user's program."""
    variables = dict(os.environ)
    variables.pop("SHAPEGUARD", None)  # it is for guards in programs, not for an explicit command
    package = str(Path(__file__).parents[2])
    given = variables.get("PYTHONPATH")
    variables["PYTHONPATH"] = os.pathsep.join([package, *([given] if given else [])])
    return variables


def end_group(number: int) -> None:
    """Kills the processes of that group."""
    if os.name == "posix":
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(number, signal.SIGKILL)


class NewInterpreter:
    """A new interpreter, in which the program itself imports Keras."""

    def __init__(self, question: Path, answer: Path, stdout: int, stderr: int) -> None:
        self._process = subprocess.Popen(  # noqa: S603  this interpreter, our own module
            [sys.executable, "-m", "shapeguard.cli.worker", str(question), str(answer)],
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            env=environment(),
            start_new_session=os.name == "posix",
        )

    def wait(self, timeout: float | None) -> int:
        try:
            return self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise TimeoutError from None

    def end(self) -> None:
        end_group(self._process.pid)
        self._process.kill()
        self._process.wait()


@contextlib.contextmanager
def _streams(stderr: int, *, verbose: bool) -> Iterator[tuple[int, int]]:
    """The descriptors for the program's output: both our standard error, or nothing and `stderr`."""
    if verbose:
        sys.stderr.flush()
        yield sys.stderr.fileno(), sys.stderr.fileno()
        return
    nothing = os.open(os.devnull, os.O_WRONLY)
    try:
        yield nothing, stderr
    finally:
        os.close(nothing)


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


def _last_line(folder: str) -> str:
    place = Path(folder, "answer.place")
    return f"; it was at {place.read_text(encoding='utf-8')}" if place.exists() else ""
