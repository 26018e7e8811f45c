"""Runs a user's program as Python would, and calls back when it imports Keras; imports no Keras itself."""

from __future__ import annotations

import hashlib
import importlib.machinery
import importlib.util
import os
import sys
import traceback
from dataclasses import dataclass, replace
from pathlib import Path
from types import CodeType, ModuleType
from typing import TYPE_CHECKING

from shapeguard.cli.common_options import CannotRunError
from shapeguard.keras_compat.import_hook import PACKAGE, KerasFinder, missing_backend
from shapeguard.source.files import encoding_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from importlib.machinery import ModuleSpec
    from types import FrameType, TracebackType


@dataclass(frozen=True, slots=True)
class Program:
    """A program that compiles: `path` as given, its module's `code`, and the `digest` of the bytes it comes from.

    `spec` is that of a program named as a module; `None` for a script.
    """

    path: str
    code: CodeType
    digest: str
    spec: ModuleSpec | None = None


def digest(raw: bytes) -> str:
    """Returns the hash by which two contents of a file are compared."""
    return hashlib.sha256(raw).hexdigest()


def digests() -> dict[str, str]:
    """Returns the digests, as of now, of the user's modules that are loaded."""
    files = {getattr(module, "__file__", None) for module in tuple(sys.modules.values())}
    users = sorted(file for file in files if file and file.endswith(".py") and is_users(file))
    return {file: digest(Path(file).read_bytes()) for file in users if Path(file).is_file()}


def is_users(file: str) -> bool:
    """Whether a file is neither a library's, nor Python's, nor ours."""
    library = f"{os.sep}site-packages{os.sep}"
    return not (file.startswith(("<", PACKAGE, os.path.dirname(os.__file__))) or library in file)  # noqa: PTH120


def load(target: str, texts: Mapping[str, str] | None = None, *, is_module: bool = False) -> Program:
    """Returns the program that `python TARGET` would run, or with `is_module` `python -m TARGET`."""
    return load_module(target, texts) if is_module else load_script(target, texts)


def load_script(path: str, texts: Mapping[str, str] | None = None) -> Program:
    """Returns the script at `path`; raises `CannotRunError` if it cannot be read or is not Python.

    `texts` replaces the text of files, by absolute path.
    """
    try:
        raw = Path(path).read_bytes()
    except OSError as error:
        raise CannotRunError(f"{path}: {(error.strerror or str(error)).lower()}") from error
    try:
        encoding_of(raw)
        file = str(Path(path).absolute())
        code = compile((texts or {}).get(file, raw), file, "exec", dont_inherit=True)
    except SyntaxError as error:
        line = f":{error.lineno}" if error.lineno else ""
        raise CannotRunError(f"{path}{line}: not valid Python ({error.msg})") from error
    except ValueError as error:  # null bytes
        raise CannotRunError(f"{path}: not valid Python ({error})") from error
    return Program(path, code, digest(raw))


def load_module(name: str, texts: Mapping[str, str] | None = None) -> Program:
    """Returns the program that `python -m NAME` would run; imports the packages above it, as Python does."""
    sys.path[0] = str(Path.cwd())
    try:
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.submodule_search_locations is not None:
            spec = importlib.util.find_spec(f"{name}.__main__")
    except (ModuleNotFoundError, ValueError) as error:  # ValueError: no module's name
        if sentence := missing_backend(error):
            raise CannotRunError(sentence) from error
        spec = None
    except Exception as error:
        sentence = missing_backend(error) or f"{name}: its parent package raised {type(error).__name__}: {error}"
        raise CannotRunError(sentence) from error
    if spec is None or spec.origin is None or not spec.has_location:
        raise CannotRunError(f"{name}: no such module; looked in {Path.cwd()} first")
    return replace(load_script(spec.origin, texts), spec=spec)


def execute(program: Program, arguments: Sequence[str], on_keras: Callable[[], None]) -> None:
    """Runs the program as `python PATH ARGUMENTS` or `python -m NAME ARGUMENTS` would, as `__main__`.

    `on_keras` is called once the program runs and Keras is imported, in the thread that imports it. Whatever the
    program raises passes, `SystemExit` included.
    """
    file = program.code.co_filename
    module = ModuleType("__main__")
    module.__file__ = file
    module.__loader__ = importlib.machinery.SourceFileLoader("__main__", file)
    vars(module)["__builtins__"] = __builtins__
    vars(module)["__cached__"] = None
    sys.modules["__main__"] = module
    if program.spec is None:
        sys.path[0] = str(Path(file).resolve().parent)
    else:
        module.__spec__, module.__package__ = program.spec, program.spec.parent
    sys.argv = [program.path, *arguments]
    if "keras" in sys.modules:  # a package above the program has imported it
        sys.setprofile(_at_the_start_of(program.code, on_keras))
    else:
        sys.meta_path.insert(0, KerasFinder(on_keras))
    exec(program.code, vars(module))  # noqa: S102  running the user's program is the command's purpose


def _at_the_start_of(code: CodeType, call: Callable[[], None]) -> Callable[[FrameType, str, object], None]:
    """A profiler that calls `call` inside the first frame of `code`, then removes itself."""

    def profile(frame: FrameType, event: str, argument: object) -> None:
        del argument
        if event == "call" and frame.f_code is code:
            sys.setprofile(None)
            call()

    return profile


def users_frames(trace: TracebackType | None) -> TracebackType | None:
    """Returns the traceback from the program's own first frame on."""
    while trace is not None and trace.tb_frame.f_code.co_filename.startswith(PACKAGE):
        trace = trace.tb_next
    return trace


def exit_code(error: SystemExit) -> int:
    """Returns what `python` would exit with; a message goes to standard error, as there."""
    if error.code is None or isinstance(error.code, int):
        return (error.code or 0) & 0xFF
    print(error.code, file=sys.stderr)
    return 1


def traceback_text(error: BaseException) -> str:
    """Returns the traceback as `python` would print it, without the frames that ran the program."""
    return "".join(traceback.format_exception(type(error), error, users_frames(error.__traceback__)))
