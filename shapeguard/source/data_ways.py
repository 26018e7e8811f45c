"""The way of an array to the call that it is handed to: back through names, arithmetic and functions of the file."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from shapeguard.source.call_arguments import only_call_of
from shapeguard.source.code_places import assigned_to
from shapeguard.source.constants import own_nodes
from shapeguard.source.dataset_chains import argument, chain_of, is_of
from shapeguard.source.name_bindings import binder_in_sight, last_binder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.source.trees import Source

LONGEST = 20
"""Steps that are followed: a loop would go on for ever."""
_TO_TYPE = "astype"
_KEEP_SHAPE = frozenset({
    "abs", "array", "asarray", "ascontiguousarray", _TO_TYPE, "cast", "clip", "constant", "convert_to_tensor", "copy",
    "float32", "float64", "nan_to_num", "numpy", "preprocess_input", "round", "sqrt",
})  # fmt: skip
"""Functions and methods of an array whose result has its shape, of NumPy, TensorFlow and Keras."""


def way_of(source: Source, given: ast.expr) -> Iterator[ast.expr]:
    """The expressions that an array comes from, all of the same shape, the last first; then the one that shaped it."""
    node: ast.expr | None = given
    for _ in range(LONGEST):
        if node is None:
            return
        yield node
        node = _before(source, node)


def _before(source: Source, node: ast.expr) -> ast.expr | None:
    """What an expression makes an array of the same shape of; `None` if it gives another shape, or nobody tells."""
    match node:
        case ast.Name(id=name):
            return _given_to(source, node, name)
        case ast.BinOp(left=ast.Constant(), right=right):
            return right
        case ast.BinOp(left=left):
            return left
        case ast.Call():
            return _called_on(source, node)
        case _:
            return None


def _called_on(source: Source, call: ast.Call) -> ast.expr | None:
    """What a call takes whose result has its shape; what a function of the file returns."""
    match call.func:
        case ast.Attribute(value=owner, attr=name) if name in _KEEP_SHAPE:
            is_method = not call.args or name == _TO_TYPE
            return owner if is_method else call.args[0]
        case ast.Name(id=name) if name in _KEEP_SHAPE:
            return next(iter(call.args), None)
        case ast.Name(id=name):
            return _returned(source, call, name)
        case _:
            return None


def _given_to(source: Source, use: ast.expr, name: str) -> ast.expr | None:
    """What a name was given last before a place; `None` where that is not sure."""
    place: ast.AST = use
    for _ in range(LONGEST):
        binder = last_binder(source, place, name) or binder_in_sight(source, place, name)
        if not isinstance(binder, ast.AugAssign):
            return None if binder is None else assigned_to(binder, name)
        place = binder  # x /= 255
    return None


def _returned(source: Source, call: ast.Call, name: str) -> ast.expr | None:
    """What a function of the file returns; `None` if it does so at several places, or is called at several."""
    function = binder_in_sight(source, call, name)
    if not isinstance(function, ast.FunctionDef) or only_call_of(source, function) is not call:
        return None
    returns = _returns_of(function)
    return returns[0] if len(returns) == 1 else None


def mapped_inputs(source: Source, given: ast.expr) -> Iterator[tuple[ast.expr, bool]]:
    """What the functions that a dataset is mapped by return for the inputs, the last first; whether of a batch.

    Nothing of a dataset that is not batched in sight.
    """
    calls = list(chain_of(source, given))
    batches = [place for place, call in enumerate(calls) if is_of(call, "batch", "padded_batch")]
    for place, call in enumerate(calls):
        value = _mapped_to(source, call) if batches and is_of(call, "map") else None
        if value is not None:
            yield inputs_in(value), max(batches) > place


def inputs_in(batch: ast.expr) -> ast.expr:
    """The first part of a batch or an element."""
    return batch.elts[0] if isinstance(batch, ast.Tuple | ast.List) and batch.elts else batch


def _mapped_to(source: Source, call: ast.Call) -> ast.expr | None:
    """What the function returns that a `map` is given."""
    match argument(call, "map_func", 0):
        case ast.Lambda(body=body):
            return body
        case ast.Name(id=name):
            function = binder_in_sight(source, call, name)
            returns = _returns_of(function) if isinstance(function, ast.FunctionDef) else []
            return returns[0] if len(returns) == 1 else None
        case _:
            return None


def _returns_of(function: ast.FunctionDef) -> list[ast.expr | None]:
    return [each.value for each in own_nodes(function) if isinstance(each, ast.Return)]
