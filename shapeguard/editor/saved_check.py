"""`shapeguard check` of a file that was saved: in a process of its own, one at a time."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

PATIENCE = 5.0
"""Seconds in which a process that is asked to end has to."""
LONGEST = 600
"""Seconds that a program may take to its first step."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What `shapeguard check` said: the JSON of its report, or in `problem` why it has none."""

    report: dict[str, Any] | None
    problem: str = ""


class SavedCheck:
    """The one check that runs; `folder` is where programs are run."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()

    @property
    def pid(self) -> int | None:
        """The number of the process that runs; `None` if none does."""
        process = self._process
        return process.pid if process is not None and process.poll() is None else None

    def start(self, path: str, folder: str, done: Callable[[Outcome], None]) -> None:
        """Checks a file after ending the check that runs; `done` is called by another thread, unless it is ended."""
        self.end()
        command = [sys.executable, "-m", "shapeguard", "check", "--format", "json", f"--timeout={LONGEST}", path]
        process = subprocess.Popen(  # noqa: S603  this interpreter, our own command
            command,
            cwd=folder,
            env=_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=os.name == "posix",
        )
        with self._lock:
            self._process = process
        threading.Thread(target=self._wait, args=(process, done), daemon=True).start()

    def end(self) -> None:
        """Ends the check that runs, with the processes that it started."""
        with self._lock:
            process, self._process = self._process, None
        if process is None or process.poll() is not None:
            return
        process.terminate()
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
        if os.name == "posix":
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)

    def _wait(self, process: subprocess.Popen[bytes], done: Callable[[Outcome], None]) -> None:
        output, errors = process.communicate()
        with self._lock:
            if self._process is not process:
                return
            self._process = None
        done(_outcome(output, errors))


def _outcome(output: bytes, errors: bytes) -> Outcome:
    try:
        report = json.loads(output)
    except ValueError:
        return Outcome(None, errors.decode("utf-8", "replace").strip() or "it returned no report")
    return Outcome(report)


def _environment() -> dict[str, str]:
    """The environment, in which this package is found wherever the program is run."""
    package = str(Path(__file__).parents[2])
    given = os.environ.get("PYTHONPATH")
    return {**os.environ, "PYTHONPATH": os.pathsep.join([package, *([given] if given else [])])}
