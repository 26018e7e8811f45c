"""Through which frames an exception came, those that Keras left out of its traceback included, and who raised it."""

from __future__ import annotations

import ast
import dis
import inspect
from dataclasses import dataclass
from traceback import walk_tb
from types import ModuleType
from typing import TYPE_CHECKING, Any

from shapeguard.keras_compat import messages
from shapeguard.source import frames, reading, trees

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import CodeType, FrameType, TracebackType

_RAISE = dis.opmap["RAISE_VARARGS"]
_UNPACK = frozenset({dis.opmap["UNPACK_SEQUENCE"], dis.opmap["UNPACK_EX"]})
_GENERATED = "__autograph_generated_file"  # TensorFlow 2.18 to 2.21, python/autograph/pyct/loader.py
_JAX_NOTE = "JAX has removed its internal frames"  # 0.4.30 to 0.10, _src/traceback_util.py
_MOST = 8


@dataclass(frozen=True, slots=True)
class Passed:
    """A frame that an exception came through, and where in it."""

    frame: FrameType
    instruction: int
    line: int

    @property
    def code(self) -> CodeType:
        """The frame's code."""
        return self.frame.f_code

    @property
    def operation(self) -> int:
        """The instruction's code, as `dis.opmap` numbers them."""
        return self.code.co_code[self.instruction]

    @property
    def is_users(self) -> bool:
        """Whether the code is the user's own, as opposed to installed or generated code."""
        file = self.code.co_filename
        return not frames.is_library(file) and _GENERATED not in file

    @property
    def is_of_backend(self) -> bool:
        """Whether the code belongs to Keras or a backend."""
        return frames.is_keras_or_backend(self.code.co_filename)

    @property
    def node(self) -> ast.expr | None:
        """The expression that raised; `None` where the source is not at hand."""
        source = trees.source_for(self.code)
        node = None if source is None else trees.raising_at(source, self.code, self.instruction)
        return node if node is not None and trees.holds(node, self.line) else None


def users_frames(exception: BaseException) -> list[Passed]:
    """The frames of the user's own code that it came through, outermost first."""
    return [each for level in levels(exception) for each in level if each.is_users]


def levels(exception: BaseException) -> list[list[Passed]]:
    """The frames of an exception and of those that Keras and its backend put it in the place of, outermost first.

    Keras makes another exception with the arguments of the call in its text, and drops its own frames from its
    traceback; the original, with all frames inward of the call, is its context (utils/traceback_utils.py, 3.0 to 3.15).
    """
    repeated = [exception]
    while len(repeated) < _MOST:
        inner = repeated[-1].__cause__ or repeated[-1].__context__
        if inner is None or inner in repeated or not _repeats(repeated[-1], inner):
            break
        repeated.append(inner)
    return [_passed(each.__traceback__) for each in repeated]


def raised_by_user(exception: BaseException) -> bool:
    """Whether a line of the user's own raised: by `raise` or `assert`, by itself, or in a library that is no backend.

    A line that unpacks another number of tensors than a layer gave does not count: that number is Keras'.
    """
    if messages.quotes_exception(str(exception)):
        return _quoted_is_users(str(exception))
    came_through = levels(exception)
    if any(_ends_in_raise(level) for level in came_through):
        return True
    known = [each for level in came_through for each in level if each.is_users or each.is_of_backend]
    last = known[-1] if known else None
    if last is None or last.is_of_backend or last.operation in _UNPACK:
        return False
    return not _reaches_backend(last, exception)


def is_raised_over_data(exception: BaseException) -> bool:
    """Whether Keras raised it where it takes the data of a training method in hand, not inside a line of the user's."""
    if not isinstance(exception, ValueError | TypeError | IndexError | AttributeError):
        return False
    came_through = [each for level in levels(exception) for each in level]
    users = max((place for place, each in enumerate(came_through) if each.is_users), default=-1)
    modules = (str(each.frame.f_globals.get("__name__", "")) for each in came_through[users + 1 :])
    return any(module.startswith(messages.DATA_ADAPTERS) for module in modules)


def argument_values(frame: FrameType) -> list[Any]:
    """What the function of a frame was given, in the order of its parameters."""
    code, variables = frame.f_code, frame.f_locals
    count = code.co_argcount + code.co_kwonlyargcount
    values = [variables.get(name) for name in code.co_varnames[:count]]
    rest = [variables.get(name) for name in code.co_varnames[count : count + _variadic(code)]]
    for each in rest:
        values += each.values() if isinstance(each, dict) else each or ()
    return values


def value_of(node: ast.expr, frame: FrameType) -> Any:
    """What a name or attribute is in a frame, without running code of anybody's; `None` where that is not known."""
    match node:
        case ast.Name(id=name):
            return frame.f_locals.get(name, frame.f_globals.get(name))
        case ast.Attribute(value=owner, attr=name):
            return getattr(value_of(owner, frame), "__dict__", {}).get(name)
        case _:
            return None


def _passed(traceback: TracebackType | None) -> list[Passed]:
    instructions = []
    here = traceback
    while here is not None:
        instructions.append(here.tb_lasti)
        here = here.tb_next
    walked = walk_tb(traceback)
    return [Passed(frame, at, line) for (frame, line), at in zip(walked, instructions, strict=True)]


def _repeats(outer: BaseException, inner: BaseException) -> bool:
    """Whether the text of one exception is that of another with more around it."""
    first = messages.innermost(str(inner)).partition("\n")[0]
    return bool(first) and first in str(outer)


def _ends_in_raise(level: list[Passed]) -> bool:
    """Whether the innermost frame is the user's, at a `raise` or `assert` statement."""
    if not level or frames.is_library(level[-1].code.co_filename):
        return False
    return level[-1].operation == _RAISE


def _quoted_is_users(text: str) -> bool:
    """Whether the innermost frame that a text quotes, of the user's code and the backends', is the user's and raises.

    Where only the user's frames are quoted, its line tells.
    """
    quoted = [(file, line) for file, line in messages.frames_in(text) if not _is_beside(file)]
    if not quoted or frames.is_keras_or_backend(quoted[-1][0]):
        return False
    written = reading.line_at(*quoted[-1]).strip()
    return not messages.quotes_users_frames_only(text) or written.startswith(("raise", "assert"))


def _is_beside(file: str) -> bool:
    """Whether a file is neither the user's nor Keras' nor a backend's."""
    return frames.is_library(file) and not frames.is_keras_or_backend(file)


def _reaches_backend(last: Passed, exception: BaseException) -> bool:
    """Whether the user's line called a function of a backend that leaves no frame of its own: of C, or of JAX."""
    node = last.node
    packages = set() if node is None else set(_packages(node, last.frame))
    if packages:
        return not packages.isdisjoint(frames.BACKENDS)
    return any(_JAX_NOTE in note for note in getattr(exception, "__notes__", ()))


def _packages(node: ast.expr, frame: FrameType) -> Iterator[str]:
    """The packages whose code an expression runs: that of the function that it calls, else those of its operands."""
    match node:
        case ast.Call(func=ast.Attribute() as function):
            owner: ast.expr = function.value
            method = inspect.getattr_static(type(value_of(owner, frame)), function.attr, None)
            while value_of(owner, frame) is None and isinstance(owner, ast.Attribute):
                owner = owner.value
            is_inherited = inspect.isfunction(method)  # as `self.add_weight`, of a class of the user's own
            yield from _package_of(method if is_inherited else value_of(owner, frame))
        case ast.Call(func=function):
            yield from _package_of(value_of(function, frame))
        case ast.Name() | ast.Attribute():
            yield from _package_of(value_of(node, frame))
        case _:
            for child in ast.iter_child_nodes(node):
                if isinstance(child, ast.expr):
                    yield from _packages(child, frame)


def _package_of(value: Any) -> Iterator[str]:
    if value is None:
        return
    name = value.__name__ if isinstance(value, ModuleType) else getattr(value, "__module__", None)
    yield str(name or type(value).__module__).partition(".")[0]


def _variadic(code: CodeType) -> int:
    """How many of `*args` and `**kwargs` the function has."""
    return bool(code.co_flags & inspect.CO_VARARGS) + bool(code.co_flags & inspect.CO_VARKEYWORDS)
