"""The calls that made an array which a program hands over, followed through names, parts and conversions."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from shapeguard.source.code_places import assigned_to
from shapeguard.source.constants import own_nodes
from shapeguard.source.name_bindings import last_binder, scope_of
from shapeguard.source.trees import last_name

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from shapeguard.source.trees import Source

_CONVERSIONS = frozenset({"to_categorical", "array", "asarray", "constant", "convert_to_tensor", "cast", "float32"})
"""Functions that give the samples of their first argument, each as it is or as a row."""
_METHODS = frozenset({"astype", "copy", "numpy"})
_JOINS = frozenset({"concatenate", "concat", "vstack"})
"""Functions that put arrays behind each other, in a list as their first argument."""
_SPLIT = "train_test_split"
"""It gives two parts of each of its arguments, in order."""
_MOST = 20
"""How many names, parts and conversions are followed, at most."""


def makers_of(source: Source, node: ast.expr, names: Collection[str], steps: int = _MOST) -> list[ast.Call]:
    """The calls of functions of these names that made the array which an expression is.

    Empty where any part of it is made in another way.
    """
    if isinstance(node, ast.Call) and last_name(node.func) in names:
        return [node]
    behind = list(_behind(source, node)) if steps else []
    found = [makers_of(source, each, names, steps - 1) for each in behind]
    return [maker for each in found for maker in each] if all(found) else []


def _behind(source: Source, node: ast.expr) -> Iterator[ast.expr]:
    """The expressions that the values of another one come from."""
    match node:
        case ast.Name(id=name):
            yield from _bound(source, node, name)
        case ast.Subscript(value=value, slice=index) if not isinstance(index, ast.Tuple):
            yield value
        case ast.UnaryOp(operand=value):
            yield value
        case ast.BinOp(left=left, right=right):
            yield from (each for each in (left, right) if not isinstance(each, ast.Constant))
        case ast.Call():
            yield from _behind_call(source, node)


def _behind_call(source: Source, call: ast.Call) -> Iterator[ast.expr]:
    name = last_name(call.func)
    match call.args:
        case [ast.List(elts=elements) | ast.Tuple(elts=elements), *_] if name in _JOINS:
            yield from elements
        case [first, *_] if name in _CONVERSIONS:
            yield first
        case _ if name in _METHODS and isinstance(call.func, ast.Attribute):
            yield call.func.value
        case _:
            yield from _returned(source, call, ())


def _bound(source: Source, place: ast.expr, name: str) -> Iterator[ast.expr]:
    """What a name was given last before a place."""
    binder = last_binder(source, place, name)
    value = None if binder is None else assigned_to(binder, name)
    if value is not None:
        yield value
    elif isinstance(binder, ast.Assign) and len(binder.targets) == 1 and isinstance(binder.value, ast.Call):
        path = _path_to(binder.targets[0], name)
        if last_name(binder.value.func) == _SPLIT and len(path) == 1:
            yield from binder.value.args[path[0] // 2 : path[0] // 2 + 1]
        elif path:
            yield from _returned(source, binder.value, path)


def _path_to(target: ast.expr, name: str) -> tuple[int, ...]:
    """Where a name stands among nested targets of an assignment; `()` where it does not."""
    if not isinstance(target, ast.Tuple | ast.List):
        return ()
    for place, each in enumerate(target.elts):
        if isinstance(each, ast.Name) and each.id == name:
            return (place,)
        inner = _path_to(each, name)
        if inner:
            return (place, *inner)
    return ()


def _returned(source: Source, call: ast.Call, path: Sequence[int]) -> Iterator[ast.expr]:
    """What the only `return` of a function of the file gives, or the part of it at a path."""
    function = _function_called(source, call)
    returns = [] if function is None else [n.value for n in own_nodes(function) if isinstance(n, ast.Return)]
    value = returns[0] if len(returns) == 1 else None
    for index in path:
        parts = value.elts if isinstance(value, ast.Tuple | ast.List) else []
        value = parts[index] if index < len(parts) else None
    if value is not None:
        yield value


def _function_called(source: Source, call: ast.Call) -> ast.FunctionDef | None:
    """The only function of the file that has the name of what is called; not the one around the call."""
    name = call.func.id if isinstance(call.func, ast.Name) else None
    found = [node for node in source.tree.body if isinstance(node, ast.FunctionDef) and node.name == name]
    return found[0] if len(found) == 1 and scope_of(source, call) is not found[0] else None
