"""Writes the shapes that were seen into the source, as trailing comments that the guard reads."""

from __future__ import annotations

import ast
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shapeguard.source import trees
from shapeguard.source.comments import read, write, write_beside
from shapeguard.source.files import Places, SourceError, SourceFile, ending_of
from shapeguard.source.reading import comments_of, parse
from shapeguard.source.statements import MODELS, owners_behind, slots_of
from shapeguard.source.symbols import Symbols
from shapeguard.spec import ShapeSpec, unify

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from shapeguard.records.expectations import CommentShape
    from shapeguard.records.network import Shape
    from shapeguard.records.source import Span
    from shapeguard.source.reading import CommentToken
    from shapeguard.source.statements import Slot

    Run = Mapping[Span, Sequence[Shape]]


@dataclass(frozen=True, slots=True)
class Annotated:
    """The new text, how many comments it writes anew, and for each line left out one sentence that says why."""

    text: str
    written: int
    left: tuple[str, ...]


def annotated(
    source: SourceFile, runs: Sequence[Run], *, unread: Collection[int] = (), told: Collection[Span] = ()
) -> Annotated:
    """`source` with the output shapes of its constructor calls as comments, where the guard reads them.

    Each run gives, for the span of a constructor call, the output shapes of its layers, one per forward call. A size
    that differs between runs becomes a symbol, one that differs within a run `None`. A comment that agrees with what
    was seen stays as its author wrote it, and so does one on a line of `unread`: it is about something else. A call of
    `told` has its shape in the comment on a later line: with another one that would be read as that line's own. Raises
    `SourceError` if the file cannot be parsed.
    """
    page = _page_of(source, unread)
    symbols = Symbols(taken=_identifiers(page.source.tree), batches=_batches(runs))
    lines = list(page.source.lines)
    left, written = [], 0
    for line, spans in sorted(_by_line(page, runs).items()):
        reason, shapes = _shapes_at(spans, runs)
        reason = reason or page.reason_against(line, spans[0])
        if spans[0] in told:
            reason = "the comment behind a later line has this shape"
        if reason is not None:
            left.append(f"{source.path}:{line}: {reason}")
            continue
        new = page.commented(line, symbols.spec(shapes), shapes)
        if new is None:
            left.append(f"{source.path}:{line}: its comment has the shape of something else")
            continue
        written += new != lines[line - 1]
        lines[line - 1] = new
    return Annotated("".join(lines), written, tuple(left))


def _by_line(page: _Page, runs: Sequence[Run]) -> dict[int, list[Span]]:
    """The constructor calls by the line behind which their comment belongs."""
    spans: dict[int, list[Span]] = defaultdict(list)
    for span in sorted({span for run in runs for span in run}):
        slot = page.slot_of(span)
        spans[span.end_line if slot is None else slot.end_line].append(span)
    return spans


def _shapes_at(spans: Sequence[Span], runs: Sequence[Run]) -> tuple[str | None, tuple[Shape, ...]]:
    """Why nothing is written for this line, or one shape per run."""
    if len(spans) > 1:
        return f"{len(spans)} layers end on this line; write one per line", ()
    seen = [run.get(spans[0], ()) for run in runs]
    if not all(seen):
        return "the layer was not called in every run", ()
    if len({len(shape) for shapes in seen for shape in shapes}) > 1:
        return "the outputs of the layer differ in rank", ()
    return None, tuple(_common(shapes) for shapes in seen)


def _common(shapes: Sequence[Shape]) -> Shape:
    """What all shapes of one run share; `None` where they differ."""
    return tuple(sizes[0] if len(set(sizes)) == 1 else None for sizes in zip(*shapes, strict=True))


def _batches(runs: Sequence[Run]) -> tuple[int | None, ...]:
    """The batch size of each run: the commonest first size."""
    batches = []
    for run in runs:
        first = [shape[0] for shapes in run.values() for shape in shapes if shape]
        batches.append(max(sorted(set(first), key=str), key=first.count) if first else None)
    return tuple(batches)


def _identifiers(tree: ast.Module) -> frozenset[str]:
    """Names that mean something in the file: a symbol of that name would be the variable's value."""
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    return frozenset(names | {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)})


def _lines_inside_strings(tree: ast.Module) -> frozenset[int]:
    """Lines whose end lies inside a string, so that no comment can be written there."""
    return frozenset(
        line
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant | ast.JoinedStr) and node.end_lineno is not None
        for line in range(node.lineno, node.end_lineno)
    )


def _page_of(file: SourceFile, unread: Collection[int]) -> _Page:
    try:
        tree = parse(file.text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        message = f"{file.path}: not valid Python ({error})"
        raise SourceError(message) from error
    source = trees.indexed(Places(file.text, file.path), tree)
    comments = {comment.line: comment for comment in comments_of(file.text)}
    return _Page(source, tuple(slots_of(source)), comments, _lines_inside_strings(tree), frozenset(unread))


@dataclass(frozen=True, slots=True)
class _Page:
    """The lines of the file with their comments, and the expressions that comments are about."""

    source: trees.Source
    slots: tuple[Slot, ...]
    comments: Mapping[int, CommentToken]
    inside_strings: frozenset[int]
    unread: frozenset[int]

    def slot_of(self, span: Span) -> Slot | None:
        """The expression that gives this constructor's output: the call itself, or the call of what it makes."""
        if not 1 <= span.end_line <= len(self.source.lines):
            return None
        call = self.source.call_ending(span)
        slots = (slot for slot in self.slots if call is not None and _is_output_of(slot.node, call))
        return min(slots, key=lambda slot: slot.end_line, default=None)

    def reason_against(self, line: int, span: Span) -> str | None:
        """Why no comment about the call can be written behind this line; `None` if one can."""
        if not 1 <= line <= len(self.source.lines):
            return "the file has changed since it was imported"
        if line in self.inside_strings:
            return "the line ends inside a string"
        if self.source.lines[line - 1].rstrip("\r\n").endswith("\\"):
            return "the line ends with a backslash"
        slot = self.slot_of(span)
        if slot is None or owners_behind(self.slots, line) != [slot]:
            return "a comment there would apply to other layers too"
        return None

    def commented(self, line: int, spec: ShapeSpec, shapes: Sequence[Shape]) -> str | None:
        """The line with `spec` in its comment, the rest of the comment kept; `None` if that would not be read."""
        text = self.source.lines[line - 1]
        comment, ending = self.comments.get(line), ending_of(text)
        if comment is None:
            return f"{text[: len(text) - len(ending)].rstrip()}  {write('', spec)}{ending}"
        stated = read(comment.text)
        is_foreign = line in self.unread and stated is not None
        if stated is not None and not is_foreign and _agrees(stated, shapes):
            return text
        new = write_beside(comment.text, spec) if is_foreign else write(comment.text, spec)
        return None if new is None else f"{text[: comment.column]}{new}{ending}"


def _is_output_of(node: ast.expr, call: ast.Call) -> bool:
    """Whether an expression is what a constructor makes, its output, or a model that ends with it."""
    if isinstance(node, ast.Call) and trees.last_name(node.func) in MODELS:
        named = (keyword.value for keyword in node.keywords if keyword.arg == "outputs")
        node = next(named, node.args[1] if len(node.args) > 1 else node)
    while node is not call and isinstance(node, ast.Call):
        node = node.func
    return node is call


def _agrees(comment: CommentShape, shapes: Sequence[Shape]) -> bool:
    """Whether a comment's shape is right for every run, so that its author's words may stay.

    A batch size in it may be another run's.
    """
    spec = comment.spec
    return isinstance(spec, ShapeSpec) and all(
        (comment.batch != "left out" and unify(spec, (None,)[: len(shape)] + shape[1:]).ok)
        or (comment.batch != "included" and unify(spec, shape[1:]).ok)
        for shape in shapes
    )
