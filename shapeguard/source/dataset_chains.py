"""The methods by which a program makes a `tf.data` dataset, back from the call that it is handed to."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from shapeguard.source.callables import function_named, results_of
from shapeguard.source.code_places import assigned_to
from shapeguard.source.name_bindings import binder_in_sight, last_binder
from shapeguard.source.trees import last_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.source.trees import Source

LONGEST = 40
"""Steps that are followed: a loop would go on for ever."""
SHAPES, SIGNATURE = 2, 4
"""The places of `output_shapes` and `output_signature` among the arguments of `from_generator`."""


def chain_of(source: Source, given: ast.expr) -> Iterator[ast.Call]:
    """The calls of methods that a dataset comes from, the last first, through names and functions of the file."""
    node: ast.expr | None = given
    for _ in range(LONGEST):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and not _is_own(source, node.func):
            yield node
        node = _before(source, node)


def makers_of(source: Source, given: ast.expr, names: tuple[str, ...]) -> Iterator[ast.Call]:
    """The calls of functions of these names that a dataset comes from, through what is chained to them."""
    node: ast.expr | None = given
    for _ in range(LONGEST):
        if isinstance(node, ast.Call) and is_of(node, *names):
            yield node
            return
        node = _before(source, node)


def _before(source: Source, node: ast.expr | None) -> ast.expr | None:
    match node:
        case ast.Name(id=name):
            binder = last_binder(source, node, name) or binder_in_sight(source, node, name)
            return None if binder is None else assigned_to(binder, name)
        case ast.Call(func=ast.Attribute(value=owner) as method) if not _is_own(source, method):
            return owner
        case ast.Call(func=called):
            function = function_named(source, called)
            returns = [] if function is None else results_of(function)
            return returns[0] if len(returns) == 1 else None
        case _:
            return None


def _is_own(source: Source, method: ast.Attribute) -> bool:
    """Whether a method is of a class of the file, and so none of a dataset."""
    return function_named(source, method) is not None


def argument(call: ast.Call, name: str, place: int) -> ast.expr | None:
    """What a method is given by keyword or at a place."""
    written = next((each.value for each in call.keywords if each.arg == name), None)
    return written or next(iter(call.args[place : place + 1]), None)


def batch_of_windows(call: ast.Call) -> ast.Call | None:
    """The call of `batch` that a `flat_map` makes of each window: `flat_map(lambda w: w.batch(5))`."""
    match argument(call, "map_func", 0):
        case ast.Lambda(args=ast.arguments(args=[parameter]), body=ast.Call(func=ast.Attribute() as function) as made):
            owner = function.value
            is_own = isinstance(owner, ast.Name) and owner.id == parameter.arg
            return made if is_own and function.attr == "batch" else None
        case _:
            return None


def shapes_declared(call: ast.Call) -> list[ast.Tuple | ast.List]:
    """The shapes that `from_generator` declares, as they are written; none that is not written as a tuple or list."""
    signature, shapes = argument(call, "output_signature", SIGNATURE), argument(call, "output_shapes", SHAPES)
    found = [] if signature is None else list(_in_specs(signature))
    return found if shapes is None else [*found, *_in_shapes(shapes)]


def _in_specs(node: ast.expr) -> Iterator[ast.Tuple | ast.List]:
    """The shapes of the specs in a structure."""
    match node:
        case ast.Tuple(elts=inside) | ast.List(elts=inside) | ast.Dict(values=inside):
            for each in inside:
                yield from _in_specs(each)
        case ast.Call():
            shape = argument(node, "shape", 0)
            if isinstance(shape, ast.Tuple | ast.List):
                yield shape
        case _:
            return


def _in_shapes(node: ast.expr) -> Iterator[ast.Tuple | ast.List]:
    """The shapes in a structure of shapes: those whose elements are sizes."""
    match node:
        case ast.Tuple(elts=inside) | ast.List(elts=inside) if any(map(_is_nested, inside)):
            for each in inside:
                yield from _in_shapes(each)
        case ast.Tuple() | ast.List():
            yield node
        case ast.Dict(values=inside):
            for each in inside:
                yield from _in_shapes(each)
        case ast.Call(args=[inner]):
            yield from _in_shapes(inner)
        case _:
            return


def _is_nested(node: ast.expr) -> bool:
    return isinstance(node, ast.Tuple | ast.List | ast.Dict | ast.Call)


def is_of(call: ast.Call, *names: str) -> bool:
    """Whether a call is of a method of one of these names."""
    return last_name(call.func) in names
