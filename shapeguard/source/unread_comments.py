"""Why a comment that looks like a shape is not read as one, in a few words: for whoever believes that it is checked."""

from __future__ import annotations

import re

from shapeguard.source.comment_introductions import introduction_of, is_about_input
from shapeguard.source.comments import limits, parts_of, stated_in

_AXIS = r"(?:-?\d+|None|none|\?|\*?[A-Za-z]\w{0,15}(?:\s*[-+*/]+\s*\w+)?|\.\.\.)"
_BRACKETS = re.compile(rf"(?<!\w)[(\[]\s*(?:{_AXIS}\s*,\s*)+(?:{_AXIS})?\s*[)\]]|(?<!\w)\[\s*\d+\s*\]")
_FACTORS = re.compile(r"(?<!\w)(?:\d+|None|[A-Z])(?:\s*[x\u00d7*]\s*\d+)+(?!\w)")
_NUMBER = re.compile(r"(?:-+>|=+>|\u2192)\s*\d+\s*$")
_RANGE = re.compile(r"[(\[]\s*(?:0|-\s*\d+)\s*,\s*\d+\s*[)\]]|[(\[]\s*\d+\s*,\s*0\s*[)\]]")
_CITED = re.compile(r"\[\s*\d+\s*\]")
_AT_START = re.compile(r"[#!\s]*(?:[(\[\d?]|None|[A-Z]\b)")


def reason_against(comment: str) -> str | None:
    """Why a comment that `comments.read` does not read looks like a shape and is none; `None` if it does not."""
    shape = next((match for match in map(_shape_in, parts_of(comment)) if match is not None), None)
    if shape is None:
        return None
    if len(stated_in(comment)) > 1:
        return "two shapes"
    if _RANGE.search(comment):
        return "a range"
    if _CITED.fullmatch(shape.group()):
        return "a number in brackets"
    return _reason_around(comment, shape)


def _reason_around(comment: str, shape: re.Match[str]) -> str:
    """The reason that is in the words in front of a shape or behind it."""
    text, behind = comment.lstrip("#! "), shape.string[shape.end() :]
    if is_about_input(text):
        return "the input's shape"
    if introduction_of(text) is None:
        return "an arrow from something else"
    if limits(behind):
        return "words or another shape after it"
    return "not clearly a shape" if _AT_START.match(comment) else "words before it"


def _shape_in(part: str) -> re.Match[str] | None:
    matches = (pattern.search(part) for pattern in (_BRACKETS, _FACTORS, _NUMBER))
    return next((match for match in matches if match is not None), None)
