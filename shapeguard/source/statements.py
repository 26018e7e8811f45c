"""Which comment and which annotation in a file speaks of which expression."""

from __future__ import annotations

import ast
import functools
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from shapeguard.records.source import Span
from shapeguard.source.comments import read
from shapeguard.source.reading import comments_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from shapeguard.records.expectations import CommentShape
    from shapeguard.source.trees import Source

Place = tuple[int, int, int, int]
_COLLECTING = frozenset({"add", "append", "insert", "extend"})
_Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True, eq=False)
class Declaration:
    """What the source says of the expression `node`: by a comment or by an annotation.

    `target` is the name that the value is assigned to. `above`: the comment stands on the line above, so that it
    counts only if its `subject` names the layer, unless it points.
    """

    node: ast.expr
    span: Span
    text: str
    target: str | None
    comment: CommentShape | None = None
    annotation: ast.expr | None = None
    above: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Declared:
    """The declarations of a file by the place of their expression, and the names that expressions are assigned to.

    `functions` goes by the first line, decorators included. `ambiguous` are comments that may speak of two layers.
    """

    by_place: dict[Place, list[Declaration]] = field(default_factory=dict)
    targets: dict[Place, str] = field(default_factory=dict)
    functions: dict[int, _Function] = field(default_factory=dict)
    ambiguous: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Slot:
    """An expression that a comment may speak of, and the lines from which to where it stands with its statement."""

    node: ast.expr
    line: int
    end_line: int
    target: str | None


@functools.lru_cache(maxsize=64)
def declared_in(source: Source) -> Declared:
    """The declarations of a file."""
    slots = list(slots_of(source))
    declared: dict[Place, list[Declaration]] = defaultdict(list)
    ambiguous: list[Span] = []
    for comment in comments_of(source.places.text):
        line, column, text, trailing = comment.line, comment.column, comment.text, comment.trailing
        shape = read(text)
        if shape is None:
            continue
        span = Span(source.file, line, column, line, column + len(text))
        owners = owners_behind(slots, line) if trailing else _owners_beside(slots, line, shape)
        if len(owners) > 1 and trailing:
            ambiguous.append(span)
        elif len(owners) == 1:
            slot = owners[0]
            above = not trailing and not shape.above
            if not above or shape.points or shape.subject is not None:
                found = Declaration(slot.node, span, text, slot.target, comment=shape, above=above)
                declared[place_of(slot.node)].append(found)
    for statement in ast.walk(source.tree):
        if isinstance(statement, ast.AnnAssign) and statement.value is not None:
            node, span = _subject(statement.value), source.span(statement.annotation)
            declared[place_of(node)].append(
                Declaration(node, span, source.text(span), _target_of(statement), annotation=statement.annotation)
            )
    functions = {_first_line(node): node for node in ast.walk(source.tree) if isinstance(node, _Function)}
    targets = {place_of(slot.node): slot.target for slot in slots if slot.target is not None}
    return Declared(dict(declared), targets, functions, tuple(ambiguous))


def _first_line(function: _Function) -> int:
    return min([function.lineno, *(decorator.lineno for decorator in function.decorator_list)])


def place_of(node: ast.expr) -> Place:
    """Where an expression stands, as `ast` counts."""
    return node.lineno, node.end_lineno or node.lineno, node.col_offset, node.end_col_offset or node.col_offset


def slots_of(source: Source) -> Iterator[Slot]:
    """The expressions of a file that comments may speak of."""
    for node in ast.walk(source.tree):
        if (
            isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign | ast.Expr | ast.Return)
            and node.value is not None
        ):
            for value in [] if _is_super(node) else _values(node.value):
                yield Slot(_subject(value), node.lineno, node.end_lineno or node.lineno, _target_of(node))
        elif isinstance(node, ast.List | ast.Tuple) and node.lineno != node.end_lineno:
            for element in node.elts:
                if isinstance(element, ast.Call):
                    end = element.end_lineno or element.lineno
                    yield Slot(element, element.lineno, end, None)
        elif isinstance(node, ast.Call) and node.lineno != node.end_lineno:
            for argument in (*node.args, *(keyword.value for keyword in node.keywords)):
                if isinstance(argument, ast.Call) and _stands_alone(argument, source):
                    yield Slot(argument, argument.lineno, argument.end_lineno or argument.lineno, None)


def _stands_alone(argument: ast.Call, source: Source) -> bool:
    """Whether an argument, as of a wrapper, has its lines to itself, so that a comment behind it speaks of it."""
    span = source.span(argument)
    before = source.lines[span.line - 1][: span.column].strip()
    after = source.lines[span.end_line - 1][span.end_column :].lstrip(" ,")
    return (not before or before.removesuffix("=").rstrip().isidentifier()) and after[:1] in ("", "#", "\n", "\r")


def _is_super(statement: ast.stmt) -> bool:
    """`super().__init__()` makes no layer, and so shares its line."""
    return isinstance(statement, ast.Expr) and ast.unparse(statement).startswith("super(")


def _values(value: ast.expr) -> list[ast.expr]:
    """The calls that a statement makes side by side: one, but for `a, b = Dense(3)(x), Dense(4)(x)`."""
    calls = [item for item in value.elts if isinstance(item, ast.Call)] if isinstance(value, ast.Tuple) else []
    return list(calls) if len(calls) > 1 else [value]


def _subject(value: ast.expr) -> ast.expr:
    """What a statement is about: of `model.add(Conv2D(32, 3))` the layer."""
    if (
        isinstance(value, ast.Call)
        and isinstance(value.func, ast.Attribute)
        and value.func.attr in _COLLECTING
        and value.args
        and isinstance(value.args[-1], ast.Call)
    ):
        return value.args[-1]
    return value


def _target_of(node: ast.stmt) -> str | None:
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    return targets[0].id if len(targets) == 1 and isinstance(targets[0], ast.Name) else None


def owners_behind(slots: Iterable[Slot], line: int) -> list[Slot]:
    """The expressions that a comment behind this line may speak of: one, or it is ambiguous."""
    return _innermost([slot for slot in slots if slot.end_line == line and _makes_something(slot.node)])


def _owners_beside(slots: list[Slot], line: int, shape: CommentShape) -> list[Slot]:
    """The expressions that a comment on a line of its own may speak of."""
    if shape.above:
        return _innermost([slot for slot in slots if slot.end_line == line - 1 and _makes_something(slot.node)])
    return _innermost([slot for slot in slots if slot.line == line + 1 and _makes_something(slot.node)])


def _makes_something(node: ast.expr) -> bool:
    return isinstance(node, ast.Call | ast.BinOp | ast.Subscript | ast.UnaryOp | ast.IfExp)


def _innermost(slots: list[Slot]) -> list[Slot]:
    """Of an element and the statement or display around it the element that stands on lines of its own."""

    def holds(outer: Slot, inner: Slot) -> bool:
        return outer is not inner and _contains(outer.node, inner.node)

    kept = []
    for slot in slots:
        starts_earlier = any(holds(slot, other) and other.line > slot.line for other in slots)
        is_part = any(holds(other, slot) and other.line == slot.line for other in slots)
        if not starts_earlier and not is_part:
            kept.append(slot)
    return kept


def _contains(outer: ast.expr, inner: ast.expr) -> bool:
    start, end = (outer.lineno, outer.col_offset), (outer.end_lineno or 0, outer.end_col_offset or 0)
    return start <= (inner.lineno, inner.col_offset) and (inner.end_lineno or 0, inner.end_col_offset or 0) <= end
