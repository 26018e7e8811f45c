"""A line of the program itself that NumPy or a backend refused over shapes, and how it runs with other text.

It is tried as it stands in its frame, with the arrays that it got, if it calls functions of arrays alone, which change
nothing.
"""

from __future__ import annotations

import ast
import contextlib
import copy
import io
import warnings
from dataclasses import dataclass
from itertools import islice
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np

from shapeguard.source import reading, trees
from shapeguard.source.line_slips import PRODUCTS, Line, line_slips
from shapeguard.source.pure_calls import BUILT_IN, FUNCTIONS, METHODS
from shapeguard.source.statement_edits import at, between, end, gap
from shapeguard.trace.raised_frames import users_frames
from shapeguard.trace.recorder import shape_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.records.network import Shape
    from shapeguard.source.line_slips import LineSlip
    from shapeguard.source.trees import Source

MOST = 40
"""Texts that are tried."""
LARGE = 1 << 24
"""Bytes of an array that is not copied: one of the same shape stands for it, of which nothing is read."""
LARGEST = 1 << 28
"""Bytes of all arrays of a line that is tried."""
OF_ARRAYS = frozenset({"shape", "T", "size", "ndim", "dtype", "values", "iloc", "loc", "newaxis"})
"""What arrays and tables have."""
LIBRARIES = frozenset({"numpy", "keras", "tensorflow", "jax", "torch"})
Tried = ast.Assign | ast.AugAssign | ast.expr
_FILE = "<a line with other text>"
_COPY = "shapeguard_copy"


@dataclass(frozen=True, slots=True)
class OtherLine:
    """What a line gives without a slip of it, and the largest of its arrays."""

    slip: LineSlip
    given: Shape
    largest: Shape


@dataclass(frozen=True, slots=True)
class RefusedLine:
    """The ways in which a line of a function was not refused."""

    source: Source
    function: str
    others: tuple[OtherLine, ...]


def refused_line(exception: BaseException) -> RefusedLine | None:
    """The user's innermost line that an exception came through; `None` where no other text of it is known to do."""
    users = users_frames(exception)
    source = trees.source_for(users[-1].code) if users else None
    node = None if source is None else users[-1].node or _statement_on(source, users[-1].line)
    if source is None or node is None:
        return None
    frame = users[-1].frame
    names = {**frame.f_globals, **frame.f_locals}
    trial = _Trial(source, {name: _stand_in(value) for name, value in names.items()})
    tried = trial.tried_with(node)
    if tried is None or not trial.is_small(tried) or not trial.raises(tried, exception):
        return None
    refused = node if isinstance(node, ast.expr) else node.target
    line = Line(source, refused, *trial.values_in(tried), *trial.stored_in(tried), trial.sentences_in(tried))
    others = tuple(_others(trial, tried, line))
    return RefusedLine(source, users[-1].code.co_name, others) if others else None


def _others(trial: _Trial, tried: Tried, line: Line) -> Iterator[OtherLine]:
    shapes = tuple(line.shapes.values())
    largest = max(shapes, key=lambda shape: (len(shape), shape[:1]), default=())
    for slip in islice(line_slips(line), MOST):
        given = trial.given_with(tried, slip)
        if given is not None and _spreads_nothing(line.refused, given, shapes):
            yield OtherLine(slip, given, largest)


def _spreads_nothing(node: ast.expr, given: Shape, shapes: tuple[Shape, ...]) -> bool:
    """Whether a sum or product has no more axes than its arrays."""
    is_product = isinstance(node, ast.Call) and trees.last_name(node.func) in PRODUCTS
    return not (is_product or isinstance(node, ast.BinOp)) or len(given) <= max(map(len, shapes))


@dataclass(frozen=True, slots=True)
class _Trial:
    """Runs parts of a line in the frame that it was refused in."""

    source: Source
    names: dict[str, Any]

    def tried_with(self, node: ast.AST) -> Tried | None:
        """What is run: the statement that stores, or the largest expression that may run."""
        around = [node, *trees.ancestors(self.source, node)]
        if not isinstance(node, ast.expr) or isinstance(getattr(node, "ctx", None), ast.Store):
            statement = next((each for each in around if isinstance(each, ast.stmt)), None)
            match statement:
                case ast.Assign(targets=[ast.Subscript()]) | ast.AugAssign():
                    return statement if self.may_run(statement) else None
            return None
        tried = None
        for each in around:
            if not isinstance(each, ast.expr) or not self.may_run(each):
                break
            tried = each
        return tried

    def stored_in(self, tried: Tried) -> tuple[ast.expr | None, Shape | None]:
        """What a statement stores, and the shape of what it stores into."""
        if isinstance(tried, ast.expr):
            return None, None
        target = tried.target if isinstance(tried, ast.AugAssign) else tried.targets[0]
        room = self.value_of(_read(target))
        return tried.value, shape_of(room) if hasattr(room, "dtype") else None

    def may_run(self, node: ast.AST) -> bool:
        """Whether it calls functions of arrays alone."""
        inside = list(ast.walk(node))
        if any(isinstance(each, ast.Await | ast.Yield | ast.YieldFrom | ast.NamedExpr) for each in inside):
            return False
        called = [each.func for each in inside if isinstance(each, ast.Call)]
        read = (each for each in inside if isinstance(each, ast.Attribute) and each not in called)
        return all(map(self._is_kept, read)) and all(
            self._is_pure(each) for each in inside if isinstance(each, ast.Call)
        )

    def _is_kept(self, attribute: ast.Attribute) -> bool:
        """Whether reading it runs no code of the user's: what an object keeps, or a part of a module or array."""
        owner = self._path(attribute.value)
        return (
            attribute.attr in OF_ARRAYS
            or isinstance(owner, ModuleType)
            or attribute.attr in getattr(owner, "__dict__", {})
        )

    def _path(self, node: ast.expr) -> Any:
        """What a name stands for, or what its attributes keep; `None` where code would have to run for it."""
        match node:
            case ast.Name(id=name):
                return self.names.get(name)
            case ast.Attribute(value=owner, attr=name):
                return getattr(self._path(owner), "__dict__", {}).get(name)
        return None

    def _is_pure(self, call: ast.Call) -> bool:
        match call.func:
            case ast.Name(id=name):
                package = self._package(self.names.get(name))
                return name in (FUNCTIONS if package in LIBRARIES else BUILT_IN)
            case ast.Attribute(value=node, attr=name):
                owner = self._path(node)
                is_module = isinstance(owner, ModuleType)
                return name in FUNCTIONS and self._package(owner) in LIBRARIES if is_module else name in METHODS
        return False

    @staticmethod
    def _package(value: Any) -> str:
        module = value.__name__ if isinstance(value, ModuleType) else getattr(value, "__module__", "")
        return str(module).partition(".")[0]

    def is_small(self, tried: ast.AST) -> bool:
        """Whether the arrays that it reads are not too large to be copied."""
        paths = {ast.unparse(each): each for each in ast.walk(tried) if isinstance(each, ast.expr) and _is_path(each)}
        read = map(self.value_of, paths.values())
        return sum(int(getattr(each, "nbytes", 0) or 0) for each in read if hasattr(each, "dtype")) <= LARGEST

    def values_in(self, tried: ast.AST) -> tuple[dict[ast.expr, Shape], dict[ast.expr, int]]:
        """The shapes of the arrays in it, and its whole numbers."""
        shapes: dict[ast.expr, Shape] = {}
        numbers: dict[ast.expr, int] = {}
        for each in ast.walk(tried):
            if isinstance(each, ast.expr) and isinstance(getattr(each, "ctx", ast.Load()), ast.Load):
                value = self.value_of(each)
                if isinstance(value, int) and not isinstance(value, bool):
                    numbers[each] = value
                elif hasattr(value, "dtype") and hasattr(value, "shape"):
                    shape = shape_of(value)
                    if shape is not None:
                        shapes[each] = shape
        return shapes, numbers

    def sentences_in(self, tried: ast.AST) -> frozenset[ast.expr]:
        """The lists of lists of whole numbers."""
        named = (each for each in ast.walk(tried) if isinstance(each, ast.Name | ast.Attribute))
        return frozenset(each for each in named if _is_of_sentences(self.value_of(each)))

    def raises(self, tried: Tried, exception: BaseException) -> bool:
        """Whether the line as it is raises the same again."""
        text = self.source.text(self.source.span(tried))
        try:
            with _quietly():
                self._made(tried, text)
        except Exception as again:  # noqa: BLE001  whatever the library raises
            return type(again) is type(exception) or str(again) in str(exception)
        return False

    def given_with(self, tried: Tried, slip: LineSlip) -> Shape | None:
        """The shape of what it gives, or stores into, with other text in it; `None` where that is refused too."""
        whole = self.source.span(tried)
        front = self.source.text(between(at(whole), at(slip.span)))
        text = f"{front}{slip.text}{self.source.text(gap(slip.span, end(whole)))}"
        with contextlib.suppress(Exception), _quietly():
            given = self._made(tried, text)
            return shape_of(given) if hasattr(given, "shape") else None
        return None

    def _made(self, tried: Tried, text: str) -> Any:
        """What the text of an expression gives, or a copy of what that of a statement stores into."""
        if isinstance(tried, ast.stmt):
            statement = reading.tree_of(text)
            return None if statement is None else self._store(statement)
        expression = reading.expression_of(f"({text})")
        return None if expression is None else self._run(expression)

    def value_of(self, node: ast.expr) -> Any:
        """What a part of the line gives that may run; `None` where it is refused."""
        with contextlib.suppress(Exception), _quietly():
            return self._run(node)
        return None

    def _run(self, node: ast.expr) -> Any:
        return eval(compile(ast.fix_missing_locations(ast.Expression(node)), _FILE, "eval"), dict(self.names))  # noqa: S307  the user's own line

    def _store(self, parsed: ast.Module) -> Any:
        """The array that a statement stores into, a copy of it."""
        match parsed.body:
            case [ast.Assign(targets=[ast.Subscript(value=target) as place])]:
                place.value = ast.Name(_COPY, ast.Load())
            case [ast.AugAssign(target=ast.Subscript(value=target) as place)]:
                place.value = ast.Name(_COPY, ast.Load())
            case [ast.AugAssign(target=target) as statement]:
                statement.target = ast.Name(_COPY, ast.Store())
            case _:
                return None
        names = {**self.names, _COPY: copy.copy(self._run(_read(target)))}
        exec(compile(ast.fix_missing_locations(parsed), _FILE, "exec"), names)  # noqa: S102  the user's own line
        return names[_COPY]


def _read(target: ast.expr) -> ast.expr:
    """The expression that reads what another one stores into."""
    return reading.expression_of(ast.unparse(target)) or target


def _statement_on(source: Source, line: int) -> ast.AugAssign | None:
    """The statement of a line that changes what it stores into: no expression of it is refused."""
    changing = (each for each in ast.walk(source.tree) if isinstance(each, ast.AugAssign))
    return next((each for each in changing if trees.holds(each, line)), None)


def _is_of_sentences(value: Any) -> bool:
    if not isinstance(value, list) or not value or not all(isinstance(each, list) for each in value):
        return False
    return all(isinstance(word, int) for each in value for word in each)


def _stand_in(value: Any) -> Any:
    """An array for a large one: its zeros take no memory as long as nobody reads them."""
    is_large = isinstance(value, np.ndarray) and value.nbytes > LARGE
    return np.zeros(value.shape, np.int8) if is_large and value.size <= LARGEST else value


@contextlib.contextmanager
def _quietly() -> Iterator[None]:
    """Nothing is printed: it would be once for each text."""
    with warnings.catch_warnings(), contextlib.redirect_stderr(io.StringIO()):
        warnings.simplefilter("ignore")
        yield


def _is_path(node: ast.expr) -> bool:
    """Whether it is a name, or an attribute of one."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name)
