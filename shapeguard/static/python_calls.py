"""Python's own functions, and the methods of strings, lists and dicts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shapeguard.static import sequence_calls
from shapeguard.static.plain_values import PLAIN, python_value
from shapeguard.static.values import (
    ANY,
    Class,
    DictValue,
    Function,
    Instance,
    Layer,
    ListValue,
    Model,
    Named,
    Record,
    Runtime,
    Symbol,
    Tensor,
)

if TYPE_CHECKING:
    import ast
    from collections.abc import Callable

    from shapeguard.static.given import Given
    from shapeguard.static.machine import Machine
    from shapeguard.static.state import Scope

NUMERIC: dict[str, Callable[..., Any]] = {
    "int": int,
    "float": float,
    "str": str,
    "bool": bool,
    "abs": abs,
    "round": round,
    "divmod": divmod,
    "pow": lambda *values: pow(*values) if all(abs(value) < 1000 for value in values) else ANY,
    "ord": ord,
    "chr": chr,
    "repr": repr,
}


def python_call(machine: Machine, name: str, given: Given, node: ast.AST, scope: Scope) -> Any:
    """What a function of Python gives."""
    if name in NUMERIC:
        if name == "int" and len(given.args) == 1 and isinstance(given.args[0], Symbol | Runtime):
            return given.args[0]
        return python_value(NUMERIC[name], given)
    special = SPECIAL.get(name)
    return ANY if special is None else special(machine, given, node, scope)


KINDS: dict[str, type | tuple[type, ...]] = {
    "int": int,
    "float": float,
    "str": str,
    "bool": bool,
    "tuple": tuple,
    "list": ListValue,
    "dict": DictValue,
}


def _isinstance(machine: Machine, given: Given, node: ast.AST, scope: Scope) -> Any:
    if len(given.args) != 2:
        return ANY
    value, kinds = given.args
    answers = [_is_of(value, kind) for kind in (kinds if isinstance(kinds, tuple) else (kinds,))]
    return True if True in answers else ANY if None in answers else False


def _is_of(value: Any, kind: Any) -> bool | None:
    if isinstance(value, Instance):
        return kind in value.of.lineage() if isinstance(kind, Class) else None
    name = getattr(kind, "name", "")
    if name in KINDS and isinstance(value, (*PLAIN, tuple, ListValue, DictValue)) and value is not None:
        return isinstance(value, KINDS[name])
    if name in KINDS and (value is None or isinstance(value, Tensor | Layer | Model | Function)):
        return False
    if isinstance(value, (*PLAIN, tuple, ListValue, DictValue)) and isinstance(kind, Class | Named):
        return False
    return None


def _getattr(machine: Machine, given: Given, node: ast.AST, scope: Scope) -> Any:
    if len(given.args) < 2 or not isinstance(given.args[1], str):
        return ANY
    owner, name = given.args[:2]
    return machine.attribute(owner, name)


def _setattr(machine: Machine, given: Given, node: ast.AST, scope: Scope) -> Any:
    if len(given.args) == 3 and isinstance(given.args[0], Instance | Record) and isinstance(given.args[1], str):
        machine.state.set(given.args[0].cells, given.args[1], given.args[2])
    return None


def _next(machine: Machine, given: Given, node: ast.AST, scope: Scope) -> Any:
    return ANY


def _exit(machine: Machine, given: Given, node: ast.AST, scope: Scope) -> Any:
    return Named("(exit)")


SPECIAL: dict[str, Callable[..., Any]] = {
    **sequence_calls.SEQUENCES,
    "isinstance": _isinstance,
    "getattr": _getattr,
    "setattr": _setattr,
    "next": _next,
    "exit": _exit,
    "quit": _exit,
}


NAMES = frozenset({*NUMERIC, *SPECIAL, "print", "open", "super", "type", "hasattr", "filter", "property"})


NAMES_OF_DECORATORS = frozenset({"staticmethod", "classmethod", "property"})
