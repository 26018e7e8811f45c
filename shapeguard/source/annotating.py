"""Writes the shapes that were seen into the source, as trailing comments."""

from __future__ import annotations

import ast
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shapeguard.source.files import Places, SourceError, SourceFile, ending_of
from shapeguard.source.reading import comments_of, parse
from shapeguard.source.shape_comments import is_pragma, joined, led_by_shape, parts_of, shape_in
from shapeguard.source.symbols import Symbols
from shapeguard.spec import unify

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from shapeguard.records.network import Shape
    from shapeguard.records.source import Span

    Run = Mapping[Span, Sequence[Shape]]


@dataclass(frozen=True, slots=True)
class Annotated:
    """The new text, how many comments it writes anew, and for each line left out one sentence that says why."""

    text: str
    written: int
    left: tuple[str, ...]


def annotated(source: SourceFile, runs: Sequence[Run]) -> Annotated:
    """`source` with the output shapes of its constructor calls as comments at the lines where the calls end.

    Each run gives, for the span of a constructor call, the output shapes of its layers, one a forward call. A size
    that differs between runs becomes a symbol, one that differs within a run `None`. A comment that agrees with what
    was seen stays as its author wrote it. Raises `SourceError` where the file cannot be parsed.
    """
    try:
        tree = parse(source.text)
    except SyntaxError as error:
        message = f"{source.path}: not valid Python ({error})"
        raise SourceError(message) from error
    symbols = Symbols(taken=_identifiers(tree), batches=_batches(runs))
    comments = {comment.line: (comment.column, comment.text) for comment in comments_of(source.text)}
    page = _Page(Places(source.text, source.path), comments, _closed_lines(tree))
    left, written = [], 0
    lines = list(page.places.lines)
    for line, spans in sorted(_by_line(runs).items()):
        reason, shapes = _shapes_at(spans, runs)
        reason = reason or page.reason_against(line)
        if reason is not None:
            left.append(f"{source.path}:{line}: {reason}")
            continue
        new = page.commented(line, symbols.spec(shapes), shapes)
        written += new != lines[line - 1]
        lines[line - 1] = new
    return Annotated("".join(lines), written, tuple(left))


def _by_line(runs: Sequence[Run]) -> dict[int, list[Span]]:
    """The constructor calls by the line where they end."""
    spans: dict[int, list[Span]] = defaultdict(list)
    for span in sorted({span for run in runs for span in run}):
        spans[span.end_line].append(span)
    return spans


def _shapes_at(spans: Sequence[Span], runs: Sequence[Run]) -> tuple[str | None, tuple[Shape, ...]]:
    """Why nothing is written for this line, or one shape a run."""
    if len(spans) > 1:
        return f"{len(spans)} layers end on this line; write one a line", ()
    seen = [run.get(spans[0], ()) for run in runs]
    if not all(seen):
        return "the layer was not called in every run", ()
    if len({len(shape) for shapes in seen for shape in shapes}) > 1:
        return "the layer has outputs of several ranks", ()
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


def _closed_lines(tree: ast.Module) -> frozenset[int]:
    """Lines whose end lies inside a string, so that no comment can stand there."""
    return frozenset(
        line
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant | ast.JoinedStr) and node.end_lineno is not None
        for line in range(node.lineno, node.end_lineno)
    )


@dataclass(frozen=True, slots=True)
class _Page:
    """The lines of the file with their comments."""

    places: Places
    comments: Mapping[int, tuple[int, str]]
    inside_strings: frozenset[int]

    def reason_against(self, line: int) -> str | None:
        """Why no comment can stand at the end of this line; `None` where it can."""
        if not 1 <= line <= len(self.places.lines):
            return "the file has changed since it was imported"
        if line in self.inside_strings:
            return "the line ends inside a string"
        if self.places.lines[line - 1].rstrip("\r\n").endswith("\\"):
            return "the line ends with a backslash"
        return None

    def commented(self, line: int, spec: str, shapes: Sequence[Shape]) -> str:
        """The line with `spec` as its comment, other comments kept."""
        text = self.places.lines[line - 1]
        ending = ending_of(text)
        column, comment = self.comments.get(line, (len(text) - len(ending), ""))
        parts = parts_of(comment)
        words = {index: led_by_shape(part, shapes) for index, part in enumerate(parts)}
        places = [index for index, part in enumerate(parts) if shape_in(part)[1] or words[index] is not None]
        if any(_agrees(parts[index].removesuffix(words[index] or ""), shapes) for index in places):
            return text
        kept = [part for index, part in enumerate(parts) if index not in places]
        position = places[0] if places else sum(map(is_pragma, kept))
        behind = (words[places[0]] or "") if places else ""
        kept.insert(min(position, len(kept)), f"# {spec}{behind}")
        code = text[:column].rstrip() if not comment else text[:column]
        return f"{code}{'' if comment else '  '}{joined(kept)}{ending}"


def _agrees(part: str, shapes: Sequence[Shape]) -> bool:
    """Whether a comment's shape is right for every run, so that its author's words may stay.

    The batch axis may be left out, and a batch size may be another run's.
    """
    spec, _ = shape_in(part)
    return spec is not None and all(
        unify(spec, (None, *shape[1:])).ok or unify(spec, shape[1:]).ok for shape in shapes if shape
    )
