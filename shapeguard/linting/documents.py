"""What is linted: a Python file, standard input, or the code cells of a notebook, read as one program."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from shapeguard.records.source import Span
from shapeguard.source.files import SourceError, SourceFile, decoded, read_source
from shapeguard.source.notebooks import cells_of, read_notebook, with_cells
from shapeguard.source.reading import tree_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shapeguard.records.findings import Cause, Diagnosis, Edit

STDIN = "-"
STDIN_NAME = "<stdin>"


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a document that is shown and rewritten as a text of its own: a file, or a cell.

    `first` is the number of its first line in the document, from 1; `cell` the cell's number.
    """

    file: str
    text: str
    first: int = 1
    cell: int = 0


@dataclass(frozen=True, slots=True)
class Document:
    """A program: `text` is what is parsed, `parts` where it is, `errors` a line for each cell that is not Python."""

    source: SourceFile
    text: str
    parts: tuple[Part, ...]
    errors: tuple[str, ...] = ()

    @property
    def is_notebook(self) -> bool:
        """Whether the parts are cells."""
        return bool(self.parts) and self.parts[0].cell > 0


def document_at(path: str) -> Document:
    """The document at a path, `-` for standard input; raises `SourceError` for what cannot be read."""
    if path == STDIN:
        if sys.stdin is None:
            raise SourceError(f"{STDIN_NAME}: is closed")
        return python_document(decoded(STDIN_NAME, sys.stdin.buffer.read()))
    return notebook_document(read_notebook(path)) if path.endswith(".ipynb") else python_document(read_source(path))


def python_document(source: SourceFile) -> Document:
    """A file of Python."""
    return Document(source, source.text, (Part(source.path, source.text),))


def notebook_document(source: SourceFile) -> Document:
    """A notebook: the cells in order, those that are not Python left out."""
    lines: list[str] = []
    parts, errors = [], []
    for cell in cells_of(source):
        file = f"{source.path}:cell {cell.number}"
        parts.append(Part(file, cell.text, len(lines) + 1, cell.number))
        python = cell.python.splitlines() or [""]
        if tree_of(cell.python) is None:
            errors.append(f"{file}: not valid Python")
            python = [""] * len(python)
        lines += python
    return Document(source, "".join(f"{line}\n" for line in lines), tuple(parts), tuple(errors))


def with_texts(document: Document, texts: Mapping[str, str]) -> Document:
    """The document with other texts in these parts, by their files."""
    if not document.is_notebook:
        text = texts.get(document.source.path, document.text)
        return replace(document, text=text, parts=(Part(document.source.path, text),))
    changed = {part.cell: texts[part.file] for part in document.parts if part.file in texts}
    return notebook_document(replace(document.source, text=with_cells(document.source, changed)))


def file_text(document: Document) -> str:
    """The text that the file should have."""
    return document.source.text if document.is_notebook else document.text


def relocated(diagnosis: Diagnosis, document: Document) -> Diagnosis:
    """The diagnosis with places in the cells of a notebook instead of the notebook as a whole."""
    if not document.is_notebook:
        return diagnosis
    causes = tuple(_relocated_cause(cause, document) for cause in diagnosis.causes)
    return replace(diagnosis, causes=causes, raised_at=_in_part(diagnosis.raised_at, document))


def _relocated_cause(cause: Cause, document: Document) -> Cause:
    return replace(cause, edits=tuple(_relocated_edit(edit, document) for edit in cause.edits))


def _relocated_edit(edit: Edit, document: Document) -> Edit:
    return replace(edit, span=_in_part(edit.span, document), replaces=_in_part(edit.replaces, document))


def _in_part(span: Span | None, document: Document) -> Span | None:
    if span is None:
        return None
    part = next(part for part in reversed(document.parts) if part.first <= span.line)
    before = part.first - 1
    return Span(part.file, span.line - before, span.column, span.end_line - before, span.end_column)
