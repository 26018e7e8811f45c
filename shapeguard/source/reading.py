"""The one reader of the user's source: its lines as Python remembers them, its tree, its tokens, its comments.

`ast.parse`, `tokenize` and `linecache` are called nowhere else in the package.
"""

from __future__ import annotations

import ast
import functools
import io
import linecache
import re
import tokenize
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shapeguard.source.files import lines_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

_CELL = re.compile(r"ipykernel_\d+[/\\]\d+\.py$|^<ipython-input-")
_NOT_PYTHON = (SyntaxError, ValueError, RecursionError, MemoryError)


@dataclass(frozen=True, slots=True)
class CommentToken:
    """A comment in a file: its line from 1, its column in characters, and whether code comes before it."""

    line: int
    column: int
    text: str
    trailing: bool


def lines_at(file: str) -> list[str]:
    """The lines of a file, ends kept, IPython cells included; none if it is not at hand.

    While nothing changes the very same list comes back.
    """
    try:
        return linecache.getlines(file)
    except ValueError:  # no file can have this name: it holds a null byte or half of a surrogate pair
        return []


def notebook_cells() -> tuple[str, ...]:
    """The file names of the cells that ran in this notebook, the oldest first."""
    return tuple(name for name in list(linecache.cache) if is_cell(name))


def is_cell(file: str) -> bool:
    """Whether a code object's file is a cell of a notebook, or a line at IPython's prompt."""
    return _CELL.search(file) is not None


def line_at(file: str, number: int) -> str:
    """One line of a file, from 1; "" if it is not at hand."""
    return "".join(lines_at(file)[number - 1 : number]) if number > 0 else ""


def refresh(file: str) -> None:
    """Lets go of the lines of a file that has changed on the disk since they were read."""
    try:
        linecache.checkcache(file)
    except ValueError:  # no file can have this name
        return


def refresh_all() -> None:
    """Lets go of the lines of all files that have changed on the disk since they were read."""
    linecache.checkcache()


def forget(file: str) -> None:
    """Lets go of the lines of a file, those of `overlay` too."""
    linecache.cache.pop(file, None)


def note_frame(frame: FrameType) -> None:
    """Lets the lines be found of a module that was not loaded from a file, such as one in an archive."""
    linecache.lazycache(frame.f_code.co_filename, frame.f_globals)


def overlay(file: str, text: str) -> None:
    """From now on the lines of a file are those of `text`, whatever is on the disk."""
    linecache.cache[file] = (len(text), None, lines_of(text), file)  # without a time: never looked at


def parse(text: str, file: str = "<unknown>") -> ast.Module:
    """The tree of a text; raises `SyntaxError`, or `ValueError` and its like for what no parser takes."""
    return ast.parse(text, file)


def tree_of(text: str) -> ast.Module | None:
    """The tree of a text; `None` if it is not Python."""
    try:
        return ast.parse(text)
    except _NOT_PYTHON:
        return None


@functools.lru_cache(maxsize=8)
def shared_tree_of(text: str) -> ast.Module | None:
    """As `tree_of`, the very same tree for the same text: for readers that change none, and read a text again."""
    return tree_of(text)


def expression_of(text: str) -> ast.expr | None:
    """The one expression that a text is; `None` if it is none."""
    try:
        return ast.parse(text.strip(), mode="eval").body
    except _NOT_PYTHON:
        return None


def tokens_of(text: str) -> Iterator[tokenize.TokenInfo]:
    """The tokens of a text in order, whatever its line endings; raises `SyntaxError` where it cannot be split."""
    newlines = "".join(line.rstrip("\r\n") + "\n" for line in lines_of(text))
    try:
        yield from tokenize.generate_tokens(io.StringIO(newlines).readline)
    except tokenize.TokenError as error:
        raise SyntaxError(str(error)) from error


def comments_of(text: str) -> tuple[CommentToken, ...]:
    """The comments of a text in order, up to where it cannot be split into tokens."""
    comments = []
    lines = lines_of(text)
    try:
        for token in tokens_of(text):
            if token.type == tokenize.COMMENT:
                line, column = token.start
                trailing = bool(lines[line - 1][:column].strip())
                comments.append(CommentToken(line, column, token.string, trailing))
    except SyntaxError:
        return tuple(comments)
    return tuple(comments)


def comments_inside(text: str) -> list[str]:
    """The comments in a part of a program; in one that cannot be split into tokens each `#` counts as one."""
    try:
        return [token.string for token in tokens_of(f"({text}\n)") if token.type == tokenize.COMMENT]
    except SyntaxError:
        return ["#"] * text.count("#")
