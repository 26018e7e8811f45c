"""What the commands share: exit codes, output options, and the error that ends a command with code 2."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Protocol, cast

from shapeguard.guard.terminal import wants_colour as wants_colour  # noqa: PLC0414  the commands take it from here

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence
    from types import ModuleType

FINE = 0
MISMATCH = 1
COULD_NOT_RUN = 2
INTERRUPTED = 130


class Command(Protocol):
    """What a command's module offers."""

    EXAMPLES: str
    """Shown at the end of the command's `--help`."""

    def configure(self, parser: argparse.ArgumentParser) -> None:
        """Adds the command's own arguments."""

    def run(self, arguments: argparse.Namespace) -> int:
        """Does the work and returns the exit code."""


class CannotRunError(Exception):
    """Ends a command with exit code 2; its text is the one line that the user sees."""


def add_format(parser: argparse.ArgumentParser, formats: Sequence[str] = ()) -> None:
    """Adds `--format` with these choices, by default those of a report; the first is what is printed without it."""
    from shapeguard.render.formats import printed_formats

    formats = formats or printed_formats()
    parser.add_argument(
        "--format",
        "--output-format",  # ruff's name for it
        choices=formats,
        default=formats[0],
        help="output format (default: %(default)s)",
    )


def add_colour(parser: argparse.ArgumentParser) -> None:
    """Adds `--color`, as command lines spell it."""
    parser.add_argument(
        "--color",
        choices=("auto", "always", "never"),
        default="auto",
        help="color the output; auto: on a terminal, unless NO_COLOR or FORCE_COLOR decide (default: %(default)s)",
    )


def silence_backend() -> None:
    """Asks TensorFlow for silence; to be called before Keras is imported."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("GRPC_VERBOSITY", "ERROR")


def import_keras() -> ModuleType:
    """Keras, imported without a backend's start-up notices; they are shown where it fails for no known reason."""
    import tempfile

    from shapeguard.keras_compat.import_hook import missing_backend

    silence_backend()
    # TensorFlow 2.21 writes a few lines to the descriptor itself before it reads TF_CPP_MIN_LOG_LEVEL
    sys.stderr.flush()
    kept = os.dup(2)
    with tempfile.TemporaryFile() as notices:
        os.dup2(notices.fileno(), 2)
        try:
            import keras
        except BaseException as error:
            if missing_backend(error) is None:
                notices.seek(0)
                os.write(kept, notices.read())
            raise
        finally:
            os.dup2(kept, 2)
            os.close(kept)
    return cast("ModuleType", keras)
