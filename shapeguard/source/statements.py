"""Which comment and which annotation in a file is about which expression."""

from __future__ import annotations

import ast
import functools
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from shapeguard.records.source import Span
from shapeguard.source.comments import read
from shapeguard.source.reading import comments_of
from shapeguard.source.trees import last_name
from shapeguard.source.unread_comments import reason_against

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from shapeguard.records.expectations import CommentShape
    from shapeguard.source.reading import CommentToken
    from shapeguard.source.trees import Source

Place = tuple[int, int, int, int]
_COLLECTING = frozenset({"add", "append", "insert", "extend"})
MODELS = frozenset({"Model", "Functional"})
"""Constructors whose output is that of the expression passed as `outputs`, so that a comment describes its layer."""
_Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True, eq=False)
class Declaration:
    """What the source says of the expression `node`: by a comment or by an annotation.

    `target` is the name that the value is assigned to, `outputs` the names that its outputs are, each with its place
    among them. `above`: the comment is on the line above, so that it counts only if its `subject` names the layer,
    unless it points. `heads`: other expressions follow on the next lines, so that it may be about any of them.
    """

    node: ast.expr
    span: Span
    text: str
    target: str | None
    comment: CommentShape | None = None
    annotation: ast.expr | None = None
    above: bool = False
    heads: bool = False
    outputs: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Declared:
    """The declarations of a file by the place of their expression, and the names that expressions are assigned to.

    `functions` goes by the first line, decorators included. `ambiguous` are comments that may be about two layers,
    `unread` all those beside an expression that look like shapes and declare nothing.
    """

    by_place: dict[Place, list[Declaration]] = field(default_factory=dict)
    targets: dict[Place, str] = field(default_factory=dict)
    functions: dict[int, _Function] = field(default_factory=dict)
    ambiguous: tuple[Span, ...] = ()
    unread: tuple[UnreadComment, ...] = ()


@dataclass(frozen=True, slots=True)
class UnreadComment:
    """A comment that looks like a shape, why it is not read, and the last line of the expression that it is beside."""

    span: Span
    text: str
    reason: str
    line: int


@dataclass(frozen=True, slots=True)
class Slot:
    """An expression that a comment may be about, and the lines from which to where it is with its statement.

    `outputs` are the names that the statement gives to what it makes, each with its place among the outputs.
    """

    node: ast.expr
    line: int
    end_line: int
    target: str | None
    outputs: Mapping[str, int] = field(default_factory=dict)


@functools.lru_cache(maxsize=64)
def declared_in(source: Source) -> Declared:
    """The declarations of a file."""
    slots = list(slots_of(source))
    commented, ambiguous, unread = _from_comments(source, slots)
    by_place: dict[Place, list[Declaration]] = defaultdict(list)
    for declaration in (*commented, *_annotated_assignments(source)):
        by_place[place_of(declaration.node)].append(declaration)
    functions = {_first_line(node): node for node in ast.walk(source.tree) if isinstance(node, _Function)}
    targets = {place_of(slot.node): slot.target for slot in slots if slot.target is not None}
    return Declared(dict(by_place), targets, functions, ambiguous, unread)


def _from_comments(
    source: Source, slots: list[Slot]
) -> tuple[list[Declaration], tuple[Span, ...], tuple[UnreadComment, ...]]:
    """What the comments declare, the places of those that may be about two layers, and those that are not read."""
    declarations, ambiguous, unread = [], [], []
    starts, by_start, by_end = _lines_with_layers(source), defaultdict(list), defaultdict(list)
    for slot in slots:
        by_start[slot.line].append(slot)
        by_end[slot.end_line].append(slot)
    for comment in comments_of(source.places.text):
        shape = read(comment.text)
        is_above = shape is not None and shape.above
        nearby = [*by_start[comment.line + 1], *by_end[comment.line], *by_end[comment.line - 1]]
        owners = _owners(nearby, comment, is_of_line_above=is_above)
        span = Span(source.file, comment.line, comment.column, comment.line, comment.column + len(comment.text))
        reason = _reason_against(comment, shape, owners)
        if reason is not None:
            unread += [UnreadComment(span, comment.text, reason, _end(slot.node)) for slot in owners[:1]]
        if shape is None:
            continue
        if len(owners) > 1 and comment.trailing:
            ambiguous.append(span)
        elif len(owners) == 1 and _counts(shape, comment):
            slot, above = owners[0], _is_above(shape, comment)
            declarations.append(
                Declaration(
                    slot.node,
                    span,
                    comment.text,
                    slot.target,
                    comment=shape,
                    above=above,
                    heads=above and _heads(source, starts, slot),
                    outputs=slot.outputs,
                )
            )
    return declarations, tuple(ambiguous), tuple(unread)


def _reason_against(comment: CommentToken, shape: CommentShape | None, owners: list[Slot]) -> str | None:
    """Why a comment beside these expressions is not read; `None` if it is, or looks like no shape."""
    if shape is None:
        return reason_against(comment.text)
    if len(owners) > 1:
        return "two layers on its line"
    return None if _counts(shape, comment) else 'above the line, without an arrow, "output" or the layer\'s name'


def _is_above(shape: CommentShape, comment: CommentToken) -> bool:
    """Whether the comment is on the line above the expression that it may be about."""
    return not comment.trailing and not shape.above


def _counts(shape: CommentShape, comment: CommentToken) -> bool:
    """Whether the comment says which output it is about: one on the line above may be about the input."""
    return not _is_above(shape, comment) or shape.points or shape.subject is not None


def _heads(source: Source, starts: frozenset[int], first: Slot) -> bool:
    """Whether more layers follow in the same block, without a line between that is empty or a comment."""
    line, indentation = first.end_line + 1, _indentation(source.lines[first.line - 1])
    while line <= len(source.lines) and _indentation(source.lines[line - 1]) >= indentation:
        if source.lines[line - 1].strip().startswith("#"):
            return False
        if line in starts:
            return True
        line += 1
    return False


def _indentation(line: str) -> int:
    """The width of what a line is indented by; -1 for an empty one."""
    return len(line) - len(line.lstrip()) if line.strip() else -1


def _lines_with_layers(source: Source) -> frozenset[int]:
    """Where statements begin that may make or call a layer: neither a model around them nor a call for its effect."""
    lines = set()
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign | ast.Expr | ast.Return):
            subjects = [_subject(value) for value in _values(node)]
            is_effect = isinstance(node, ast.Expr) and subjects == [node.value]
            calls = [each for each in subjects if isinstance(each, ast.Call) and last_name(each.func) not in MODELS]
            if not is_effect and (calls or any(isinstance(each, ast.BinOp) for each in subjects)):
                lines.add(node.lineno)
    return frozenset(lines)


def _annotated_assignments(source: Source) -> Iterator[Declaration]:
    for statement in ast.walk(source.tree):
        if isinstance(statement, ast.AnnAssign) and statement.value is not None:
            span = source.span(statement.annotation)
            yield Declaration(
                _subject(statement.value),
                span,
                source.text(span),
                _target_of(statement),
                annotation=statement.annotation,
            )


def _first_line(function: _Function) -> int:
    return min([function.lineno, *(decorator.lineno for decorator in function.decorator_list)])


def _end(node: ast.expr) -> int:
    return node.end_lineno or node.lineno


def place_of(node: ast.expr) -> Place:
    """Where an expression is, as `ast` counts."""
    return node.lineno, node.end_lineno or node.lineno, node.col_offset, node.end_col_offset or node.col_offset


def slots_of(source: Source) -> Iterator[Slot]:
    """The expressions of a file that comments may be about."""
    for node in ast.walk(source.tree):
        match node:
            case ast.Assign() | ast.AnnAssign() | ast.AugAssign() | ast.Expr() | ast.Return():
                for value in _values(node):
                    yield Slot(
                        _subject(value),
                        node.lineno,
                        node.end_lineno or node.lineno,
                        _target_of(node),
                        _outputs_of(node),
                    )
            case ast.List() | ast.Tuple() | ast.Call() if node.lineno != node.end_lineno:
                yield from (_slot_of(call) for call in _own_lines(node, source))


def _own_lines(node: ast.List | ast.Tuple | ast.Call, source: Source) -> list[ast.Call]:
    """The calls in a display or among arguments over several lines, with a line for each."""
    if isinstance(node, ast.List | ast.Tuple):
        return [element for element in node.elts if isinstance(element, ast.Call)]
    arguments = (*node.args, *(keyword.value for keyword in node.keywords))
    return [each for each in arguments if isinstance(each, ast.Call) and _stands_alone(each, source)]


def _slot_of(call: ast.Call) -> Slot:
    return Slot(call, call.lineno, call.end_lineno or call.lineno, None)


def _stands_alone(argument: ast.Call, source: Source) -> bool:
    """Whether an argument, as of a wrapper, has its lines to itself, so that a comment behind it is about it."""
    span = source.span(argument)
    before = source.lines[span.line - 1][: span.column].strip()
    after = source.lines[span.end_line - 1][span.end_column :].lstrip(" ,")
    return (not before or before.removesuffix("=").rstrip().isidentifier()) and after[:1] in ("", "#", "\n", "\r")


def _is_super(statement: ast.stmt) -> bool:
    """`super().__init__()` makes no layer, and so shares its line."""
    return isinstance(statement, ast.Expr) and ast.unparse(statement).startswith("super(")


def _values(statement: ast.Assign | ast.AnnAssign | ast.AugAssign | ast.Expr | ast.Return) -> list[ast.expr]:
    """The calls that a statement makes side by side: one, but for `a, b = Dense(3)(x), Dense(4)(x)`."""
    value = statement.value
    if value is None or _is_super(statement):
        return []
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


def _outputs_of(node: ast.stmt) -> dict[str, int]:
    """The names in the targets of an assignment, and which output each of them is."""
    names = {}
    for target in node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]:
        for place, item in enumerate(target.elts if isinstance(target, ast.Tuple | ast.List) else [target]):
            if isinstance(item, ast.Starred):
                break
            if isinstance(item, ast.Name | ast.Attribute) and (name := last_name(item)) is not None:
                names[name] = place
    return names


def owners_behind(slots: Iterable[Slot], line: int) -> list[Slot]:
    """The expressions that a comment behind this line may be about: one, or it is ambiguous."""
    return _innermost([slot for slot in slots if slot.end_line == line and _makes_something(slot.node)])


def _owners(slots: list[Slot], comment: CommentToken, *, is_of_line_above: bool) -> list[Slot]:
    """The expressions that a comment may be about, behind them or on a line of its own."""
    if comment.trailing or is_of_line_above:
        return owners_behind(slots, comment.line if comment.trailing else comment.line - 1)
    return _innermost([slot for slot in slots if slot.line == comment.line + 1 and _makes_something(slot.node)])


def _makes_something(node: ast.expr) -> bool:
    return isinstance(node, ast.Call | ast.BinOp | ast.Subscript | ast.UnaryOp | ast.IfExp)


def _innermost(slots: list[Slot]) -> list[Slot]:
    """Of an element and the statement or display around it the element that has lines of its own."""

    def holds(outer: Slot, inner: Slot) -> bool:
        return outer is not inner and _contains(outer.node, inner.node)

    innermost = []
    for slot in slots:
        starts_earlier = any(holds(slot, other) and other.line > slot.line for other in slots)
        is_part = any(holds(other, slot) and other.line == slot.line for other in slots)
        if not starts_earlier and not is_part:
            innermost.append(slot)
    return innermost


def _contains(outer: ast.expr, inner: ast.expr) -> bool:
    start, end = (outer.lineno, outer.col_offset), (outer.end_lineno or 0, outer.end_col_offset or 0)
    return start <= (inner.lineno, inner.col_offset) and (inner.end_lineno or 0, inner.end_col_offset or 0) <= end
