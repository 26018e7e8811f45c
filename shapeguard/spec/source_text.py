"""A spec string with its brackets paired once, so that its parts are found in one pass."""

from __future__ import annotations

import re
from typing import NamedTuple

from shapeguard.spec.refusal import spec_error

QUOTED = re.compile(r"""'(?:[^'\\]|\\.)*+'|"(?:[^"\\]|\\.)*+\"""")
CLOSING = {"(": ")", "[": "]", "{": "}"}
MAX_NESTING = 10


class Part(NamedTuple):
    """A part of the text, by its ends, without spaces around it."""

    start: int
    end: int

    @property
    def is_empty(self) -> bool:
        """Whether nothing but spaces stood there."""
        return self.start >= self.end


class SourceText:
    """The user's text; `closing` maps the position of each opening bracket to that of its partner."""

    __slots__ = ("closing", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.closing = _pair_brackets(text)

    def part(self, start: int, end: int) -> Part:
        """`text[start:end]` without the spaces around it."""
        while start < end and self.text[start].isspace():
            start += 1
        while end > start and self.text[end - 1].isspace():
            end -= 1
        return Part(start, end)

    def __getitem__(self, part: Part) -> str:
        return self.text[part.start : part.end]

    def bracket(self, part: Part) -> str:
        """The bracket that encloses all of `part`; "" where none does."""
        return self.text[part.start] if self.closing.get(part.start) == part.end - 1 and not part.is_empty else ""

    def inner(self, part: Part) -> Part:
        """What the bracket around `part` encloses."""
        return self.part(part.start + 1, part.end - 1)

    def pieces(self, part: Part) -> list[Part]:
        """The pieces between the commas that no bracket encloses: at least one."""
        commas = [position for position in self._outside_brackets(part) if self.text[position] == ","]
        starts = [part.start, *(comma + 1 for comma in commas)]
        return [self.part(start, end) for start, end in zip(starts, [*commas, part.end], strict=True)]

    def words(self, part: Part) -> list[Part]:
        """The pieces between the spaces that no bracket encloses; `broadcast` stays with the word after it."""
        spaces = [position for position in self._outside_brackets(part) if self.text[position].isspace()]
        words: list[Part] = []
        start = part.start
        for space in [*spaces, part.end]:
            word = self.part(start, space)
            if self[word] == "broadcast" and space != part.end:
                continue
            if not word.is_empty:
                words.append(word)
            start = space + 1
        return words

    def _outside_brackets(self, part: Part) -> list[int]:
        positions = []
        position = part.start
        while position < part.end:
            positions.append(position)
            position = self.closing.get(position, position) + 1
        return positions


def _pair_brackets(text: str) -> dict[int, int]:
    opened: list[int] = []
    closing: dict[int, int] = {}
    end_of_key = 0
    for position, character in enumerate(text):
        if position < end_of_key:
            continue
        if opened and text[opened[-1]] == "{" and (key := QUOTED.match(text, position)):
            end_of_key = key.end()  # a key of {'name': ...} may hold brackets and commas
            closing[position] = end_of_key - 1
        elif character in CLOSING:
            opened.append(position)
            if len(opened) > MAX_NESTING:
                raise spec_error(
                    text, position, "this spec is nested too deeply", f"use at most {MAX_NESTING} levels of nesting"
                )
        elif character in ")]}":
            if not opened or CLOSING[text[opened[-1]]] != character:
                raise spec_error(
                    text, position, f"`{character}` closes nothing", "match each closing bracket with an opening one"
                )
            closing[opened.pop()] = position
    if opened:
        missing = CLOSING[text[opened[-1]]]
        raise spec_error(text, opened[-1], "this bracket is never closed", f"close it with `{missing}`")
    return closing
