"""An interpreter with Keras imported, forked for each question: `python -m shapeguard.cli.fork_server DESCRIPTOR`."""

from __future__ import annotations

import os
import socket
import sys
import traceback

from shapeguard.cli.common_options import import_keras

_LONGEST_MESSAGE = 65536


def main() -> None:
    """Imports Keras, then answers each message, which brings two paths and two descriptors, by a process of its own.

    What is sent back are lines: an empty one when Keras is imported; for each message the number of the process, and
    its exit code when it has ended, that of a signal below zero.
    """
    connection = socket.socket(fileno=int(sys.argv[1]))
    import_keras()
    from shapeguard.cli import first_step, guarded_program, worker  # noqa: F401  a process that is forked has them

    connection.sendall(b"\n")
    while True:
        message, streams, _, _ = socket.recv_fds(connection, _LONGEST_MESSAGE, 2)
        if not message:
            return
        number = os.fork()
        if number == 0:
            connection.close()
            _answer(message.decode().split("\0"), streams)
        for stream in streams:
            os.close(stream)
        connection.sendall(f"{number}\n".encode())
        _, status = os.waitpid(number, 0)
        connection.sendall(f"{os.waitstatus_to_exitcode(status)}\n".encode())


def _answer(paths: list[str], streams: list[int]) -> None:
    """Answers as a new interpreter would; does not return."""
    try:
        os.setsid()
        for stream, standard in zip((os.open(os.devnull, os.O_RDONLY), *streams), (0, 1, 2), strict=True):
            os.dup2(stream, standard)
        if "numpy" in sys.modules:
            sys.modules["numpy"].random.seed()  # Python's own generator is seeded anew by a fork, NumPy's is not
        from shapeguard.cli import worker

        worker.main(*paths)
    except BaseException:  # noqa: BLE001  a copy of the server must not go on as one
        traceback.print_exc()
    finally:
        os._exit(1)


if __name__ == "__main__":
    main()
