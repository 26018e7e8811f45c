"""The one grammar of shapes in comments: what the guard reads is what `annotate` writes; nothing in it is executed."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from shapeguard.errors import SpecError
from shapeguard.records.expectations import CommentShape
from shapeguard.spec import ShapeSpec, parse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.records.expectations import Batch

_LONGEST = 200
_ARROW = re.compile(r"(?:-+>|=+>|→|⇒|➜)")
_LABEL = re.compile(
    r"^(?:(?P<output>outputs?|out|results?|returns?)(?:\b|_)[\s_]*)?(?:(?:tensor|feature map)\s+)?"
    r"(?:(?P<shape>shapes?|sizes?|dims?|dimensions?)\b)?"
    r"\s*(?:of\s+\w+\s*)?(?:(?:will be|should be|is|are|becomes)\b)?\s*[:=]{0,2}\s*",
    re.IGNORECASE,
)
_ADVERBS = re.compile(r"^(?:(?:the|final|new|now|so|always|expected|resulting)\b:?\s*)*", re.IGNORECASE)
_SUBJECT = re.compile(r"^(?P<name>(?:\w+\.)*\w+)(?:\.shape|\.output_shape)?\s*(?::|==?)\s*")
_INPUT = re.compile(r"^(?:the\s+)?(?:expected\s+)?(?:in|inputs?|input[\s_]shapes?|from|takes|expects)\b", re.IGNORECASE)
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
_ARGUMENT = re.compile(r"=\s*+[^\s\d]")
_DIVISION = re.compile(r"(?<!/)/(?!/)")
_PART = re.compile(r"(?<=\s)#(?!\d)")
# Type checkers read their pragma only where a comment begins with it.
_PRAGMA = re.compile(r"#\s*(?:type|pyright|mypy|fmt|isort|pragma)\s*:")
_CODE = re.compile(r"#[\s\w.,]+=(?!=)|.*\w\(")
_LEADING = re.compile(r"#\s*(?P<shape>[(\[][^()\[\]]*[)\]])(?P<behind>\s+\S.*)\Z")


@lru_cache(maxsize=4096)
def read(comment: str) -> CommentShape | None:
    """The shape that a comment states of its line's output; `None` if it is not clearly one.

    A comment may have several parts, each with a `#` of its own: `# type: ignore  # (B, 10)`. Two shapes leave it open
    which one is meant. What follows commented-out code is about that code.
    """
    shapes = list(_stated(_parts(comment)))
    return shapes[0] if len(shapes) == 1 else None


def write(comment: str, spec: ShapeSpec) -> str:
    """The comment with `spec` in place of the shapes that it states, and with whatever else it holds.

    `comment` is "" for a line without one. Raises `ValueError` for a spec that no comment can state: one with
    labels in front of names, or longer than a comment may be.
    """
    shape = f"# {spec.as_tuple}"
    stated = read(shape)
    if stated is None or stated.spec != spec:
        message = f"a comment cannot express {spec}"
        raise ValueError(message)
    return next(text for text in _versions(comment, spec, shape) if _states(text, spec))


def _states(comment: str, spec: ShapeSpec) -> bool:
    stated = read(comment)
    return stated is not None and stated.spec == spec


def _versions(comment: str, spec: ShapeSpec, shape: str) -> Iterator[str]:
    """The new comment in the ways of writing it, the last of which can always be read.

    The first shape gives way, and the others go; the words behind it stay as they are, else as a part of their own.
    """
    parts = _parts(comment)
    replaced = {shape.part: shape.behind for shape in _stated(parts)} or _led(parts, spec)
    others = [part for index, part in enumerate(parts) if index not in replaced]
    place = min(replaced, default=sum(map(_is_pragma, others)))
    behind = replaced.get(place, "")
    yield _joined([*others[:place], shape + behind, *others[place:]])
    if behind.strip():
        yield _joined([*others[:place], shape, f"# {behind.strip()}", *others[place:]])
    yield _joined([shape, *(part for part in parts if read(part) is None or _is_pragma(part))])


def _led(parts: list[str], spec: ShapeSpec) -> dict[int, str]:
    """The first part that begins with a shape of the spec's rank and goes on with words that put it in doubt."""
    for index, part in enumerate(parts):
        match = _LEADING.match(part)
        if match is not None and len(spec.dims) == _rank_of(match["shape"]) > 1:
            return {index: match["behind"]}
    return {}


def _rank_of(text: str) -> int:
    """The number of axes of a shape in brackets; 0 if it is none."""
    shape = _bracketed(text, labelled=False)
    return len(shape.spec.dims) if shape is not None and isinstance(shape.spec, ShapeSpec) else 0


def _parts(comment: str) -> list[str]:
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


class _Introduction(NamedTuple):
    """What is in front of a shape: an arrow or "output" (`points`), a label such as "shape:", or a subject's name."""

    rest: str
    points: bool
    labelled: bool
    subject: str | None = None
    above: bool = False


def _shape_in(text: str) -> CommentShape | None:
    introduction = _introduction(text) if 0 < len(text) <= _LONGEST else None
    shape = None if introduction is None else _shape_behind(introduction)
    if introduction is None or shape is None:
        return None
    return replace(shape, points=introduction.points, subject=introduction.subject, above=introduction.above)


def _introduction(text: str) -> _Introduction | None:
    """What introduces a shape; `None` if that is about inputs, or prose with an arrow that may mean anything."""
    *before, rest = _ARROW.split(text)
    rest, points = rest.strip(), bool(before)
    if _has_prose(before[0]) if before else _INPUT.match(rest):
        return None
    above = text.lower().startswith("now")
    rest = _ADVERBS.sub("", rest)
    label, subject = _LABEL.match(rest), _SUBJECT.match(rest)
    labels = {} if label is None else label.groupdict()
    points = points or bool(labels.get("output"))
    labelled = bool(labels.get("output") or labels.get("shape"))
    if subject is not None and not labelled:
        name = subject["name"].split(".")[0]
        return _Introduction(
            rest[subject.end() :].strip(), points or "output" in subject.group(), labelled, name, above
        )
    return _Introduction(rest[0 if label is None else label.end() :].strip(), points, labelled, above=above)


def _has_prose(text: str) -> bool:
    """Whether what comes before an arrow is more than the input's shape: then the arrow may mean anything."""
    return len(re.findall(r"[A-Za-z]{2,}", re.sub(r"[(\[][^)\]]*[)\]]", "", text))) > 3


def _shape_behind(introduction: _Introduction) -> CommentShape | None:
    text, points = introduction.rest, introduction.points
    if text.startswith(("(", "[")):
        return _bracketed(text, labelled=points or introduction.labelled)
    if _PRINTED.match(text):
        return _parsed(text, "included", certain=True)
    if points and text.isdigit():
        return _parsed(f"({text},)", "left out", certain=False)
    factors = _FACTORS.match(text)
    if factors is not None:
        return _factored(factors.group(), text[factors.end() :])
    if _BARE.match(text):
        return _parsed(" ".join("None" if axis == "?" else axis for axis in text.split()), "included", certain=True)
    return None


def _bracketed(text: str, *, labelled: bool) -> CommentShape | None:
    end = _closing(text)
    if end is None:
        return None
    inner, behind = text[: end + 1], text[end + 1 :]
    if inner == "()":
        return None if behind.strip() else _parsed(inner, "unsure", certain=False)
    axes = _axes(inner, labelled=labelled)
    if not axes:
        return None
    has_batch = _is_batch(axes[0])
    if not _may_follow(behind, freely=has_batch or labelled):
        return None
    source = inner if inner[0] == "[" and inner[1:].lstrip()[:1] in "([" else _as_tuple(axes)
    return _parsed(source, "included" if has_batch else "unsure", certain=has_batch or labelled, behind=behind)


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
    axes = [axis.strip() for axis in body.split(",") if axis.strip()]
    return axes if len(axes) > 1 or "," in body or (labelled and inner[0] == "[") else []


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
    has_batch = _is_batch(factors[0])
    axes = ["None" if factor == "?" else factor for factor in factors]
    return _parsed(f"({', '.join(axes)},)", "included" if has_batch else "left out", certain=has_batch, behind=behind)


def _parsed(source: str, batch: Batch, *, certain: bool, behind: str = "") -> CommentShape | None:
    if _ARGUMENT.search(source):  # `(padding=same, filters=n)` tells arguments; `rows=4` may be an axis
        return None
    try:
        return CommentShape(parse(source), batch, certain, behind)
    except SpecError:
        return None
