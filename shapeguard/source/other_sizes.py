"""Which other sizes could have been meant in a shape that is written, each as text."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.source.slips import Other, Vocabulary, Writer


def other_sizes(write: Writer, node: ast.expr, words: Vocabulary) -> Iterator[Other]:
    """A size of a shape for another number of the function that the shape does not have."""
    parts = node.elts if isinstance(node, ast.Tuple | ast.List) else []
    texts = {part: write.text(part) for part in parts}
    others = [each for each in words.numbers if each not in texts.values()]
    for part, text in texts.items():
        if text in words.numbers:
            yield from ((write.with_part(part, other), "other number") for other in others)


def of_its_tensor(write: Writer, node: ast.expr, words: Vocabulary) -> Iterator[Other]:
    """A number in the shape that a tensor is given, for a size of that tensor; all else stays as it is written."""
    parts = node.elts if isinstance(node, ast.Tuple | ast.List) else []
    numbers = [part for part in reversed(parts[1:]) if isinstance(part, ast.Constant) and type(part.value) is int]
    for size in words.reshaped.get(node, ()):
        yield from ((write.with_part(part, size), "size of its tensor") for part in numbers)
