"""The code cells of a Jupyter notebook, as Python text, and back into its JSON."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shapeguard.source.files import SourceError, SourceFile, is_special, lines_of
from shapeguard.source.reading import tree_of

_CELL_MAGIC = re.compile(r"\s*%%(\w+)")
_MAGIC = re.compile(r"\s*(?:[%!?]|[\w.\[\], ]+=\s*[%!]|[\w.]+\?{1,2}\s*$)")
_OF_PYTHON = frozenset({"time", "timeit", "capture", "prun", "memit", "tensorflow_version"})
"""Cell magics whose cell is Python all the same."""
_INDENT = re.compile(r"\{\r?\n([ \t]+)\S")


@dataclass(frozen=True, slots=True)
class Cell:
    """A code cell: its number among all cells, from 1, its text, and the text with other lines than Python's left out.

    `python` has as many lines as `text`, and the lines that are Python are the same.
    """

    number: int
    text: str
    python: str


def read_notebook(path: str) -> SourceFile:
    """The notebook's JSON text; raises `SourceError` for what cannot be read."""
    if is_special(path):
        raise SourceError(f"{path}: not a regular file")
    try:
        raw = Path(path).read_bytes()
        return SourceFile(path, raw.decode("utf-8"), "utf-8", raw)
    except OSError as error:
        raise SourceError(f"{path}: {(error.strerror or type(error).__name__).lower()}") from error
    except UnicodeDecodeError as error:
        raise SourceError(f"{path}: not a notebook ({error.reason})") from error


def cells_of(source: SourceFile) -> tuple[Cell, ...]:
    """The code cells of a notebook, in order; raises `SourceError` for JSON that is no notebook."""
    cells = [
        (number, _text(cell))
        for number, cell in enumerate(_cells(_content(source), source.path), 1)
        if isinstance(cell, dict) and cell.get("cell_type") == "code"
    ]
    return tuple(Cell(number, text, python_of(text)) for number, text in cells)


def with_cells(source: SourceFile, texts: dict[int, str]) -> str:
    """The notebook's text with other texts in these cells, by their numbers; all else stays as it is."""
    content = _content(source)
    cells = _cells(content, source.path)
    for number, text in texts.items():
        cell = cells[number - 1]
        cell["source"] = lines_of(text) if isinstance(cell["source"], list) else text
    indent = _INDENT.match(source.text)
    ascii_only = source.text.isascii() and "\\u" in source.text
    text = json.dumps(content, indent=indent[1] if indent else None, ensure_ascii=ascii_only)
    end = source.text[len(source.text.rstrip()) :]
    return text.replace("\n", "\r\n") + end if "\r\n" in source.text else text + end


def _content(source: SourceFile) -> Any:
    try:
        return json.loads(source.text)
    except (ValueError, RecursionError) as error:
        raise SourceError(f"{source.path}: not a notebook ({error})") from error


def _cells(content: Any, path: str) -> list[Any]:
    cells = content.get("cells") if isinstance(content, dict) else None
    if not isinstance(cells, list):
        raise SourceError(f"{path}: not a notebook of format 4 (it has no list of cells)")
    return cells


def _text(cell: dict[str, Any]) -> str:
    source = cell.get("source", "")
    return "".join(map(str, source)) if isinstance(source, list) else str(source)


def python_of(text: str) -> str:
    """The text with magics left out: they count only where the cell is not Python as it is."""
    magic = _CELL_MAGIC.match(text)
    if magic is not None and magic[1] not in _OF_PYTHON:
        return "".join(line[len(line.rstrip("\r\n")) :] for line in lines_of(text))
    if tree_of(text) is not None:
        return text
    return "".join(_without_magic(line) for line in lines_of(text))


def _without_magic(line: str) -> str:
    if not _MAGIC.match(line):
        return line
    code = line.rstrip("\r\n")
    return f"{code[: len(code) - len(code.lstrip())]}pass{line[len(code) :]}"
