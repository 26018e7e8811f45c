"""Reads a shape out of a comment, where the comment clearly is one; nothing in it is executed."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from shapeguard.errors import SpecError
from shapeguard.spec import AnySize, Expression, Named, ShapeSpec, StructureSpec, parse

if TYPE_CHECKING:
    from shapeguard.records.expectations import Expectation

Batch = Literal["included", "left out", "unsure"]
_LONGEST = 200
_ARROW = re.compile(r"(?:-+>|=+>|→|⇒|➜)")
_LABEL = re.compile(
    r"^(?:(?P<output>outputs?|out|results?|returns?)(?:\b|_)[\s_]*)?(?:(?:tensor|feature map)\s+)?"
    r"(?:(?P<shape>shapes?|sizes?|dims?|dimensions?)\b)?"
    r"\s*(?:of\s+\w+\s*)?(?:(?:will be|should be|is|are|becomes)\b)?\s*[:=]{0,2}\s*",
    re.IGNORECASE,
)
_ADVERBS = re.compile(r"^(?:(?:the|final|new|now|so|always|expected|resulting)\b:?\s*)*", re.IGNORECASE)
_SUBJECT = re.compile(r"^(?:\w+\.)*\w+(?:\.shape|\.output_shape)?\s*(?::|==?)\s*")
_INPUT = re.compile(r"^(?:the\s+)?(?:expected\s+)?(?:in|inputs?|input[\s_]shapes?|from|takes|expects)\b", re.IGNORECASE)
_DOUBT = re.compile(
    r"\b(?:if|or|when|unless|until|e\.g|except|otherwise|before|instead|was|not|input|inputs|each|every|per)\b",
    re.IGNORECASE,
)
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


@dataclass(frozen=True, slots=True)
class CommentShape:
    """A shape that a comment states: `text` as the user wrote it, `spec` as written.

    `batch` tells whether the first axis is the batch. `certain`: a rank that fits neither reading is a mismatch
    (there is a label, an arrow or an explicit batch), rather than a sign that the comment is about something else.
    `points`: an arrow, or the word "output", so that the comment may stand above its line. `subject` is the name
    before a colon.
    """

    text: str
    spec: ShapeSpec | StructureSpec
    batch: Batch
    certain: bool
    points: bool = False
    subject: str | None = None


@lru_cache(maxsize=4096)
def shape_in_comment(comment: str) -> CommentShape | None:
    """The shape that a comment states of its line's output; `None` where it is not clearly a shape."""
    text = comment.lstrip("#!").strip()
    if not text or len(text) > _LONGEST:
        return None
    pieces = _ARROW.split(text)
    rest, points = pieces[-1].strip(), len(pieces) > 1
    if points and pieces[0].strip() and _prose_before(pieces[0]):
        return None
    if not points and _INPUT.match(rest):
        return None
    rest = _ADVERBS.sub("", rest)
    subject = _SUBJECT.match(rest)
    label = _LABEL.match(rest)
    is_labelled = label is not None and bool(label["output"] or label["shape"])
    points = points or (label is not None and bool(label["output"]))
    if subject is not None and not is_labelled:
        points = points or "output" in subject.group()
        rest = rest[subject.end() :]
    elif label is not None:
        rest = rest[label.end() :]
    shape = _read(rest.strip(), points=points, labelled=is_labelled)
    if shape is None:
        return None
    name = None if subject is None or is_labelled else re.split(r"[.:=\s]", subject.group())[0]
    return replace(shape, points=points, subject=name)


def _prose_before(text: str) -> bool:
    """Whether what stands before an arrow is more than the input's shape: then the arrow may mean anything."""
    return len(re.findall(r"[A-Za-z]{2,}", re.sub(r"[(\[][^)\]]*[)\]]", "", text))) > 3


def _read(text: str, *, points: bool, labelled: bool) -> CommentShape | None:
    if text.startswith(("(", "[")):
        return _bracketed(text, labelled=points or labelled)
    printed = _PRINTED.match(text)
    if printed is not None:
        return _parsed(text, text, "included", certain=True)
    if points and text.isdigit():
        return _parsed(text, f"({text},)", "left out", certain=False)
    factors = _FACTORS.match(text)
    if factors is not None:
        return _factored(factors.group(), text[factors.end() :])
    if _BARE.match(text):
        return _parsed(
            text, " ".join("None" if axis == "?" else axis for axis in text.split()), "included", certain=True
        )
    return None


def _bracketed(text: str, *, labelled: bool) -> CommentShape | None:
    end = _closing(text)
    if end is None:
        return None
    inner, after = text[: end + 1], text[end + 1 :].strip()
    if not _is_harmless(after):
        return None
    body = inner[1:-1].strip()
    axes = [axis.strip() for axis in body.split(",") if axis.strip()]
    if not axes or (len(axes) == 1 and "," not in body and not (labelled and inner[0] == "[")):
        return None
    has_batch = _BATCH.match(axes[0]) is not None and not axes[0].isdigit()
    if after and not (has_batch or labelled or re.match(r"^[-\u2013\u2014:;,.(]", after)):
        return None
    written = ["None" if axis.lower() in ("*", "?", "-1", "none") else axis for axis in axes]
    source = _DIVISION.sub("//", _UNKNOWN.sub("None", "(" + ", ".join(written) + ",)"))
    if inner[0] == "[" and body[:1] in "([":
        source = inner
    batch: Batch = "included" if has_batch else "unsure"
    return _parsed(inner, source, batch, certain=has_batch or labelled)


def _closing(text: str) -> int | None:
    depth = 0
    for index, character in enumerate(text):
        depth += (character in "([{") - (character in ")]}")
        if depth == 0:
            return index
    return None


def _is_harmless(after: str) -> bool:
    """Whether the words behind a shape leave it what it is: another shape or a condition does not."""
    return _DOUBT.search(after) is None and re.search(r"[(\[][^)\]]*,[^)\]]*[)\]]|\d\s*[x\u00d7]\s*\d", after) is None


def _factored(text: str, after: str) -> CommentShape | None:
    """`26x26x32`: without the batch unless the first factor says otherwise."""
    factors = _TIMES.split(text)
    rest = after.strip()
    if (
        (rest and not re.match(r"^(?:[-\u2013\u2014:;,.(]|$)", rest))
        or not _is_harmless(rest)
        or not any(f.isdigit() for f in factors)
    ):
        return None
    has_batch = _BATCH.match(factors[0]) is not None and not factors[0].isdigit()
    axes = ["None" if factor == "?" else factor for factor in factors]
    return _parsed(text, f"({', '.join(axes)},)", "included" if has_batch else "left out", certain=has_batch)


def _parsed(text: str, source: str, batch: Batch, *, certain: bool) -> CommentShape | None:
    if _ARGUMENT.search(source):  # `(padding=same, filters=n)` tells arguments; `rows=4` may be an axis
        return None
    try:
        spec = parse(source)
    except SpecError:
        return None
    return CommentShape(text, spec, batch, certain)


def settled(expectation: Expectation, ndim: int | None) -> Expectation | None:
    """A comment's expectation once the actual rank is known: the batch axis put in front, or `None` if it is no shape.

    `text` of such an expectation is the whole comment. Expectations of other origins come back as they are.
    """
    if expectation.origin != "comment" or ndim is None or not isinstance(expectation.spec, ShapeSpec):
        return expectation
    shape = shape_in_comment(expectation.text)
    rank = expectation.spec.ndim
    if shape is None or rank is None:
        return expectation
    if shape.batch == "included":
        return expectation
    if shape.batch == "unsure" and rank == ndim:
        return replace(expectation, spec=_with_batch_name(expectation.spec, shape.spec))
    if rank == ndim - 1 or (shape.certain and shape.batch == "unsure"):
        return replace(expectation, spec=ShapeSpec((AnySize(), *expectation.spec.dims)))
    return None


def _with_batch_name(spec: ShapeSpec, written: ShapeSpec | StructureSpec) -> ShapeSpec:
    """The spec whose axis 0 turned out to be the batch: a name there is a name, whatever variable bears it."""
    first = written.dims[0] if isinstance(written, ShapeSpec) and written.dims else None
    if isinstance(first, Named) or (isinstance(first, Expression) and not first.variables):
        return replace(spec, dims=(first, *spec.dims[1:]))
    return spec
