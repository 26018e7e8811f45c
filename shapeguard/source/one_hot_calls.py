"""The call of the program that made one-hot rows which it hands over."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from shapeguard.source.code_places import assigned_to
from shapeguard.source.conversions import ONE_HOT, expression_given
from shapeguard.source.name_bindings import last_binder
from shapeguard.source.statement_edits import end, replaced

if TYPE_CHECKING:
    from shapeguard.records.source import Correction
    from shapeguard.source.conversions import Given, Leaf
    from shapeguard.source.trees import Source


def with_classes(source: Source, call: ast.Call, given: Given, leaf: Leaf, classes: int) -> Correction | None:
    """The number of classes told to the `to_categorical` that made the rows which `call` is given.

    `None` where that call is not in sight, or tells a number already: without one, Keras counts the labels that are
    there (utils/numerical_utils.py, 3.0 to 3.15).
    """
    node = expression_given(call, given, leaf)
    if isinstance(node, ast.Name):
        binder = last_binder(source, call, node.id)
        node = None if binder is None else assigned_to(binder, node.id)
    match node:
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=[labels], keywords=[]) if name == ONE_HOT:
            return replaced(source, node, end(source.span(labels)), f", num_classes={classes}")
        case _:
            return None
