"""Reads a spec string: axes by spaces or by commas, with or without brackets, or several shapes."""

from __future__ import annotations

import ast
import functools
import operator
import re
from typing import TYPE_CHECKING, Literal

from shapeguard.spec.axis_parser import read_axis
from shapeguard.spec.dims import AnySize, Dim, ShapeSpec, Spec, StructureSpec, Variadic
from shapeguard.spec.refusal import spec_error
from shapeguard.spec.source_text import QUOTED, Part, SourceText

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MAX_LENGTH = 2000  # characters of a spec string
MAX_AXES = 64  # NumPy holds no more

ANY_SHAPE = ShapeSpec((Variadic(),))

_WRAPPER = re.compile(r"(?:tf\.|torch\.)?(?:TensorShape|Size)\s*(?=\()")
_KEY = re.compile(rf"\s*({QUOTED.pattern})\s*:")
_CROSSED = re.compile(r"[0-9]++\s++([xX\u00d7])\s++[0-9]++(?:\s++[xX\u00d7]\s++[0-9]++)*+")
_KINDS: Mapping[str, Literal["list", "tuple"]] = {"[": "list", "(": "tuple", "": "tuple"}


@functools.lru_cache(maxsize=1024)
def parse_text(text: str) -> Spec:
    """The shape or structure that `text` describes; raises `SpecError`."""
    if len(text) > MAX_LENGTH:
        hint = f"a spec can have at most {MAX_LENGTH} characters; this one has {len(text)}"
        raise spec_error(text[:MAX_LENGTH], 0, "this spec is too long", hint)
    source = SourceText(text)
    return _parse_part(source, source.part(0, len(text)))


def fault_of(dims: Sequence[Dim]) -> tuple[int, str, str] | None:
    """Why `dims` do not fit together: the index of the one to blame, the problem and a hint; `None` if they do."""
    variadics = [index for index, dim in enumerate(dims) if isinstance(dim, Variadic)]
    if len(variadics) > 1:
        hint = "keep one of them, and write `None` for each single axis of any size"
        return variadics[1], f"`{dims[variadics[1]]}` is the second axis that matches any number of axes", hint
    return None


def _parse_part(source: SourceText, part: Part) -> Spec:
    if wrapper := _WRAPPER.match(source.text, part.start, part.end):
        return _parse_wrapped(source, source.part(wrapper.end(), part.end))
    if source[part] == "<unknown>":  # TensorFlow prints an unknown rank so
        return ANY_SHAPE
    match source.bracket(part):
        case "(" | "[" as bracket:
            return _parse_bracketed(source, part, bracket)
        case "{" if _KEY.match(source.text, part.start + 1):
            return _parse_dict(source, part)
        case _:
            return _parse_pieces(source, part, "")


def _parse_wrapped(source: SourceText, part: Part) -> Spec:
    """What is between the brackets of `TensorShape(...)` or `torch.Size(...)`."""
    if source.bracket(part) != "(":
        problem, hint = "there is more text after this shape", "write only the shape"
        raise spec_error(source.text, source.closing[part.start] + 1, problem, hint)
    inner = source.inner(part)
    return ANY_SHAPE if source[inner] == "None" else _parse_part(source, inner)


def _parse_bracketed(source: SourceText, part: Part, bracket: str) -> Spec:
    inner = source.inner(part)
    if bracket == "[" or inner.is_empty or len(source.pieces(inner)) > 1:
        return _parse_pieces(source, inner, bracket)
    # Round brackets without a comma: a formula, or one pair too many around a shape, as in Python.
    return _parse_part(source, inner) if _is_whole_spec(source, inner) else _parse_words(source, part)


def _parse_pieces(source: SourceText, part: Part, bracket: str) -> Spec:
    """What the comma-separated pieces of `part`, which stood in `bracket`, make."""
    pieces = source.pieces(part)
    if len(pieces) > 1 and pieces[-1].is_empty:
        pieces.pop()
    elif len(pieces) == 1 and not (bracket and _is_whole_spec(source, part)):
        return _parse_words(source, part)
    if any(_is_whole_spec(source, piece) for piece in pieces):
        return StructureSpec(_KINDS[bracket], tuple(_parse_part(source, piece) for piece in pieces))
    _refuse_many_axes(source, pieces)
    dims = [
        # TensorFlow 1 prints (?, 28, 28).
        AnySize() if bracket and source[piece] == "?" else read_axis(source.text, piece.start, piece.end)
        for piece in pieces
    ]
    return _shape(source, dims, pieces)


def _is_whole_spec(source: SourceText, part: Part) -> bool:
    """Whether the part is a shape or structure of its own rather than an axis: its brackets hold axes."""
    if _WRAPPER.match(source.text, part.start, part.end):
        return True
    match source.bracket(part):
        case "[":
            return True
        case "(":
            inner = source.inner(part)
            return inner.is_empty or len(source.pieces(inner)) > 1 or _is_whole_spec(source, inner)
        case "{":
            return _KEY.match(source.text, part.start + 1) is not None
        case _:
            return source[part] == "<unknown>"


def _parse_dict(source: SourceText, part: Part) -> StructureSpec:
    pairs: list[tuple[str, Spec]] = []
    pieces = source.pieces(source.inner(part))
    for piece in pieces[:-1] if pieces[-1].is_empty else pieces:
        key = _KEY.match(source.text, piece.start, piece.end)
        if key is None:
            raise spec_error(source.text, piece.start, "this output has no name", "write {'name': (None, 10)}")
        pairs.append((ast.literal_eval(key[1]), _parse_part(source, source.part(key.end(), piece.end))))
    return dict_spec(pairs)


def dict_spec(pairs: Sequence[tuple[str, Spec]]) -> StructureSpec:
    """The structure of the outputs that `pairs` name, in Keras' order."""
    ordered = sorted(pairs, key=operator.itemgetter(0))
    return StructureSpec("dict", tuple(item for _, item in ordered), tuple(key for key, _ in ordered))


def _parse_words(source: SourceText, part: Part) -> ShapeSpec:
    """Axes that spaces separate."""
    if crossed := _CROSSED.fullmatch(source.text, part.start, part.end):
        hint = "separate the axes with spaces or commas: 26 26 32"
        raise spec_error(
            source.text, crossed.start(1), f"sizes joined by `{crossed[1]}` are allowed only in comments", hint
        )
    words = source.words(part)
    _refuse_many_axes(source, words)
    dims = [read_axis(source.text, word.start, word.end) for word in words]
    return _shape(source, dims, words)


def _refuse_many_axes(source: SourceText, parts: Sequence[Part]) -> None:
    if len(parts) > MAX_AXES:
        hint = f"a shape can have at most {MAX_AXES} axes"
        raise spec_error(source.text, parts[MAX_AXES].start, f"this spec has {len(parts)} axes", hint)


def _shape(source: SourceText, dims: Sequence[Dim], parts: Sequence[Part]) -> ShapeSpec:
    if fault := fault_of(dims):
        index, problem, hint = fault
        raise spec_error(source.text, parts[index].start, problem, hint)
    return ShapeSpec(tuple(dims))
