"""The one grammar of shapes in comments: what the guard reads is what `annotate` writes; nothing in it is executed."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache
from math import prod
from typing import TYPE_CHECKING

from shapeguard.errors import SpecError
from shapeguard.records.expectations import CommentShape
from shapeguard.source.comment_introductions import Introduction, introduction_of
from shapeguard.spec import Fixed, ShapeSpec, parse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.records.expectations import Batch, Form
    from shapeguard.spec import Spec

_LONGEST = 200
_DOUBT = re.compile(
    r"\b(?:if|or|when|unless|until|e\.g|except|otherwise|before|instead|was|not|input|inputs|each|every|per)\b",
    re.IGNORECASE,
)
_OTHER_SHAPE = re.compile(r"[(\[][^)\]]*,[^)\]]*[)\]]|\d\s*[x\u00d7]\s*\d")
_PUNCTUATION = re.compile(r"[-\u2013\u2014:;,.(]")
_TIMES = re.compile(r"\s*[x\u00d7*]\s*")
_FACTORS = re.compile(r"^(?:\d+|None|\?|[A-Z]|bs|batch)(?:\s*[x\u00d7*]\s*(?:\d+|None|\?|[A-Z]|bs|batch))+")
_BARE = re.compile(r"^(?:\?|None|\.\.\.|B|N|b|n|batch|batch_size)(?: +(?:\d+|None|\?|[A-Z][A-Za-z0-9_]{0,3}|[a-z]))+$")
_PRINTED = re.compile(r"^(?:TensorShape|torch\.Size)\(.*\)$")
_BATCH = re.compile(
    r"^(?:none|\?|-1|\*\w*|\.\.\.|b|bs|n|m|batch|batch_?size|batch_?dims?|samples|num_samples|_)$", re.IGNORECASE
)
_UNKNOWN = re.compile(r"(?<![\w.])(?:\?|-1)(?![\w.])")
_LIMITS = re.compile(
    r"^\s*\?|\b(?:after|for|in|with|without|twice|originally|formerly|previously|x ?2|paper)\b", re.IGNORECASE
)
_NUMBERS = re.compile(r"^\[\s*\d+\s*(?:,\s*\d+\s*)?\]$|^\d+$")
_LIST = re.compile(r"\d+(?:\s*,\s*\d+)+")
_SUM = re.compile(r"(?P<parts>\d+(?:\s*[+*]\s*\d+)+)\s*=\s*(?P<whole>\d+)")
_SUM_BEHIND = re.compile(r"(?P<whole>\d+)\s*=\s*(?P<parts>\d+(?:\s*[+*]\s*\d+)+)")
_INDEX = re.compile(r"^\[\s*\.\.\.\s*,\s*\d+\s*\]$")
_SYMMETRIC = re.compile(r"^[(\[]\s*-\s*1\s*,\s*1\s*,?\s*[)\]]")
_COUNT = re.compile(r"^(?:batch|batch_size|[Nbn]) +\d+$")
_ARGUMENT = re.compile(r"=\s*+[^\s\d]")
_DIVISION = re.compile(r"(?<!/)/(?!/)")
_PART = re.compile(r"(?<=\s)#(?!\d)")
# Type checkers read their pragma only where a comment begins with it.
_PRAGMA = re.compile(r"#\s*(?:type|pyright|mypy|fmt|isort|pragma)\s*:")
_CODE = re.compile(r"#[\s\w.,]+=(?!=)|.*\w\(")


@lru_cache(maxsize=4096)
def read(comment: str) -> CommentShape | None:
    """The shape that a comment states of its line's output; `None` if it is not clearly one.

    A comment may have several parts, each with a `#` of its own: `# type: ignore  # (B, 10)`. Of two shapes the one
    with a batch axis is meant, `# (B, 26, 26, 8)  # kernel: (3, 3, 1, 8)`; two of these leave it open. What follows
    commented-out code is about that code.
    """
    shapes = stated_in(comment)
    plain = [shape for shape in shapes if _is_plain(shape)] if len(shapes) > 1 else shapes
    return plain[0] if len(plain) == 1 else None


def _is_plain(shape: CommentShape) -> bool:
    """Whether a shape has a batch axis, and neither a subject nor words that limit it."""
    return shape.batch == "included" and shape.subject is None and not shape.limited


def stated_in(comment: str) -> list[CommentShape]:
    """The shapes that the parts of a comment state."""
    return list(_stated(parts_of(comment)))


def limits(behind: str) -> bool:
    """Whether the words behind a shape tell a condition, another shape, or the case that it holds for."""
    return any(pattern.search(behind) for pattern in (_DOUBT, _OTHER_SHAPE, _LIMITS))


def write(comment: str, spec: ShapeSpec) -> str:
    """The comment with `spec` in place of the shape that it states, and with whatever else it holds.

    `comment` is "" for a line without one. Raises `ValueError` for a spec that no comment can state: one with
    labels in front of names, or longer than a comment may be.
    """
    shape = f"# {spec.as_tuple}"
    stated = read(shape)
    if stated is None or stated.spec != spec:
        message = f"a comment cannot express {spec}"
        raise ValueError(message)
    return next(text for text in _versions(comment, shape) if _states(text, spec))


def write_beside(comment: str, spec: ShapeSpec) -> str | None:
    """The whole comment, which is about something else, with `spec` as a part of its own; `None` if both are shapes."""
    parts = parts_of(comment)
    place = sum(map(_is_pragma, parts))
    text = _joined([*parts[:place], write("", spec), *parts[place:]])
    return text if _states(text, spec) else None


def _states(comment: str, spec: ShapeSpec) -> bool:
    stated = read(comment)
    return stated is not None and stated.spec == spec and not stated.limited and stated.subject is None


def _versions(comment: str, shape: str) -> Iterator[str]:
    """The new comment in the ways of writing it, the last of which can always be read.

    The shape that is read gives way; if none is, of several, the first does and the others go. The words behind it stay
    as they are, else as a part of their own.
    """
    parts, stated = parts_of(comment), read(comment)
    replaced = {each.part: each.behind for each in ([stated] if stated is not None else _stated(parts))}
    others = [part for index, part in enumerate(parts) if index not in replaced]
    place = min(replaced, default=sum(map(_is_pragma, others)))
    behind = replaced.get(place, "")
    yield _joined([*others[:place], shape + behind, *others[place:]])
    words = behind.strip().lstrip(",;:. ")
    if words.strip("# \t"):
        yield _joined([*others[:place], shape, f"# {words}", *others[place:]])
    yield _joined([shape, *(part for part in parts if read(part) is None or _is_pragma(part))])


def parts_of(comment: str) -> list[str]:
    """The parts of a comment that say anything: it is split before each `#` that is in no bracket and no `#12`."""
    starts, depth = [0], 0
    for index, character in enumerate(comment):
        depth = max(depth + (character in "([{") - (character in ")]}"), 0)
        if depth == 0 and _PART.match(comment, index):
            starts.append(index)
    parts = (comment[start:end].strip() for start, end in zip(starts, [*starts[1:], None], strict=True))
    return [part for part in parts if part.strip("# \t")]


def _joined(parts: list[str]) -> str:
    first, *others = parts
    return "  ".join([first, *(re.sub(r"^#(?=\d)", "# ", part) for part in others)])


def _is_pragma(part: str) -> bool:
    """Whether another tool reads this part, and only at the start of the comment."""
    return _PRAGMA.match(part) is not None


def _stated(parts: list[str]) -> Iterator[CommentShape]:
    """The shapes that the parts state, up to commented-out code."""
    for index, part in enumerate(parts):
        shape = None if _is_pragma(part) else _shape_in(part.lstrip("#!").strip())
        if shape is not None:
            yield replace(shape, part=index)
        elif _CODE.match(part):
            return


def _shape_in(text: str) -> CommentShape | None:
    introduction = introduction_of(text) if 0 < len(text) <= _LONGEST else None
    shape = None if introduction is None else _shape_behind(introduction)
    if introduction is None or shape is None or _is_no_size(shape.spec):
        return None
    return replace(
        shape,
        points=introduction.points,
        said="word" if introduction.named else "arrow" if introduction.arrow else "",
        subject=introduction.subject,
        above=introduction.above,
        stepped_from=introduction.stepped_from,
    )


def _is_no_size(spec: Spec) -> bool:
    """Whether an axis has the size 0: then it is a range, `[0, 1]`, or a class."""
    return isinstance(spec, ShapeSpec) and Fixed(0) in spec.dims


def _shape_behind(introduction: Introduction) -> CommentShape | None:
    text = introduction.rest
    if introduction.counts and _NUMBERS.match(text):
        return None
    if text.startswith(("(", "[")):
        return _bracketed(text, introduction)
    if text.isdigit():
        return _parsed(f"({text},)", "left out", "number") if introduction.points else None
    if _LIST.fullmatch(text):
        is_like_before = len(introduction.stepped_from) == text.count(",") + 1
        return _parsed(f"({text})", "unsure") if is_like_before else None
    factors = _FACTORS.match(text)
    return _spaced(text) if factors is None else _factored(factors.group(), text[factors.end() :])


def _spaced(text: str) -> CommentShape | None:
    """`B 26 26 32`, and what frameworks print around a shape."""
    if _PRINTED.match(text):
        return _parsed(text, "included")
    if not _BARE.match(text) or _COUNT.match(text):
        return None
    return _parsed(" ".join("None" if axis == "?" else axis for axis in text.split()), "included", "words")


def _bracketed(text: str, introduction: Introduction) -> CommentShape | None:
    end = _closing(text)
    if end is None or _INDEX.match(text) or (_SYMMETRIC.match(text) and not introduction.of_shape):
        return None
    inner, behind = text[: end + 1], text[end + 1 :]
    if inner == "()":
        return None if behind.strip() else _parsed(inner, "unsure")
    axes = _axes(inner, labelled=introduction.tells)
    has_batch = bool(axes) and _is_batch(axes[0])
    if not axes or not _may_follow(behind, freely=has_batch or introduction.tells):
        return None
    return _parsed(_source_of(inner, axes), "included" if has_batch else "unsure", _form_of(inner), behind)


def _source_of(inner: str, axes: list[str]) -> str:
    """A shape, or a list of shapes, in the language of specs."""
    return inner if inner[0] == "[" and inner[1:].lstrip()[:1] in "([" else _as_tuple(axes)


def _form_of(inner: str) -> Form:
    return "list" if inner[0] == "[" else "tuple"


def _closing(text: str) -> int | None:
    depth = 0
    for index, character in enumerate(text):
        depth += (character in "([{") - (character in ")]}")
        if depth == 0:
            return index
    return None


def _axes(inner: str, *, labelled: bool) -> list[str]:
    """What is between the brackets, by axis; nothing for one value in brackets, `(3)`."""
    body = inner[1:-1]
    axes = [_without_sum(axis.strip()) for axis in body.split(",") if axis.strip()]
    return axes if len(axes) > 1 or "," in body or (labelled and inner[0] == "[") else []


def _without_sum(axis: str) -> str:
    """The size alone of one that comes with how it comes about, `32+64=96`, if that is true."""
    match = _SUM.fullmatch(axis) or _SUM_BEHIND.fullmatch(axis)
    if match is None:
        return axis
    total = sum(prod(map(int, part.split("*"))) for part in match["parts"].split("+"))
    return match["whole"] if total == int(match["whole"]) else axis


def _as_tuple(axes: list[str]) -> str:
    """The axes in the language of specs, which knows neither `?` nor `-1` nor a division with rest."""
    written = ["None" if axis.lower() in ("*", "?", "-1", "none") else axis for axis in axes]
    return _DIVISION.sub("//", _UNKNOWN.sub("None", "(" + ", ".join(written) + ",)"))


def _is_batch(axis: str) -> bool:
    return _BATCH.match(axis) is not None and not axis.isdigit()


def _may_follow(behind: str, *, freely: bool) -> bool:
    """Whether the words behind a shape leave it what it is: another shape or a condition does not."""
    words = behind.strip()
    if _DOUBT.search(words) or _OTHER_SHAPE.search(words):
        return False
    return freely or not words or _PUNCTUATION.match(words) is not None


def _factored(text: str, behind: str) -> CommentShape | None:
    """`26x26x32`: without the batch unless the first factor says otherwise."""
    factors = _TIMES.split(text)
    if not _may_follow(behind, freely=False) or not any(factor.isdigit() for factor in factors):
        return None
    axes = ["None" if factor == "?" else factor for factor in factors]
    return _parsed(f"({', '.join(axes)},)", "included" if _is_batch(factors[0]) else "left out", "factors", behind)


def _parsed(source: str, batch: Batch, form: Form = "tuple", behind: str = "") -> CommentShape | None:
    if _ARGUMENT.search(source):  # `(padding=same, filters=n)` tells arguments; `rows=4` may be an axis
        return None
    try:
        return CommentShape(parse(source), batch, form, behind=behind, limited=_LIMITS.search(behind) is not None)
    except SpecError:
        return None
