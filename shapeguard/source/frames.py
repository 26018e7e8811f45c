"""Where in the user's program something happened: code objects and instruction offsets, no frame kept alive."""

from __future__ import annotations

import dis
import functools
import importlib.util
import itertools
import os
import site
import sys
import sysconfig
from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shapeguard.records.source import Span
from shapeguard.source import compiled, reading

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import CodeType, FrameType

DEPTH = 8
BACKENDS = ("keras", "tensorflow", "jax", "jaxlib", "torch", "optree")
_FRAMEWORKS = (*BACKENDS, "shapeguard", "contextlib", "functools")


@dataclass(frozen=True, slots=True)
class CallSite:
    """The user's frames above an event, innermost first, as (code, instruction offset); asking the line costs 0.4 us.

    `direct`: the user's own code made the call, as opposed to Keras on the user's behalf. `entered` is the code of
    Keras that the user's code called where it was not direct (`keras.Input`, `ResNet50`, `Sequential.add`).
    """

    frames: tuple[tuple[CodeType, int], ...]
    direct: bool
    entered: CodeType | None = None


def instruction_at(code: CodeType, offset: int) -> int:
    """The offset of the instruction that a frame is at: once Python has specialised it, frames may be at its cache."""
    offsets = _instructions_of(code)
    return offsets[bisect_right(offsets, offset) - 1]


@functools.lru_cache(maxsize=512)
def _instructions_of(code: CodeType) -> tuple[int, ...]:
    return tuple(each.offset for each in dis.get_instructions(code))


@functools.cache
def _folders_of(names: tuple[str, ...]) -> tuple[str, ...]:
    folders = []
    for name in names:
        try:
            spec = importlib.util.find_spec(name)
        except (ImportError, ValueError):
            continue
        if spec is not None and spec.origin is not None:
            is_package = spec.submodule_search_locations is not None
            folders.append(os.path.dirname(spec.origin) + os.sep if is_package else spec.origin)  # noqa: PTH120
    return tuple(folders)


@functools.cache
def _installed_folders() -> tuple[str, ...]:
    paths = {sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    paths |= {*site.getsitepackages(), site.getusersitepackages()}
    return tuple(sorted(path + os.sep for path in paths if path))


@functools.lru_cache(maxsize=4096)
def is_framework(filename: str) -> bool:
    """Whether a code object's file belongs to Keras, a backend or ShapeGuard, and so not to the user."""
    return filename.startswith(("<frozen", *_folders_of(_FRAMEWORKS)))


@functools.lru_cache(maxsize=4096)
def is_keras_or_backend(filename: str) -> bool:
    """Whether a code object's file belongs to Keras or a backend."""
    return filename.startswith(_folders_of(BACKENDS))


@functools.lru_cache(maxsize=4096)
def is_library(filename: str) -> bool:
    """Whether a code object's file was installed with Python or from an index, and so is not the user's to edit."""
    if is_framework(filename) or filename.startswith(_installed_folders()):
        return True
    return os.path.dirname(filename) == sysconfig.get_path("scripts")  # noqa: PTH120  console scripts such as pytest


def user_frame(depth: int = 1) -> FrameType | None:
    """The innermost frame of the user's code, from `depth` frames above the caller outwards."""
    frame: FrameType | None = sys._getframe(depth + 1)  # noqa: SLF001
    while frame is not None and is_framework(frame.f_code.co_filename):
        frame = frame.f_back
    return frame


def levels_to_user() -> int:
    """The `stacklevel` of the innermost line of the user's code, for a `warnings.warn` of the caller."""
    frame, level = sys._getframe(1), 1  # noqa: SLF001
    while frame.f_back is not None and is_framework(frame.f_code.co_filename):
        frame, level = frame.f_back, level + 1
    return level


def current(depth: int = 1) -> CallSite:
    """The site of the event `depth` frames above the caller."""
    frame: FrameType | None = sys._getframe(depth + 1)  # noqa: SLF001
    direct = True
    entered = None
    while frame is not None and is_framework(frame.f_code.co_filename):
        entered = frame.f_code
        direct = direct and is_transparent(entered)
        frame = frame.f_back
    frames = tuple((each.f_code, each.f_lasti) for each in _above(frame))
    return CallSite(frames, direct, None if direct else entered)


def _above(frame: FrameType | None) -> Iterator[FrameType]:
    """The frames that a site keeps, from the innermost one of the user's outwards."""
    count = 0
    while frame is not None and count < DEPTH:
        if not count or not is_library(frame.f_code.co_filename):
            count += 1
            yield frame
            if frame.f_code.co_name == "<module>":
                return
        frame = frame.f_back


def whole_numbers(depth: int = 1) -> tuple[dict[str, int], ...]:
    """The whole numbers that names of the functions in `current(depth)` stand for now, innermost first."""
    frame = user_frame(depth + 1)
    return tuple(
        {} if each.f_code.co_name == "<module>" else {n: v for n, v in each.f_locals.items() if type(v) is int}
        for each in _above(frame)
    )


def position(code: CodeType, instruction: int) -> tuple[int | None, int | None, int | None, int | None]:
    """Lines and columns of an instruction as `ast` gives them: line, end line, column, end column in bytes."""
    return next(itertools.islice(code.co_positions(), instruction // 2, None), (None, None, None, None))


@functools.lru_cache(maxsize=4096)
def is_transparent(code: CodeType) -> bool:
    """Frames that stand between the user's call and the event without making a call of their own."""
    return (
        code.co_name == "__new__"
        or code.co_filename.startswith(_PACKAGE)
        or code.co_filename.endswith("traceback_utils.py")  # the filter around Layer.__call__, Keras 3.0 to 3.15
    )


@functools.lru_cache(maxsize=4096)
def is_functional_api(code: CodeType) -> bool:
    """Functions of Keras that stand for a layer's or operation's call: `Input`, `layers.add`, `ops.exp`, `x + y`."""
    if is_method_of_tensors(code):
        return True
    file = code.co_filename.replace("\\", "/")
    is_function = "." not in code.co_qualname
    return is_function and any(part in file for part in _FUNCTIONAL)


@functools.lru_cache(maxsize=4096)
def is_method_of_tensors(code: CodeType) -> bool:
    """Whether this is a method or operator of a KerasTensor: `x + y`, `x[0]`, `x.reshape(...)`."""
    return code.co_filename.replace("\\", "/").endswith("/keras/src/backend/common/keras_tensor.py")


_FUNCTIONAL = (
    "/keras/src/ops/",
    "/keras/src/layers/merging/",
    "/keras/src/layers/core/input_layer.py",
    "/keras/src/applications/",
)
_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep  # noqa: PTH100, PTH120


def line_of(exception: BaseException) -> Span | None:
    """The user's innermost line that the exception came through, whole; `None` where none was."""
    place: tuple[CodeType, int] | None = None
    trace = exception.__traceback__
    while trace is not None:
        if not is_framework(trace.tb_frame.f_code.co_filename):
            place = (trace.tb_frame.f_code, trace.tb_lineno)
        trace = trace.tb_next
    return None if place is None else line_in(*place)


def line_in(code: CodeType, line: int) -> Span | None:
    """A line of the source of a code object, without its indent; `None` where the file holds something else by now."""
    lines = compiled.lines_of(code)
    if not lines and reading.lines_at(code.co_filename):
        return None
    text = lines[line - 1] if line <= len(lines) else ""
    indent = len(text) - len(text.lstrip())
    return Span(code.co_filename, line, indent, line, len(text.rstrip()))


def running() -> Iterator[FrameType]:
    """The frames that are running in this thread, innermost first."""
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001
    while frame is not None:
        yield frame
        frame = frame.f_back


def user_files() -> tuple[str, ...]:
    """The files of the user's code that is running now, innermost first; none that was edited since it was loaded."""
    files: dict[str, bool] = {}
    for frame in running():
        name = frame.f_code.co_filename
        if not is_framework(name) and not is_library(name):
            files[name] = files.get(name, True) and bool(compiled.lines_of(frame.f_code))
    return tuple(name for name, is_as_loaded in files.items() if is_as_loaded)
