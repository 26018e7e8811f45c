"""Where the arguments of the user's call are in its text, to the character."""

from __future__ import annotations

import ast
import token
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shapeguard.records.source import Span
from shapeguard.source import trees
from shapeguard.source.literals import Style
from shapeguard.source.reading import tokens_of

if TYPE_CHECKING:
    from shapeguard.records.source import Argument, Construction

_SKIPPED = frozenset({token.NL, token.NEWLINE, token.COMMENT, token.ENDMARKER})


@dataclass(frozen=True, slots=True)
class CallLayout:
    """The text of a call and, in the order of the source, where its arguments stand in it, parentheses included.

    `nodes` are the arguments, `slots` their character ranges, `opening` the offset behind the opening parenthesis.
    """

    origin: Span
    text: str
    nodes: tuple[ast.expr | ast.keyword, ...]
    slots: tuple[tuple[int, int], ...]
    opening: int
    style: Style

    def span(self, start: int, end: int) -> Span:
        """The place in the file of a range of `text`."""
        return Span(self.origin.file, *self._place(start), *self._place(end))

    def code(self, index: int) -> str:
        """The text of an argument."""
        begin, end = self.slots[index]
        return self.text[begin:end]

    def index_of(self, argument: Argument) -> int | None:
        """Which argument of the call this is; `None` where a starred expression or a partial passes it."""
        for index, node in enumerate(self.nodes):
            if argument.position is None:
                if isinstance(node, ast.keyword) and node.arg == argument.name:
                    return index
            elif not isinstance(node, ast.Starred | ast.keyword) and self._holds(index, argument.span):
                return index
        return None

    def value_slot(self, argument: Argument) -> tuple[int, int] | None:
        """The range of an argument's value, without the name of a keyword; `None` as in `index_of`."""
        index = self.index_of(argument)
        if index is None:
            return None
        begin, end = self.slots[index]
        if isinstance(self.nodes[index], ast.keyword):
            begin += self.code(index).index("=") + 1
            begin += len(self.text[begin:end]) - len(self.text[begin:end].lstrip())
        return begin, end

    def _holds(self, index: int, span: Span | None) -> bool:
        slot = self.span(*self.slots[index])
        return (
            span is not None
            and (slot.line, slot.column) <= (span.line, span.column)
            and (span.end_line, span.end_column) <= (slot.end_line, slot.end_column)
        )

    def _place(self, offset: int) -> tuple[int, int]:
        before = self.text[:offset]
        line = before.count("\n")
        column = offset - (before.rfind("\n") + 1)
        return self.origin.line + line, column if line else self.origin.column + column


def layout_of(construction: Construction) -> CallLayout | None:
    """The layout of the user's call; `None` if its source is not at hand or does not show every argument."""
    if construction.call is None:
        return None
    source = trees.source_of(construction.call.file)
    call = None if source is None else source.call_ending(construction.call)
    if source is None or call is None:
        return None
    text = source.text(construction.call)
    opening, slots = _slots(text)
    written: list[ast.expr | ast.keyword] = [*call.args, *call.keywords]
    nodes = sorted(written, key=lambda node: (node.lineno, node.col_offset))
    if len(slots) != len(nodes):
        return None
    return CallLayout(construction.call, text, tuple(nodes), tuple(slots), opening, Style.of(text))


def _slots(text: str) -> tuple[int, list[tuple[int, int]]]:
    """Where the last parenthesis of a call opens, and the ranges between its commas, blanks and comments left out."""
    starts = [0]
    for line in text.split("\n"):
        starts.append(starts[-1] + len(line) + 1)

    def offset(place: tuple[int, int]) -> int:
        row, column = place
        return starts[row - 1] + column - (row == 1)  # the parenthesis put before the text

    # In brackets a newline ends no statement.
    tokens = [
        (each.string, each.type == token.OP, offset(each.start), offset(each.end))
        for each in tokens_of(f"({text})")
        if each.type not in _SKIPPED
    ]
    return _between_commas(tokens[1:-1])


def _between_commas(tokens: list[tuple[str, bool, int, int]]) -> tuple[int, list[tuple[int, int]]]:
    depth, first = 0, 0
    for index in range(len(tokens) - 1, -1, -1):
        string, is_operator, _, _ = tokens[index]
        depth += is_operator and (string in ")]}") - (string in "([{")
        if depth == 0:
            first = index
            break
    slots: list[tuple[int, int]] = []
    begin: int | None = None
    finish = 0
    for string, is_operator, start, end in tokens[first + 1 : -1]:
        if is_operator and string == "," and depth == 0:
            if begin is not None:
                slots.append((begin, finish))
            begin = None
            continue
        depth += is_operator and (string in "([{") - (string in ")]}")
        begin = start if begin is None else begin
        finish = end
    if begin is not None:
        slots.append((begin, finish))
    return tokens[first][3], slots
