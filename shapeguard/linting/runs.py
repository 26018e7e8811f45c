"""Lints files, folders, standard input and notebooks, and writes what can be fixed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from shapeguard.linting import registry
from shapeguard.linting.documents import STDIN, STDIN_NAME, document_at, relocated, with_texts
from shapeguard.linting.fixes import fixed, is_fixable
from shapeguard.linting.linter import lint_source
from shapeguard.linting.sources import WITH_NOTEBOOKS, Patterns, files_in
from shapeguard.linting.workers import each, without_collection
from shapeguard.source import reading
from shapeguard.source.files import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from shapeguard.linting.documents import Document
    from shapeguard.linting.registry import Selection
    from shapeguard.records.findings import Diagnosis

_MOST_ROUNDS = 10
"""One fix may lead to another finding; this many rounds are never needed."""


@dataclass(frozen=True, slots=True)
class Job:
    """How each file is linted.

    Attributes:
        selection: The rules to run; those that are on by default if `None`.
        per_file: Selectors that are left out in the files of some patterns.
        excluded: What is passed over in folders.
        fix: Whether to work out what can be fixed.
        processes: Whether several processes may be used.
    """

    selection: Selection | None = None
    per_file: tuple[tuple[Patterns, tuple[str, ...]], ...] = ()
    excluded: Patterns | None = None
    fix: bool = False
    processes: bool = False

    def selection_for(self, path: str) -> Selection:
        """The rules for one file."""
        selection = self.selection or registry.selection()
        left_out = [selector for patterns, selectors in self.per_file if patterns.match(path) for selector in selectors]
        return selection.without(left_out) if left_out else selection


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A document that was fixed, before and after."""

    before: Document
    after: Document


@dataclass(frozen=True, slots=True)
class FileResult:
    """What was found in one file, or is left after fixing it; `errors` say in a line each what could not be read."""

    diagnoses: tuple[Diagnosis, ...] = ()
    errors: tuple[str, ...] = ()
    shown: tuple[tuple[str, str], ...] = ()
    rewritten: Rewritten | None = None
    was_read: bool = True


@dataclass(frozen=True, slots=True)
class Linted:
    """The diagnoses in the order of the places, the number of files read, and a line per file that could not be."""

    diagnoses: tuple[Diagnosis, ...]
    files: int
    unreadable: tuple[str, ...] = ()
    rewritten: tuple[Rewritten, ...] = ()


def lint_paths(paths: Iterable[str], job: Job | None = None) -> Linted:
    """The suspicious calls of these files and of the Python files and notebooks in these folders.

    Args:
        paths: Files and folders, `-` for standard input; hidden folders and installed packages in them are passed over.
        job: How to lint.

    Returns:
        What was found, or is left after fixing, and which files could not be read.
    """
    job = job or Job()
    files = list(files_in(paths, job.excluded, WITH_NOTEBOOKS))
    with without_collection():
        results = each(partial(_lint_file, job), files, processes=job.processes and STDIN not in files)
    for file, result in zip(files, results, strict=True):
        _let_lines_be_shown(file, result)
    return Linted(
        tuple(diagnosis for result in results for diagnosis in result.diagnoses),
        sum(result.was_read for result in results),
        tuple(error for result in results for error in result.errors),
        tuple(result.rewritten for result in results if result.rewritten is not None),
    )


def _let_lines_be_shown(file: str, result: FileResult) -> None:
    """Lets messages show the lines of the file as they are now."""
    for name, text in result.shown:
        reading.overlay(name, text)
    if result.diagnoses and not result.shown:
        reading.refresh(file)


def _lint_file(job: Job, path: str) -> FileResult:
    try:
        document = document_at(path)
        diagnoses = _linted(document, job.selection_for(path))
    except SourceError as error:
        return FileResult(errors=(str(error),), was_read=False)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        reason = f"{path}{_line_of(error)}: not valid Python ({getattr(error, 'msg', None) or error})"
        return FileResult(errors=(reason,), was_read=False)
    if not job.fix:
        return FileResult(diagnoses, document.errors, _shown(document, diagnoses))
    after, left = _fixed(document, diagnoses, job.selection_for(path))
    rewritten = Rewritten(document, after) if after is not document or path == STDIN else None
    return FileResult(left, document.errors, _shown(after, left), rewritten)


def _linted(document: Document, selection: Selection) -> tuple[Diagnosis, ...]:
    found = lint_source(document.text, document.source.path, selection)
    return tuple(relocated(diagnosis, document) for diagnosis in found)


def _fixed(
    document: Document, diagnoses: Sequence[Diagnosis], selection: Selection
) -> tuple[Document, tuple[Diagnosis, ...]]:
    """The document with all fixes, and what is found in it then."""
    for _ in range(_MOST_ROUNDS):
        if not any(map(is_fixable, diagnoses)):
            break
        texts = {part.file: fixed(part.text, part.file, diagnoses) for part in document.parts}
        if all(texts[part.file] == part.text for part in document.parts):
            break
        document = with_texts(document, texts)
        diagnoses = _linted(document, selection)
    return document, tuple(diagnoses)


def _shown(document: Document, diagnoses: Sequence[Diagnosis]) -> tuple[tuple[str, str], ...]:
    """The texts of parts that are no files of their own, so that messages can show their lines."""
    if not diagnoses or not (document.is_notebook or document.source.path == STDIN_NAME):
        return ()
    return tuple((part.file, part.text) for part in document.parts)


def _line_of(error: BaseException) -> str:
    line = getattr(error, "lineno", None)
    return f":{line}" if line else ""
