"""What is in front of a shape in a comment: an arrow, the word "output", a name; or that the shape is the input's."""

from __future__ import annotations

import re
from typing import NamedTuple

_ARROW = re.compile(r"(?:-+>|=+>|→|⇒|➜)")
_ELSEWHERE = "sorties?|salidas?|ausgaben?|uscit[ae]|sa[ií]das?|выход|输出|輸出|出力|출력"
"""The word "output" in other languages."""
_LABEL = re.compile(
    rf"(?:(?P<output>outputs?|out|results?|returns?|{_ELSEWHERE})(?:\b|_)[\s_]*)?(?:(?:tensor|feature map)\s+)?"
    r"(?:(?P<shape>shapes?)\b|(?P<size>sizes?|dims?|dimensions?)\b)?"
    r"\s*(?:of\s+\w+\s*)?(?P<mark>(?:(?:will be|should be|is|are|becomes)\b)?\s*[:=]{0,2})\s*(?P<rest>.*)",
    re.IGNORECASE | re.DOTALL,
)
_ADVERBS = re.compile(r"(?:(?:the|final|new|now|so|always|expected|resulting)\b:?\s*)*", re.IGNORECASE)
_SUBJECT = re.compile(r"(?P<name>(?:\w+\.)*\w+)(?:\.shape|\.output_shape)?\s*(?::|==?)\s*(?P<rest>.*)", re.DOTALL)
_INPUT = re.compile(r"(?:the\s+)?(?:expected\s+)?(?:in|inputs?|input[\s_]shapes?|from|takes|expects)\b", re.IGNORECASE)
_NAME = re.compile(r"[^\W\d]\w*")
_WORD = re.compile(r"[^\W\d_]{2,}")
_BRACKETS = re.compile(r"[(\[][^)\]]*[)\]]")
_NUMBERS = re.compile(r"\s*[0-9]+(?:\s*,\s*[0-9]+)*\s*")
_MOST_WORDS = 3


class Introduction(NamedTuple):
    """What introduces the `rest`: an arrow or "output" (`points`), the word "shape" or "output" (`named`).

    `marked`: a colon, an equals sign or a verb comes between. `subject` is the name of what it is about, `stepped_from`
    the sizes before an arrow where there is nothing but numbers: `784 -> 10`, `5, 5, 16 -> 3, 3, 16`. `above`: it is
    about the line above.
    """

    rest: str
    points: bool = False
    arrow: bool = False
    named: bool = False
    of_shape: bool = False
    marked: bool = False
    subject: str | None = None
    stepped_from: tuple[int, ...] = ()
    above: bool = False

    @property
    def tells(self) -> bool:
        """Whether an arrow or a word says that a shape follows."""
        return self.points or self.named

    @property
    def counts(self) -> bool:
        """Whether a number behind it is which one it is: "output 1", "result [12]"."""
        return self.named and not self.marked and not self.of_shape


def introduction_of(text: str) -> Introduction | None:
    """What introduces a shape; `None` if that is about inputs, or prose with an arrow that may mean anything."""
    *before, rest = _ARROW.split(text)
    rest = rest.strip()
    if is_about_input(text) or (before and not _leads_to(before, rest)):
        return None
    rest = rest[_end(_ADVERBS, rest) :]
    own = _own_words(rest, text)
    return (
        own
        if not before
        else own._replace(
            points=True,
            arrow=True,
            marked=True,
            subject=own.subject or _name_before(before[-1].strip()),
            stepped_from=_sizes(before[-1]),
        )
    )


def is_about_input(text: str) -> bool:
    """Whether a comment begins with a word for the input, and no arrow leads on from it."""
    return _INPUT.match(text.strip()) is not None and not _ARROW.search(text)


def _own_words(rest: str, text: str) -> Introduction:
    """What the words directly in front of a shape say."""
    above = text.lower().startswith("now")
    label, subject = _LABEL.match(rest), _SUBJECT.match(rest)
    words = {} if label is None else label.groupdict()
    if subject is not None and not (words["output"] or words["shape"] or words["size"]):
        points = "output" in subject.group()[: subject.start("rest")]
        return Introduction(subject["rest"].strip(), points, subject=subject["name"].split(".")[0], above=above)
    named = bool(words.get("output") or words.get("shape"))
    return Introduction(
        words.get("rest", rest).strip(),
        points=bool(words.get("output")),
        named=named,
        of_shape=bool(words.get("shape")),
        marked=bool(words.get("mark")),
        above=above,
    )


def _end(pattern: re.Pattern[str], text: str) -> int:
    match = pattern.match(text)
    return 0 if match is None else match.end()


def _leads_to(before: list[str], rest: str) -> bool:
    """Whether an arrow leads to the output: no more is in front than a few words, and only sizes if to a number."""
    if rest.isdigit():
        return not _WORD.search(before[-1].replace("None", "").replace("batch", ""))
    return len(_WORD.findall(_BRACKETS.sub("", before[0]))) <= _MOST_WORDS


def _sizes(text: str) -> tuple[int, ...]:
    """The sizes in a text that holds nothing but numbers and commas; none in any other."""
    return tuple(map(int, text.split(","))) if _NUMBERS.fullmatch(text) else ()


def _name_before(word: str) -> str | None:
    """The one name before an arrow, as of `conv1 -> (26, 26, 32)`, unless it is a word for the output."""
    label = _LABEL.match(word)
    is_label = word.lower() == "now" or (label is not None and not label["rest"])
    return word if _NAME.fullmatch(word) and not is_label else None
