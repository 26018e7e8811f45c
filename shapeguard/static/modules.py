"""The files of a program: their trees, places in them, and where an import leads."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shapeguard.source.files import Places, SourceError, read_source
from shapeguard.source.reading import shared_tree_of, tree_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shapeguard.records.source import Span

MOST_FILES = 50
LARGEST_IMPORT = 200_000
"""Characters of a file that is read for the sake of an import."""


@dataclass(frozen=True, slots=True, eq=False)
class Module:
    """A file of the program; `cells` are its names once it has been read."""

    places: Places
    tree: ast.Module
    name: str
    cells: dict[str, Any] = field(default_factory=dict)
    is_main: bool = False
    is_whole: bool = True
    _spans: dict[int, Span] = field(default_factory=dict)

    @property
    def file(self) -> str:
        """Its path."""
        return self.places.file

    def span(self, node: ast.AST) -> Span:
        """The place of a node."""
        found = self._spans.get(id(node))
        if found is None:
            found = self._spans[id(node)] = self.places.span(node)
        return found

    def text(self, node: ast.AST) -> str:
        """The source of a node."""
        return self.places.code(self.span(node))


def module_of(path: str, text: str, *, is_main: bool = False) -> Module:
    """A file as a module; of one that does not parse the statements that do."""
    places = Places(text, path)
    tree = shared_tree_of(text)
    parts = _parts_that_parse(places.lines) if tree is None else tree
    return Module(places, parts, "__main__" if is_main else Path(path).stem, {}, is_main, tree is not None)


MOST_TRIES = 60


def _parts_that_parse(lines: list[str]) -> ast.Module:
    """The statements of the top level that parse by themselves, at their places."""
    starts = [
        number
        for number, line in enumerate(lines)
        if line[:1].strip() and not line.startswith((")", "]", "}", "#", "else", "elif", "except", "finally"))
    ]
    body: list[ast.stmt] = []
    place = 0
    for _ in range(MOST_TRIES):
        if place >= len(starts):
            break
        end = _longest(lines, starts, place)
        if end > place:
            last = starts[end] if end < len(starts) else len(lines)
            tree = tree_of("\n" * starts[place] + "".join(lines[starts[place] : last]))
            body += [] if tree is None else tree.body
        place = max(end, place + 1)
    return ast.Module(body, [])


def _longest(lines: list[str], starts: list[int], place: int) -> int:
    """The number of the first statement that does not parse together with those from `place` on, by bisection."""
    low, high = place, len(starts)
    while low < high:
        middle = (low + high + 1) // 2
        end = starts[middle] if middle < len(starts) else len(lines)
        if tree_of("".join(lines[starts[place] : end])) is not None:
            low = middle
        else:
            high = middle - 1
    return low


class Files:
    """Finds the modules of a program beside its file."""

    def __init__(self, main: str, texts: Mapping[str, str] | None = None) -> None:
        self._folder = Path(main).parent
        self._texts = texts or {}
        self._known: dict[str, Module | None] = {}

    def find(self, dotted: str, level: int = 0, importer: str = "") -> Module | None:
        """The module of this name; `None` for one that is not beside the program."""
        folder = self._folder
        if level:
            folder = Path(importer).parent
            for _ in range(level - 1):
                folder = folder.parent
        parts = [part for part in dotted.split(".") if part]
        return next((found for path in _candidates(folder, parts) if (found := self._load(path)) is not None), None)

    def _load(self, path: Path) -> Module | None:
        name = str(path)
        if name not in self._known:
            self._known[name] = None
            if len(self._known) <= MOST_FILES and (name in self._texts or path.is_file()):
                text = self._texts.get(name)
                if text is None:
                    text = _text_of(name)
                if text is not None and len(text) <= LARGEST_IMPORT:
                    self._known[name] = module_of(name, text)
        return self._known[name]


def _candidates(folder: Path, parts: list[str]) -> list[Path]:
    if not parts:
        return [folder / "__init__.py"]
    folders = [folder, *list(folder.parents)[:3]] if len(parts) > 1 else [folder]
    inner = Path(*parts)
    return [place for root in folders for place in (root / inner.with_suffix(".py"), root / inner / "__init__.py")]


def _text_of(path: str) -> str | None:
    try:
        return read_source(path).text
    except SourceError:
        return None
