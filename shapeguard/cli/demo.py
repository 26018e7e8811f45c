"""`shapeguard demo`: a small faulty program, its message, and the run of the program as the message corrects it."""

from __future__ import annotations

import contextlib
import os
import runpy
import sys
import tempfile
import types
from pathlib import Path
from typing import TYPE_CHECKING

from shapeguard.cli.common_options import FINE, CannotRunError, add_colour, import_keras, wants_colour
from shapeguard.guard.terminal import coloured_message
from shapeguard.render.terminal_width import message_width, terminal_columns

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from shapeguard.records.findings import Edit
    from shapeguard.report import ShapeMismatchError

EXAMPLES = """example:
  shapeguard demo"""

PROGRAM = Path(__file__).with_name("demo_mnist.py")


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds the choice of colour."""
    add_colour(parser)


def run(arguments: argparse.Namespace) -> int:
    """Runs the program as it is, prints its error, corrects it as the error says, and runs it to its end."""
    import_keras()
    program = PROGRAM.read_text(encoding="utf-8")
    with _workplace() as folder:
        _say("The program: a 28x28 digit classifier, whose convolution is expected to output (200, 26, 26, 32).")
        print(program)
        error = _failure(folder, "mnist.py", program)
        print(f"ShapeMismatchError: {_message(error, colour=wants_colour(arguments.color, sys.stdout))}\n")
        edit = _verified_edit(error)
        _say(f"The same program with `{edit.replacement}` at the marked place, as the message suggests.")
        _execute(folder, "corrected.py", _replaced(program, edit))
    _say("It ran to the end: 'conv2d' outputs (200, 26, 26, 32).")
    return FINE


@contextlib.contextmanager
def _workplace() -> Iterator[Path]:
    """A temporary working directory, in which `import digits` gives the data; all is put back at the end."""
    before = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        sys.modules["digits"] = _digits()
        try:
            yield Path(folder)
        finally:
            del sys.modules["digits"]
            os.chdir(before)


def _digits() -> types.ModuleType:
    from shapeguard.cli import digits

    _say(f"The data: {digits.source()}.")
    module = types.ModuleType("digits")
    module.X_train, module.y_train, module.X_test, module.y_test = digits.load()  # type: ignore[attr-defined]
    return module


def _execute(folder: Path, name: str, program: str) -> None:
    import keras

    keras.utils.set_random_seed(0)
    keras.utils.clear_session()
    file = folder / name
    file.write_text(program, encoding="utf-8")
    runpy.run_path(str(file), run_name="__main__")


def _failure(folder: Path, name: str, program: str) -> ShapeMismatchError:
    from shapeguard.report import ShapeMismatchError

    try:
        _execute(folder, name, program)
    except ShapeMismatchError as error:
        return error
    raise CannotRunError("the faulty program raised no error: is SHAPEGUARD set to off or warn?")


def _message(error: ShapeMismatchError, *, colour: bool) -> str:
    width = message_width(terminal_columns(sys.stdout))
    return (coloured_message(error, width) if colour else None) or str(error)


def _verified_edit(error: ShapeMismatchError) -> Edit:
    if error.report is not None:
        for cause in error.report.diagnoses[0].causes:
            if cause.verified and cause.edits[0].replaces is not None:
                return cause.edits[0]
    raise CannotRunError("the message has no verified fix")


def _replaced(program: str, edit: Edit) -> str:
    span = edit.replaces
    if span is None or edit.replacement is None or span.line != span.end_line:
        raise CannotRunError("the fix spans several lines")
    lines = program.splitlines(keepends=True)
    line = lines[span.line - 1]
    lines[span.line - 1] = line[: span.column] + edit.replacement + line[span.end_column :]
    return "".join(lines)


def _say(sentence: str) -> None:
    print(f"== {sentence}", flush=True)
