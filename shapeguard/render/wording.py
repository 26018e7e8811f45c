"""What every format writes alike: shapes, values, names, places, and prose that wraps."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from shapeguard.legible import printable
from shapeguard.records.source import Opaque, OperationName
from shapeguard.source import reading

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from shapeguard.records.source import Span

_VALUE_WIDTH = 60
_NAME_WIDTH = 64
# Kept whole when prose wraps: code in backticks, and tuples or lists of single words such as (200, 26, 26, 32).
_TOKEN = re.compile(r"(?:`[^`\n]*`|[(\[][^\s()\[\],]+(?:, [^\s()\[\],]+)*,?[)\]]|\S)+")
_CELL = re.compile(r"(?<=\.ipynb):cell \d+\Z")


def shape_text(shape: object) -> str:
    """A shape as a Python tuple with bare names; several shapes as a list of them; a count as it is."""
    match shape:
        case tuple() | list() if any(isinstance(part, tuple | list | Mapping) for part in shape):
            return "[" + ", ".join(shape_text(part) for part in shape) + "]"
        case tuple() | list():
            comma = "," if len(shape) == 1 else ""
            return "(" + ", ".join(printable(part) for part in shape) + comma + ")"
        case Mapping():
            return "{" + ", ".join(f"{printable(key)}: {shape_text(part)}" for key, part in shape.items()) + "}"
        case _:
            return printable(shape)


def is_shape(shape: object) -> bool:
    """Whether this is one shape, as opposed to several, a count, or nothing."""
    return isinstance(shape, tuple | list) and not any(isinstance(part, tuple | list | Mapping) for part in shape)


def value_text(value: object) -> str:
    """An argument's value as Python code, cut if it is long; survives a `repr` that raises."""
    if isinstance(value, Opaque):
        return shorten(printable(value.text), _VALUE_WIDTH)
    try:
        text = repr(value)
    except Exception:  # noqa: BLE001  a user's repr may raise anything, and reporting must not fail
        text = f"<{type(value).__name__}>"
    return shorten(printable(text), _VALUE_WIDTH)


def shorten(text: str, width: int) -> str:
    """Returns `text`, its middle replaced by "..." if it is longer than `width`; words stay whole, if a few fit."""
    if len(text) <= width:
        return text
    if width <= len("a...b"):
        return text[:width]
    size = (width - 3 + 1) // 2
    head, tail = text[:size], text[len(text) - (width - 3 - size) :]
    first, last = head.rfind(" ") + 1, tail.find(" ")
    if first > len(head) // 2:
        head = head[:first]
    if -1 < last < len(tail) // 2:
        tail = tail[last:]
    return f"{head}...{tail}"


def name_text(name: str) -> str:
    """A layer's name in quotes, shortened in the middle if it is very long; an operation by its place."""
    if isinstance(name, OperationName):
        return printable(name.in_words)
    return repr(shorten(name, _NAME_WIDTH))


def names_text(names: Sequence[str], limit: int = 6) -> str:
    """Names in quotes, those beyond `limit` counted."""
    listed = ", ".join(name_text(name) for name in names[:limit])
    return listed if len(names) <= limit else f"{listed} and {len(names) - limit} more"


def ordinal(number: int) -> str:
    """`1st`, `2nd`, `3rd`, `11th`."""
    teens = 10 <= number % 100 <= 20
    return f"{number}{'th' if teens else {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th')}"


def counted(number: int, noun: str) -> str:
    """`1 layer`, `2 layers`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def short_list(texts: Sequence[str], limit: int = 4) -> str:
    """Returns the texts with semicolons between them, those beyond `limit` counted."""
    rest = len(texts) - limit
    return "; ".join(texts[:limit]) + (f"; and {rest} more" if rest > 0 else "")


def working_directory(cwd: str | None) -> str:
    """Returns the directory that paths are relative to: `cwd`, or the process' own."""
    return os.getcwd() if cwd is None else cwd  # noqa: PTH109  a string is wanted


def path_text(file: str, cwd: str) -> str:
    """The file as a reader finds it: relative to `cwd` if it lies below it, then with forward slashes."""
    if reading.is_cell(file):
        return "<notebook cell>"  # its file name is a random number
    absolute = Path(file).is_absolute() and _same_drive(file, cwd)
    relative = os.path.relpath(file, cwd) if absolute else file
    outside = relative == os.pardir or relative.startswith(os.pardir + os.sep)
    return printable(file if outside else relative.replace(os.sep, "/").removeprefix("./"))


def _same_drive(file: str, cwd: str) -> bool:
    return os.path.splitdrive(file)[0].lower() == os.path.splitdrive(cwd)[0].lower()


def place_text(span: Span, cwd: str) -> str:
    """`mnist.py:19`."""
    return f"{path_text(span.file, cwd)}:{span.line}"


def artifact_text(file: str, cwd: str) -> str:
    """The file as tools know it: of a cell of a notebook the notebook."""
    return path_text(_CELL.sub("", file), cwd)


def exact_place_text(span: Span, cwd: str) -> str:
    """`mnist.py:19:33`, the column counted from 1, as editors do."""
    return f"{place_text(span, cwd)}:{span.column + 1}"


def wrapped(text: str, width: int, indent: str, hanging: str | None = None) -> list[str]:
    """Lines of prose no wider than `width`, except for long words; shapes and code in backticks are never broken.

    A line that has two spaces in a row is laid out already and stays as it is.
    """
    lines: list[str] = []
    for paragraph in map(printable, text.splitlines()):
        if "  " in paragraph.strip() or paragraph.startswith("  "):
            lines.append(indent + paragraph.rstrip())
        else:
            lines += _filled(_TOKEN.findall(paragraph), width, indent, indent if hanging is None else hanging)
    return lines


def _filled(words: Iterable[str], width: int, indent: str, hanging: str) -> list[str]:
    lines: list[str] = []
    line = ""
    for word in words:
        start = hanging if lines else indent
        if line and len(start) + len(line) + 1 + len(word) > width:
            lines.append(start + line)
            line = word
        else:
            line = f"{line} {word}" if line else word
    return [*lines, (hanging if lines else indent) + line] if line else lines
