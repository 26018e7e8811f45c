"""Data converted where a program hands it to `fit` and its like, in the program's own words."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from shapeguard.source.code_places import assigned_to
from shapeguard.source.fit_call import argument_of
from shapeguard.source.name_bindings import last_binder
from shapeguard.source.spelling import rewritten
from shapeguard.source.statement_edits import between, gap, replaced

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapeguard.records.source import Correction
    from shapeguard.source.spelling import Import
    from shapeguard.source.trees import Source

NAMES = {"np": "numpy", "keras": "keras", "tf": "tensorflow"}
"""The names in code that converts data."""
_ATOMS = (ast.Name, ast.Call, ast.Attribute, ast.Subscript, ast.List, ast.Tuple, ast.Constant)
_LISTS = (ast.List, ast.Tuple, ast.ListComp)
_PLACEHOLDER = "the_data"
ONE_HOT = "to_categorical"
"""Keras' function that makes rows of class numbers (utils/numerical_utils.py, 3.0 to 3.15)."""
_CLASS_NUMBERS = "np.argmax({x}, axis=-1)"


@dataclass(frozen=True, slots=True)
class Conversion:
    """Data converted in a call: the new expression, the change, and the imports that it needs."""

    expression: str
    correction: Correction
    imports: tuple[Import, ...]


@dataclass(frozen=True, slots=True)
class Given:
    """Where a call hands data over: the argument, and which element of `validation_data`, a tuple of parts."""

    argument: str
    element: int | None = None


@dataclass(frozen=True, slots=True)
class Leaf:
    """One array among those of a part: its place in the model's order, of how many, and its name."""

    index: int = 0
    count: int = 1
    name: str = ""


WHOLE = Leaf()
"""The only array of a part."""


def converted(source: Source, call: ast.Call, given: Given, leaf: Leaf, code: str) -> Conversion | None:
    """The data converted by `code` on `{x}`; `None` where one expression stands for several arrays."""
    node = expression_given(call, given, leaf)
    written = None if node is None else rewritten(source, call, code.format(x=_PLACEHOLDER), NAMES)
    if node is None or written is None:
        return None
    text, span = source.text(source.span(node)), source.span(node)
    is_whole = isinstance(node, _ATOMS) or not (code.startswith("{x}") or "{x}[" in code)
    expression = written[0].replace(_PLACEHOLDER, text if is_whole else f"({text})")
    undone = _before_one_hot(node) if code == _CLASS_NUMBERS else None
    if undone is not None:
        expression = source.text(source.span(undone))
    return Conversion(expression, replaced(source, call, span, expression), () if undone is not None else written[1])


def expression_given(call: ast.Call, given: Given, leaf: Leaf) -> ast.expr | None:
    """The expression of one array in a call; `None` where the call does not show it by itself."""
    node = argument_of(call, given.argument)
    if given.element is not None:
        is_tuple = isinstance(node, ast.Tuple | ast.List) and given.element < len(node.elts) <= 3
        node = node.elts[given.element] if isinstance(node, ast.Tuple | ast.List) and is_tuple else None
    return None if node is None else leaf_in(node, leaf)


def leaf_in(given: ast.expr, leaf: Leaf) -> ast.expr | None:
    """The expression of one array among those for a whole part."""
    match given:
        case ast.Starred():
            return None
        case ast.Dict(keys=keys, values=values):
            named = {key.value: value for key, value in zip(keys, values, strict=True) if isinstance(key, ast.Constant)}
            return named.get(leaf.name)
        case ast.List(elts=elements) | ast.Tuple(elts=elements) if leaf.count > 1:
            is_each = len(elements) == leaf.count and not any(isinstance(each, ast.Starred) for each in elements)
            return elements[leaf.index] if is_each else None
        case ast.List(elts=[ast.Name() as only]) if leaf.count == 1:
            return only  # the list of one array
        case _:
            return given if leaf.count == 1 else None


def _before_one_hot(node: ast.expr) -> ast.expr | None:
    """The numbers of classes that a call of `to_categorical` has just made rows of."""
    match node:
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=[numbers, *_]) if name == ONE_HOT:
            return numbers
        case _:
            return None


def reordered(
    source: Source, call: ast.Call, given: Given, leaves: tuple[Leaf, ...], order: tuple[int, ...]
) -> Correction | None:
    """The arrays of a part in another order: in the place of `i` the one that is `order[i]` now.

    `None` where the call does not show them one by one, and no name stands for the list of them.
    """
    nodes = [expression_given(call, given, leaf) for leaf in leaves]
    written = [node for node in nodes if node is not None]
    if len(written) < len(nodes):
        return _picked(source, call, given, order)
    return in_order(source, call, written, order)


def exchanged(source: Source, call: ast.Call, one: Given, other: Given) -> Correction | None:
    """Two parts that are handed over in the place of each other; `None` where the call does not show both."""
    nodes = [expression_given(call, given, WHOLE) for given in (one, other)]
    written = [node for node in nodes if node is not None]
    return in_order(source, call, written, (1, 0)) if len(written) == len(nodes) else None


def in_order(source: Source, whole: ast.AST, written: Sequence[ast.expr], order: tuple[int, ...]) -> Correction:
    """Expressions of a whole that stand for each other, from the first that moves to the last."""
    texts = [source.text(source.span(node)) for node in written]
    moved = sorted(
        (place for place, index in enumerate(order) if place != index), key=lambda p: source.span(written[p])
    )
    spans = [source.span(written[place]) for place in moved]
    gaps = [source.text(gap(one, other)) for one, other in pairwise(spans)]
    text = "".join(texts[order[place]] + behind for place, behind in zip(moved, [*gaps, ""], strict=True))
    return replaced(source, whole, between(spans[0], spans[-1]), text)


def _picked(source: Source, call: ast.Call, given: Given, order: tuple[int, ...]) -> Correction | None:
    """`[y[1], y[0]]` for a name that a list was given to: of a mapping the places are no keys."""
    node = expression_given(call, given, WHOLE)
    binder = last_binder(source, call, node.id) if isinstance(node, ast.Name) else None
    if not isinstance(node, ast.Name) or binder is None or not isinstance(assigned_to(binder, node.id), _LISTS):
        return None
    return replaced(source, call, source.span(node), f"[{', '.join(f'{node.id}[{index}]' for index in order)}]")
