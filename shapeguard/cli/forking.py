"""Starts processes from one that has imported Keras, where that is safe: then a run costs the program's own time."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Self

from shapeguard.cli.processes import NewInterpreter, end_group, environment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shapeguard.cli.processes import Child

_ACCELERATORS = ("nvidia[0-9]*", "nvidiactl", "kfd", "dxg", "accel*", "vfio/[0-9]*")
_LONGEST_IMPORT = 300.0
_PATIENCE = 5.0


def may_fork() -> bool:
    """Whether a process may be forked after Keras was imported: under Linux, on a machine without an accelerator.

    The driver of one runs threads and keeps handles that a forked process cannot use.
    """
    return sys.platform == "linux" and not any(any(Path("/dev").glob(name)) for name in _ACCELERATORS)


class Children:
    """Starts the processes of one command. The first call imports Keras; it and all later ones are forked from there.

    `variables` are added to the environment. Where nothing may be forked, each call starts a new interpreter.
    """

    def __init__(self, variables: Mapping[str, str] | None = None) -> None:
        self._variables = dict(variables or {})
        self._server: _Server | None = None
        self._forks = may_fork()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.close()

    def start(self, question: Path, answer: Path, stdout: int, stderr: int) -> Child:
        """Starts a process for one question, as `processes.Start` says."""
        if self._forks and (self._server is None or self._server.is_gone()):
            self._server = _Server(environment() | self._variables)
            self._forks = self._server.is_ready()
        if self._server is None or not self._forks:
            return NewInterpreter(question, answer, stdout, stderr)
        return self._server.fork(question, answer, stdout, stderr)


class _Server:
    """The process that has imported Keras, and the line to it."""

    def __init__(self, variables: dict[str, str]) -> None:
        self._line, theirs = socket.socketpair()
        self._received = b""
        self._process = subprocess.Popen(  # noqa: S603  this interpreter, our own module
            [sys.executable, "-m", "shapeguard.cli.fork_server", str(theirs.fileno())],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=variables,
            pass_fds=(theirs.fileno(),),
            start_new_session=True,
        )
        theirs.close()

    def is_ready(self) -> bool:
        """Waits for Keras; returns whether it could be imported."""
        try:
            self.receive(time.monotonic() + _LONGEST_IMPORT)
        except (TimeoutError, ConnectionError):
            self.close()
            return False
        return True

    def fork(self, question: Path, answer: Path, stdout: int, stderr: int) -> Child:
        socket.send_fds(self._line, [f"{question}\0{answer}".encode()], [stdout, stderr])
        return _Forked(self, int(self.receive(None)))

    def receive(self, deadline: float | None) -> str:
        """Returns the next line that the server sends; raises `TimeoutError` or `ConnectionError` if there is none."""
        while b"\n" not in self._received:
            self._line.settimeout(None if deadline is None else max(deadline - time.monotonic(), 0.001))
            piece = self._line.recv(64)
            if not piece:
                raise ConnectionError
            self._received += piece
        text, _, self._received = self._received.partition(b"\n")
        return text.decode()

    def is_gone(self) -> bool:
        return self._process.poll() is not None

    def close(self) -> None:
        self._line.close()
        end_group(self._process.pid)
        self._process.kill()
        self._process.wait()


class _Forked:
    """A process that the server has forked."""

    def __init__(self, server: _Server, number: int) -> None:
        self._server = server
        self._number = number
        self._runs = True

    def wait(self, timeout: float | None) -> int:
        try:
            code = int(self._server.receive(None if timeout is None else time.monotonic() + timeout))
        except ConnectionError:
            code = -signal.SIGKILL
        self._runs = False
        return code

    def end(self) -> None:
        end_group(self._number)
        if self._runs:
            with suppress(ProcessLookupError):
                os.kill(self._number, signal.SIGKILL)  # it may have no group of its own yet
            try:
                self.wait(_PATIENCE)
            except TimeoutError:
                self._server.close()
