"""Runs a user's program as Python would, and learns when it imports Keras; imports no Keras itself."""

from __future__ import annotations

import hashlib
import importlib.machinery
import io
import os
import sys
import tokenize
import traceback
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, ModuleType
from typing import TYPE_CHECKING

from shapeguard.cli.options import CannotRunError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import TracebackType

_PACKAGE = str(Path(__file__).parents[1]) + os.sep


@dataclass(frozen=True, slots=True)
class Program:
    """A script that compiles: `path` as given, `code` of its module, `digest` of the bytes it was compiled from."""

    path: str
    code: CodeType
    digest: str


def load(path: str, texts: Mapping[str, str] | None = None) -> Program:
    """The script at `path`; raises `CannotRunError` where it cannot be read or is no Python.

    `texts` are what stands in the place of the text of these files, by absolute path.
    """
    try:
        raw = Path(path).read_bytes()
    except OSError as error:
        raise CannotRunError(f"{path}: {(error.strerror or str(error)).lower()}") from error
    try:
        tokenize.detect_encoding(io.BytesIO(raw).readline)
        file = str(Path(path).absolute())
        code = compile((texts or {}).get(file, raw), file, "exec", dont_inherit=True)
    except SyntaxError as error:
        line = f":{error.lineno}" if error.lineno else ""
        raise CannotRunError(f"{path}{line}: not valid Python ({error.msg})") from error
    except ValueError as error:  # null bytes
        raise CannotRunError(f"{path}: not valid Python ({error})") from error
    return Program(path, code, hashlib.sha256(raw).hexdigest())


def execute(program: Program, arguments: Sequence[str]) -> None:
    """Runs the program as `python PATH ARGUMENTS` would: as `__main__`, its folder first on the path.

    Whatever it raises passes, `SystemExit` included.
    """
    file = program.code.co_filename
    module = ModuleType("__main__")
    module.__file__ = file
    module.__loader__ = importlib.machinery.SourceFileLoader("__main__", file)
    vars(module)["__builtins__"] = __builtins__
    vars(module)["__cached__"] = None
    sys.modules["__main__"] = module
    sys.argv = [program.path, *arguments]
    sys.path[0] = str(Path(file).resolve().parent)
    exec(program.code, vars(module))  # noqa: S102  running the user's program is the command's purpose


def users_frames(trace: TracebackType | None) -> TracebackType | None:
    """The traceback from the program's own first frame on."""
    while trace is not None and trace.tb_frame.f_code.co_filename.startswith(_PACKAGE):
        trace = trace.tb_next
    return trace


def exit_code(error: SystemExit) -> int:
    """What `python` would exit with; a message goes to stderr, as there."""
    if error.code is None or isinstance(error.code, int):
        return (error.code or 0) & 0xFF
    print(error.code, file=sys.stderr)
    return 1


def traceback_text(error: BaseException) -> str:
    """The traceback as `python` would print it, without the frames that ran the program."""
    return "".join(traceback.format_exception(type(error), error, users_frames(error.__traceback__)))
