"""What a call passes for a parameter of a function, as far as the two texts tell."""

from __future__ import annotations

import ast
import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shapeguard.source.constants import import_names
from shapeguard.source.name_bindings import class_of, family_of
from shapeguard.source.trees import last_name, parents_in

if TYPE_CHECKING:
    from shapeguard.source.name_bindings import Function
    from shapeguard.source.trees import Source

_BY_KERAS = frozenset({"build", "call", "__call__", "compute_output_shape"})
"""Methods that Keras calls: what else has their name is another function."""


@dataclass(frozen=True, slots=True, eq=False)
class Spread:
    """An argument that a starred expression passes: its `index` in a sequence, or its `key` in a mapping."""

    value: ast.expr
    index: int | None = None
    key: str | None = None


Passed = ast.expr | Spread


def positional_of(call: ast.Call, index: int) -> Passed | None:
    """What a call passes at a position; `None` where it passes nothing there, or a star before it hides the place."""
    for place, node in enumerate(call.args):
        if isinstance(node, ast.Starred):
            is_last = place == len(call.args) - 1
            return Spread(node.value, index=index - place) if is_last else None
        if place == index:
            return node
    return None


def keyword_of(call: ast.Call, name: str) -> Passed | None:
    """What a call passes by a keyword, or may pass by its `**`; `None` for nothing."""
    written = next((each.value for each in call.keywords if each.arg == name), None)
    if written is not None:
        return written
    spread = [each.value for each in call.keywords if each.arg is None]
    return Spread(spread[0], key=name) if len(spread) == 1 else None


def passed_for(source: Source, function: Function, name: str, call: ast.Call) -> Passed | None:
    """What a call of a function passes for one of its parameters; `None` where the default counts, or nothing does."""
    names = positional_names(source, function)
    passed = positional_of(call, names.index(name)) if name in names else None
    return passed or keyword_of(call, name)


def positional_names(source: Source, function: Function) -> list[str]:
    """The parameters that a call may pass by position, without the instance of a method."""
    names = [parameter.arg for parameter in (*function.args.posonlyargs, *function.args.args)]
    return names if class_of(source, function) is None else names[1:]


def default_of(function: Function, name: str) -> ast.expr | None:
    """The default of a parameter; `None` where it has none."""
    arguments = function.args
    positional = [*arguments.posonlyargs, *arguments.args]
    behind = positional[len(positional) - len(arguments.defaults) :]
    pairs = [
        *zip(behind, arguments.defaults, strict=True),
        *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True),
    ]
    return next((default for parameter, default in pairs if parameter.arg == name), None)


def may_call(source: Source, call: ast.Call, function: Function) -> bool:
    """Whether a call is one of the function, by the name under which it is called."""
    name = last_name(call.func)
    if name is None:
        return False
    if isinstance(call.func, ast.Name):
        name = _renamed(source).get(name, name)
    cls = class_of(source, function)
    if cls is None:
        return name == _name_of(source, function)
    if getattr(function, "name", "") in ("__init__", "__new__"):
        return name in ("__init__", "__new__", "cls", *(each.name for each in family_of(source, cls)))
    return isinstance(call.func, ast.Attribute) and name == _name_of(source, function)


@functools.lru_cache(maxsize=16)
def _renamed(source: Source) -> dict[str, str]:
    return import_names(source.tree)


def _name_of(source: Source, function: Function) -> str | None:
    """The name of a function; of a lambda that of the variable that holds it."""
    if not isinstance(function, ast.Lambda):
        return function.name
    match parents_in(source).get(function):
        case ast.Assign(targets=[ast.Name(id=name)]):
            return name
        case _:
            return None


@functools.lru_cache(maxsize=512)
def only_call_of(source: Source, function: Function) -> ast.Call | None:
    """The one call of a function in its file; `None` where there are several or none, or Keras calls it."""
    if getattr(function, "name", "") in _BY_KERAS and class_of(source, function) is not None:
        return None
    calls = [node for node in ast.walk(source.tree) if isinstance(node, ast.Call) and may_call(source, node, function)]
    return calls[0] if len(calls) == 1 else None
