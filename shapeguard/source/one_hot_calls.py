"""The call of the program that made one-hot rows which it hands over."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from shapeguard.source.code_places import assigned_to
from shapeguard.source.conversions import ONE_HOT, expression_given
from shapeguard.source.name_bindings import binder_in_sight, last_binder
from shapeguard.source.spelling import path_of
from shapeguard.source.statement_edits import between, end, replaced
from shapeguard.source.trees import last_name

if TYPE_CHECKING:
    from shapeguard.records.source import Correction
    from shapeguard.source.conversions import Given, Leaf
    from shapeguard.source.trees import Source

_OF_ARRAYS = frozenset({"argmax", "astype", "choice", "flatten", "integers", "randint", "ravel", "reshape", "to_numpy"})
"""Methods whose result is an array, with which one can calculate, whatever they are called on."""
_ATOMS = (ast.Name, ast.Call, ast.Attribute, ast.Subscript)


def with_classes(source: Source, call: ast.Call, given: Given, leaf: Leaf, classes: int) -> Correction | None:
    """The number of classes told to the `to_categorical` that made the rows which `call` is given.

    `None` where that call is not in sight, or tells a number already: without one, Keras counts the labels that are
    there (utils/numerical_utils.py, 3.0 to 3.15).
    """
    made = _one_hot_call(source, call, given, leaf)
    if made is None or len(made.args) != 1 or made.keywords:
        return None
    return replaced(source, made, end(source.span(made.args[0])), f", num_classes={classes}")


def with_labels_from(source: Source, call: ast.Call, given: Given, leaf: Leaf, first: int) -> Correction | None:
    """Labels that begin at `first` made to begin at 0 in the `to_categorical` that made the rows.

    `None` where that call is not in sight, or the labels may be no array. A number of classes that it tells goes: it
    counts those below the first label.
    """
    made = _one_hot_call(source, call, given, leaf)
    if made is None or not _is_array(source, made, made.args[0]):
        return None
    labels, last = made.args[0], source.span(made.args[0])
    written = source.text(last)
    text = f"{written if isinstance(labels, _ATOMS) else f'({written})'} - {first}"
    for told in (*made.args[1:], *(keyword for keyword in made.keywords if keyword.arg == "num_classes")):
        last = source.span(told)
    return replaced(source, made, between(source.span(labels), last), text)


def _one_hot_call(source: Source, call: ast.Call, given: Given, leaf: Leaf) -> ast.Call | None:
    """The call of `to_categorical` that `call` is given, itself or by a name."""
    node = expression_given(call, given, leaf)
    if isinstance(node, ast.Name):
        binder = last_binder(source, call, node.id)
        node = None if binder is None else assigned_to(binder, node.id)
    return node if isinstance(node, ast.Call) and last_name(node.func) == ONE_HOT and node.args else None


def _is_array(source: Source, place: ast.AST, node: ast.expr) -> bool:
    """Whether an expression is an array for sure: made by NumPy, a part of such, or calculated with it."""
    match node:
        case ast.Name(id=name):
            binder = binder_in_sight(source, place, name)
            value = None if binder is None else assigned_to(binder, name)
            return value is not None and _is_array(source, place, value)
        case ast.Subscript(value=value):
            return isinstance(value, _ATOMS) and _is_array(source, place, value)
        case ast.BinOp(left=left, right=right):
            return _is_array(source, place, left) or _is_array(source, place, right)
        case ast.Call(func=ast.Attribute(attr=method) as function):
            return method in _OF_ARRAYS or (path_of(source, place, function) or "").startswith("numpy.")
        case _:
            return False
