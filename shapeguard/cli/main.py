"""The entry point `shapeguard`: imports the command that is asked for, and turns its outcome into an exit code."""

from __future__ import annotations

import argparse
import importlib
import io
import os
import signal
import sys
import threading
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, cast

from shapeguard.cli.common_options import COULD_NOT_RUN, INTERRUPTED, CannotRunError, Command
from shapeguard.legible import legible
from shapeguard.source.files import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

COMMANDS = {
    "check": "run a program up to its first training step, or build a model, and report wrong shapes",
    "run": "run an unmodified program with a guard in every fit(), evaluate() and predict()",
    "fix": "apply fixes with which the program comes through its first step, and change nothing else",
    "verify": "run a program up to its first training step with given edits in its text, and write nothing",
    "annotate": "write the observed shapes into the source, as trailing comments",
    "lint": "find suspicious layer calls in source files, without running them",
    "lsp": "show shapes, findings and fixes in an editor, by the Language Server Protocol",
    "explain": "print the documentation of an error code",
    "doctor": "show versions, backend, import name conflicts, and what to fix",
    "demo": "run a small faulty program, show the message, then run the corrected program",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command; returns 0 when all is fine, 1 for a mismatch, 2 when it could not run."""
    words = list(sys.argv[1:] if argv is None else argv)
    parser, commands = _parsers()
    name = words[0] if words and words[0] in COMMANDS else None
    if name is None:
        parser.parse_args(words)  # --help, --version, or an error that lists the commands
        parser.print_help()
        return COULD_NOT_RUN
    if name != "run":  # there standard output is the program's own
        _escape_what_the_console_lacks()
    command = cast("Command", importlib.import_module(f"shapeguard.cli.{name}"))
    commands[name].epilog = command.EXAMPLES
    command.configure(commands[name])
    arguments = _parsed(parser, words)
    try:
        with nullcontext() if name in {"run", "lsp"} else _ended_in_order():
            return command.run(arguments)
    except (CannotRunError, SourceError) as error:
        return _refuse(str(error))
    except KeyboardInterrupt:
        print("shapeguard: interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:  # `shapeguard ... | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return COULD_NOT_RUN
    except (ImportError, ValueError) as error:
        from shapeguard.keras_compat.import_hook import missing_backend

        sentence = missing_backend(error)
        if sentence is None:
            raise
        return _refuse(sentence)


@contextmanager
def _ended_in_order() -> Iterator[None]:
    """Ends the command at SIGTERM as at Ctrl-C, so that it ends the processes that it started."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _parsed(parser: argparse.ArgumentParser, words: list[str]) -> argparse.Namespace:
    """The arguments; words after the first `--` are the program's, wherever an option is."""
    if words[0] == "run" or "--" not in words:
        return parser.parse_args(words)
    end = words.index("--")
    arguments, unknown = parser.parse_known_args(words[:end])
    if unknown or "arguments" not in arguments:
        parser.error(f"unrecognized arguments: {' '.join((*unknown, *words[end:]))}")
    arguments.arguments = words[end + 1 :]
    return arguments


def _escape_what_the_console_lacks() -> None:
    """Escapes characters that a console of cp1252 or the like cannot print, instead of ending the command."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _parsers() -> tuple[argparse.ArgumentParser, dict[str, argparse.ArgumentParser]]:
    parser = argparse.ArgumentParser(
        prog="shapeguard",
        description="Check the shapes of Keras layers, and explain mismatches.",
        epilog="example: shapeguard check train.py",
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version and exit")
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands")
    return parser, {
        name: subparsers.add_parser(
            name, help=text, description=text, formatter_class=argparse.RawDescriptionHelpFormatter
        )
        for name, text in COMMANDS.items()
    }


class _Version(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from shapeguard.version import __version__

        print(f"shapeguard {__version__}")
        parser.exit()


def _refuse(reason: str) -> int:
    print(f"shapeguard: {legible(reason)}", file=sys.stderr)
    return COULD_NOT_RUN
