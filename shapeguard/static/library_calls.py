"""Calls of Python's library and of scikit-learn: command lines, partial functions, splits of data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shapeguard.static import guards
from shapeguard.static.data import GENERATOR
from shapeguard.static.given import Given
from shapeguard.static.loaders import train_test_split
from shapeguard.static.values import (
    ANY,
    Applicable,
    DictValue,
    Named,
    Record,
)

if TYPE_CHECKING:
    import ast

    from shapeguard.static.machine import Machine
    from shapeguard.static.state import Scope


def of_library(path: str, given: Given) -> Any:
    """A call of a function of Python's library or of scikit-learn."""
    match path:
        case "sklearn.model_selection.train_test_split":
            return train_test_split(given)
        case "argparse.ArgumentParser":
            return Record({"options": DictValue.of({})}, "parser")
        case "sys.exit" | "os._exit":
            return Named("(exit)")
        case "types.SimpleNamespace":
            return Record(dict(given.keywords))
        case "functools.partial" if given.args:
            return _partial(given)
        case "copy.copy" | "copy.deepcopy" if given.args and not isinstance(given.args[0], Applicable):
            return given.args[0]
    return ANY


def _partial(given: Given) -> Any:
    first, *rest = given.args

    def later(machine: Machine, more: Given, node: ast.AST, scope: Scope) -> Any:
        keywords = {**given.keywords, **more.keywords}
        return machine.call(node, first, Given((*rest, *more.args), keywords, more.is_open), scope)

    return Record({"(call)": later}, "partial")


def of_record(machine: Machine, owner: Record, name: str, given: Given, node: ast.AST, scope: Scope) -> Any:
    """What a method of a generator of numbers, a command line or a dataset gives."""
    if owner.kind == "generator":
        made = GENERATOR.get(name)
        return ANY if made is None else made(given)
    if owner.kind == guards.GUARD:
        return guards.of_guard(machine, owner, name, given, node, scope)
    if owner.kind == "parser":
        return _of_parser(machine, owner, name, given)
    if owner.kind == "dataset" and name in {"map", "prefetch", "cache", "shuffle", "take", "skip"}:
        return owner if name != "map" else ANY
    return ANY


def _of_parser(machine: Machine, owner: Record, name: str, given: Given) -> Any:
    """An option of a command line, or the defaults of all."""
    options = owner.cells["options"]
    if name in {"add_argument_group", "add_mutually_exclusive_group"}:
        return owner
    if name == "add_argument":
        flags = [flag for flag in given.args if isinstance(flag, str)]
        long = next((flag for flag in flags if flag.startswith("--")), flags[0] if flags else "")
        target = given.keywords.get("dest", long.lstrip("-").replace("-", "_"))
        entries = {**options.entries, target: _default_of(flags, given)}
        machine.state.set(options.cells, "entries", entries)
        return ANY
    if name in {"parse_args", "parse_known_args"}:
        parsed = Record(dict(options.entries))
        return parsed if name == "parse_args" else (parsed, ANY)
    return ANY


def _default_of(flags: list[str], given: Given) -> Any:
    if "default" in given.keywords:
        return given.keywords["default"]
    action = given.keywords.get("action")
    if action in {"store_true", "store_false"}:
        return action == "store_false"
    is_optional = any(flag.startswith("-") for flag in flags) and not given.keywords.get("required")
    return None if is_optional else ANY
