"""The expressions that make the elements of a `tf.data` dataset, and the lists in them: back through its methods."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from shapeguard.source.callables import function_named, results_of
from shapeguard.source.code_places import assigned_to
from shapeguard.source.constants import own_nodes
from shapeguard.source.dataset_chains import argument, chain_of, is_of
from shapeguard.source.name_bindings import Function, binders_in, class_of, scope_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapeguard.source.trees import Source

_KEPT = ("batch", "cache", "filter", "padded_batch", "prefetch", "repeat", "shuffle", "skip", "take", "with_options")
"""Methods of a dataset that leave the parts of its elements as they are."""
_FURTHEST = 8
"""Functions that are followed into one another: those that call themselves would go on for ever."""
Lists = ast.List | ast.ListComp


def lists_in_elements(source: Source, given: ast.expr, index: int, count: int) -> list[Lists]:
    """The lists of `count` tensors that stand for one part of a dataset's elements, one in each return.

    None where any of what makes that part is something else, or is not in sight.
    """
    found = [_list_of(source, each, count) for each in parts_made(source, given, index)]
    lists = [each for each in found if each is not None]
    return lists if len(lists) == len(found) else []


def parts_made(source: Source, given: ast.expr, index: int) -> list[ast.expr]:
    """The expressions for one part of a dataset's elements in the first function that names it, one in each return.

    None where it is not in sight.
    """
    made: list[ast.expr] = []
    part: int | None = index
    for call in chain_of(source, given):
        if is_of(call, "map") and part is not None:
            made, part = _in_mapped(source, call, part)
        elif not is_of(call, *_KEPT):
            return made
        if part is None:
            return made
    return made


def part_sliced(source: Source, given: ast.expr, index: int) -> ast.expr | None:
    """The whole array that a dataset is cut of for one part of its elements; `None` where that is not in sight."""
    for call in chain_of(source, given):
        if is_of(call, "from_tensor_slices"):
            whole = argument(call, "tensors", 0)
            return None if whole is None else _part(source, whole, index, _FURTHEST)
        if not is_of(call, *_KEPT):
            break
    return None


def _in_mapped(source: Source, call: ast.Call, index: int) -> tuple[list[ast.expr], int | None]:
    """What a mapped function returns for a part, and which part of its elements it hands on there, if one."""
    mapped = argument(call, "map_func", 0)
    function = None if mapped is None else function_named(source, mapped)
    if function is None:
        return [], None
    parts = [_part(source, each, index, _FURTHEST) for each in results_of(function)]
    known = [each for each in parts if each is not None]
    return (known, _handed_on(_names_given(source, function), known)) if len(known) == len(parts) else ([], None)


def _handed_on(names: Sequence[str], parts: Sequence[ast.expr]) -> int | None:
    """The place among the parameters of the one that all these expressions are."""
    read = {each.id if isinstance(each, ast.Name) else None for each in parts}
    name = read.pop() if len(read) == 1 else None
    return names.index(name) if name in names else None


def _names_given(source: Source, function: Function) -> list[str]:
    """The parameters that a mapped function gets the parts of an element for."""
    names = [each.arg for each in function.args.args]
    return names if class_of(source, function) is None else names[1:]


def _part(source: Source, result: ast.expr, index: int, further: int) -> ast.expr | None:
    """The expression for one part of a result, through names and one call of a function of the file."""
    match result:
        case ast.Tuple(elts=elements):
            whole = not any(isinstance(each, ast.Starred) for each in elements)
            return elements[index] if whole and index < len(elements) else None
        case ast.Name():
            value = _given_once(source, result)
            return None if value is None or not further else _part(source, value, index, further - 1)
        case ast.Call(func=called):
            function = function_named(source, called)
            results = [] if function is None else results_of(function)
            return _part(source, results[0], index, further - 1) if len(results) == 1 and further else None
        case _:
            return None


def _list_of(source: Source, node: ast.expr, count: int) -> Lists | None:
    """The list of so many tensors that this is, or that its name was given."""
    value = _given_once(source, node) if isinstance(node, ast.Name) else node
    match value:
        case ast.List(elts=elements) if len(elements) == count and not any(map(_is_spread, elements)):
            return value
        case ast.ListComp():
            return value
        case _:
            return None


def _given_once(source: Source, name: ast.Name) -> ast.expr | None:
    """What the only statement of the function around gives to a name; `None` where others change it."""
    binders = binders_in(source, scope_of(source, name)).get(name.id, [])
    return assigned_to(binders[0], name.id) if len(binders) == 1 and not _is_changed(source, name) else None


def _is_changed(source: Source, name: ast.Name) -> bool:
    """Whether a method of a list is called on a name, or an element of it is replaced."""
    return any(_changes(each, name.id) for each in own_nodes(scope_of(source, name)))


def _changes(node: ast.AST, name: str) -> bool:
    match node:
        case ast.Attribute(value=ast.Name(id=changed)) | ast.Subscript(value=ast.Name(id=changed), ctx=ast.Store()):
            return changed == name
        case _:
            return False


def _is_spread(node: ast.expr) -> bool:
    return isinstance(node, ast.Starred)
