"""What lines of the user's own give that call no layer, as `x = ops.mean(h, axis=1)  # (B, 64)`.

Nothing of Keras' passes by there that could be listened to, and nothing is run again to see them: where a first pass is
observed anyway, Python itself tells of the lines of the functions that declare something. Python then tells of every
function that is called, which made the first step of a small network take 1.7 times as long; so it is asked only
between the calls of layers, in the `call` of a class whose file declares something. Whoever traces Python already, as a
debugger does, keeps that, and nothing is seen then.
"""

from __future__ import annotations

import ast
import contextlib
import functools
import sys
import threading
from typing import TYPE_CHECKING, Any, NamedTuple

from shapeguard.capture import declarations
from shapeguard.capture.declared_shapes import disagrees, shape_of, spec_of
from shapeguard.errors import SpecError
from shapeguard.keras_compat import interception, keras_layers
from shapeguard.source import frames, trees
from shapeguard.source.statements import declared_in, place_of
from shapeguard.strict import InternalCalls

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import CodeType, FrameType

    from shapeguard.capture.declarations import Declarations
    from shapeguard.source.statements import Declaration, Declared
    from shapeguard.source.trees import Source


class _Statement(NamedTuple):
    """A statement with what is declared of its value; `target` is the name of that, `None` where it is returned."""

    first: int
    last: int
    target: str | None
    declared: Sequence[Declaration]


@contextlib.contextmanager
def observing(root: Any = None) -> Iterator[None]:
    """Compares what declared lines of the user's functions give with what is declared, while the block runs.

    `root` is what the block calls itself, so that no interceptor sees that call.
    """
    here = threading.get_ident()
    watching = [each for each in declarations.running() if each.thread == here]
    forget()
    if not watching or sys.gettrace() is not None:
        yield
        return
    observer = _Observer(watching, here)
    with interception.intercepting(observer), observer.listening(root):
        yield


def disagree() -> bool:
    """Whether a line that was observed gave another shape than is declared there."""
    return any(each.has_broken_line for each in declarations.running())


def any_compared() -> bool:
    """Whether anything was declared of a line that was observed."""
    return any(each.has_compared for each in declarations.running())


def forget() -> None:
    """Lets go of what was seen: it was judged."""
    for each in declarations.running():
        each.has_broken_line = False


class _Observer:
    """An interceptor that has Python tell of the lines of functions that declare something, and of no others."""

    def __init__(self, watching: Sequence[Declarations], thread: int) -> None:
        self.watching = watching
        self.safely = InternalCalls("reading the lines of a first pass")
        self._thread = thread
        self._known: dict[int, tuple[CodeType, dict[int, _Statement]]] = {}

    def __call__(
        self, proceed: Callable[..., Any], operation: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        """Makes the call, with Python's lines if it runs a `call` of the user's that may declare some."""
        if threading.get_ident() != self._thread:
            return proceed(*args, **kwargs)
        with self.listening(operation):
            return proceed(*args, **kwargs)

    @contextlib.contextmanager
    def listening(self, operation: Any) -> Iterator[None]:
        """Has Python tell of lines while an operation is called, if its class may declare some; else of none."""
        around = sys.gettrace()
        sys.settrace(self._begun if self.safely(_declares_lines, type(operation)) else None)
        try:
            yield
        finally:
            sys.settrace(around)

    def _begun(self, frame: FrameType, event: str, arg: Any) -> _Run | None:
        """The listener to the lines of a function that begins."""
        del event, arg
        code = frame.f_code
        known = self._known.get(id(code))
        if known is None:
            known = self._known[id(code)] = code, self.safely(_statements_of, code) or {}
        return _Run(self, known[1]) if known[1] else None


class _Run:
    """One run of a function: the declared statement that it is in."""

    def __init__(self, observer: _Observer, statements: dict[int, _Statement]) -> None:
        self._observer, self._statements = observer, statements
        self._current: _Statement | None = None

    def __call__(self, frame: FrameType, event: str, arg: Any) -> _Run:
        """A line begins, or the function ends: what was under way has its value now."""
        now = self._current
        if event == "exception":
            self._current = None
        elif event == "return" and now is not None:
            self._observer.safely(self._ended, now, frame, arg)
        elif event == "line":
            line = frame.f_lineno
            if now is not None and now.first <= line <= now.last and now.first != now.last:
                return self  # the rest of a statement of several lines
            if now is not None:
                self._observer.safely(self._ended, now, frame, None)
            self._current = self._statements.get(line)
        return self

    def _ended(self, statement: _Statement, frame: FrameType, returned: Any) -> None:
        value = returned if statement.target is None else frame.f_locals.get(statement.target)
        for each in self._observer.watching:
            for declaration in statement.declared:
                _compare(each, declaration, value, frame)


def _compare(watch: Declarations, declaration: Declaration, value: Any, frame: FrameType) -> None:
    """Remembers whether a line inside a forward call, no layer's own, gave another shape than is declared there."""
    is_read = declaration.annotation is not None or (watch.comments and not declaration.above)
    is_inside = watch.tracker.depth > 0 and not keras_layers.in_symbolic_scope()
    shape = shape_of(value) if is_read and is_inside and not watch.has_broken_line else None
    if shape is None or watch.tracker.operation_of(value) is not None:
        return
    with contextlib.suppress(SpecError):  # told where the declaration is read for its layer
        spec = spec_of(declaration, value, frame)
        if spec is not None:
            watch.has_compared = True
            watch.has_broken_line = disagrees(declaration, spec, shape)


def _declares_lines(cls: type) -> bool:
    """Whether a file in which the class, or one that it derives from, has its `call` declares any line."""
    codes = (getattr(vars(base).get("call"), "__code__", None) for base in cls.__mro__)
    files = {code.co_filename for code in codes if code is not None and not frames.is_library(code.co_filename)}
    return any(map(_has_statements, filter(None, map(trees.source_of, files))))


@functools.lru_cache(maxsize=64)
def _has_statements(source: Source) -> bool:
    declared = declared_in(source)
    return any(_statement(node, declared) for function in declared.functions.values() for node in ast.walk(function))


def _statements_of(code: CodeType) -> dict[int, _Statement]:
    """The statements of a function of the user's whose values are declared, by their first line."""
    source = None if frames.is_library(code.co_filename) or code.co_name == "<module>" else trees.source_for(code)
    declared = None if source is None else declared_in(source)
    function = None if declared is None else declared.functions.get(code.co_firstlineno)
    if declared is None or function is None or function.name != code.co_name:
        return {}
    found = (_statement(node, declared) for node in ast.walk(function))
    return {each.first: each for each in found if each is not None}


def _statement(node: ast.AST, declared: Declared) -> _Statement | None:
    """A statement that gives one name to a declared value, or returns one."""
    if not isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign | ast.Return) or node.value is None:
        return None
    told, is_returned = declared.by_place.get(place_of(node.value), ()), isinstance(node, ast.Return)
    if not told or (told[0].target is None and not is_returned):
        return None
    return _Statement(node.lineno, node.end_lineno or node.lineno, None if is_returned else told[0].target, told)
