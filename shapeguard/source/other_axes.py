"""How the axes of what an expression holds could have been meant otherwise, each as text."""

from __future__ import annotations

import ast
from collections import defaultdict
from typing import TYPE_CHECKING

from shapeguard.source.trees import last_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.source.slips import Manner, Other, Vocabulary, Writer

SHAPES = frozenset({"shape", "int_shape"})
"""Functions that give the sizes of a tensor."""
AXES_BEHIND = ("1", "(1, 2)", "(1, 2, 3)")
"""Axes behind the samples that may be there to be spread alone."""


def without_call(write: Writer, call: ast.expr, words: Vocabulary) -> Iterator[Other]:
    """What a call that only moves axes is given."""
    match call:
        case ast.Call(func=function, args=[ast.Name() | ast.Attribute() | ast.Call() | ast.Subscript() as first, *_]):
            if last_name(function) in words.axis_calls:
                yield write.text(first), "left out"


def indexed(write: Writer, node: ast.expr, words: Vocabulary) -> Iterator[Other]:
    """A tensor with an axis more."""
    if (
        not words.tensors
        or (isinstance(node, ast.Name) and node.id not in words.held)
        or _is_number(write, node, words)
    ):
        return
    for key in ("[:, None]", "[..., None]"):
        yield write.held(node) + key, "axis"


def by_vector(write: Writer, call: ast.expr, words: Vocabulary) -> Iterator[Other]:
    """A product with a vector as one with its column, or with its row."""
    del words
    match call:
        case ast.Call(func=ast.Attribute(value=module, attr="dot" | "matmul"), args=[row, column], keywords=[]):
            owner = write.text(module)
            for vector, axis in ((column, -1), (row, -2)):
                text = write.with_part(vector, f"{owner}.expand_dims({write.text(vector)}, {axis})")
                yield f"{owner}.squeeze({text}, {axis})", "vector"


def squeezed(write: Writer, node: ast.expr, words: Vocabulary) -> Iterator[Other]:
    """A tensor without axes behind its samples, where these have one place."""
    if _may_be_squeezed(write, node, words):
        yield from ((f"{words.squeezing}({write.text(node)}, {axes})", "axes of one") for axes in AXES_BEHIND)


def squeezed_everywhere(write: Writer, node: ast.expr, words: Vocabulary) -> Iterator[Other]:
    """A tensor without axes behind its samples wherever a formula reads it, if it does so more than once."""
    read = defaultdict(list)
    for each in ast.walk(node):
        if isinstance(each, ast.Name) and _may_be_squeezed(write, each, words):
            read[each.id].append(each)
    for name, places in read.items():
        for axes in AXES_BEHIND if len(places) > 1 else ():
            text = f"{words.squeezing}({name}, {axes})"
            yield write.with_parts(dict.fromkeys(places, text)), "axes of one everywhere"


def _may_be_squeezed(write: Writer, node: ast.expr, words: Vocabulary) -> bool:
    is_held = words.tensors and write.text(node) in words.held
    return words.squeezing is not None and is_held and not _is_number(write, node, words)


def _is_number(write: Writer, node: ast.expr, words: Vocabulary) -> bool:
    """Whether this is a whole number of the function, or sizes of a shape."""
    match node:
        case ast.Subscript(value=ast.Attribute(attr="shape")):
            return True
        case ast.Call(func=called) | ast.Subscript(value=ast.Call(func=called)):
            return last_name(called) in SHAPES
        case _:
            return write.text(node) in words.numbers


def of_another_axis(write: Writer, node: ast.expr, words: Vocabulary) -> Iterator[Other]:
    """The size of another axis than that of the samples."""
    del words
    match node:
        case ast.Subscript(
            value=ast.Attribute(attr="shape") | ast.Call(func=ast.Attribute(attr="shape" | "int_shape")),
            slice=ast.Constant(value=0) as axis,
        ):
            yield from ((write.with_part(axis, text), "size") for text in ("1", "-1"))


def axes_in_index(write: Writer, node: ast.expr, words: Vocabulary) -> Iterator[Other]:
    """One new axis more or less in an index that has some, or one elsewhere; each index once."""
    del words
    match node:
        case ast.Subscript(slice=ast.Tuple(elts=parts)):
            pass
        case _:
            return
    texts = tuple(write.text(part) for part in parts)
    new = next((text for text, part in zip(texts, parts, strict=True) if _is_new_axis(part)), None)
    if new is not None:
        places = [place for place, part in enumerate(parts) if _is_new_axis(part)]
        for index, manner in _other_indices(texts, new, places).items():
            yield f"{write.text(node.value)}[{', '.join(index)}]", manner


def _other_indices(texts: tuple[str, ...], new: str, places: list[int]) -> dict[tuple[str, ...], Manner]:
    """The parts of other indices, and how each differs from one that adds axes at some places."""
    found: dict[tuple[str, ...], Manner] = {}
    for place in range(len(texts) + 1):
        found[*texts[:place], new, *texts[place:]] = "new axis"
    for place in places if len(texts) > 1 else ():
        rest = (*texts[:place], *texts[place + 1 :])
        found[rest] = "new axis" if len(places) == 1 else "one of new axes"
        for other in range(len(texts)):
            if other != place:
                found[*rest[:other], new, *rest[other:]] = "moved axis"
    return found


def _is_new_axis(part: ast.expr) -> bool:
    return (isinstance(part, ast.Constant) and part.value is None) or (
        isinstance(part, ast.Attribute) and part.attr == "newaxis"
    )
