"""Sequential models as the source spells them: a list of layers, or one `add` after the other."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.linting.calls import LayerCall, Module

_SEQUENTIAL = "Sequential"
_PATHS = {f"keras.{_SEQUENTIAL}", f"keras.models.{_SEQUENTIAL}", f"keras.engine.{_SEQUENTIAL}"}
# Methods of a model that neither add a layer nor hand the model on.
_HARMLESS = frozenset(
    {
        "build", "compile", "evaluate", "fit", "fit_generator", "get_layer", "load_weights", "predict", "save",
        "save_weights", "set_weights", "summary", "to_json", "train_on_batch",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Entry:
    """One layer of a Sequential, and the `add` statement that appends it; `None` if it is an element of a list.

    `call` is `None` for what the source does not show.
    """

    call: LayerCall | None
    statement: ast.stmt | None = None


@dataclass(frozen=True, slots=True)
class Sequence:
    """The layers of one Sequential; `closed` means that nothing is appended after the last one that is known.

    `node` is the call that makes it.
    """

    entries: tuple[Entry, ...]
    node: ast.Call
    closed: bool = True


def sequences(module: Module) -> tuple[Sequence, ...]:
    """Every Sequential of the file."""
    return module.once(_all_sequences)


def _all_sequences(module: Module) -> tuple[Sequence, ...]:
    return tuple(_sequences(module))


def _sequences(module: Module) -> Iterator[Sequence]:
    if not module.names.keras or not module.mentions(_SEQUENTIAL):
        return
    assigned: set[int] = set()
    for block in module.statements.blocks:
        for index, statement in enumerate(block):
            match statement:
                case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call() as value) if is_sequential(module, value):
                    assigned.add(id(value))
                    yield _grown(module, name, value, block[index + 1 :])
    for node in module.calls:
        if id(node) not in assigned and is_sequential(module, node):
            yield Sequence(_listed(module, node), node, closed=bool(node.args or node.keywords))


def is_sequential(module: Module, node: ast.Call) -> bool:
    """Whether the call constructs a Sequential."""
    return module.names.resolve(node.func) in _PATHS


def _listed(module: Module, node: ast.Call) -> tuple[Entry, ...]:
    """The layers that the constructor call is given."""
    first = node.args[0] if node.args else next((word.value for word in node.keywords if word.arg == "layers"), None)
    if isinstance(first, ast.List | ast.Tuple):
        return tuple(Entry(module.layer_call(element)) for element in first.elts)
    return () if first is None else (Entry(None),)


def _grown(module: Module, name: str, node: ast.Call, rest: list[ast.stmt]) -> Sequence:
    """The sequence with the layers that the following statements of the block add."""
    entries = list(_listed(module, node))
    for statement in rest:
        if not module.mentions_between(name, statement.lineno, statement.end_lineno or statement.lineno):
            continue
        match statement:
            case ast.Expr(
                value=ast.Call(func=ast.Attribute(value=ast.Name(id=owner), attr="add"), args=[layer], keywords=[])
            ) if owner == name:
                entries.append(Entry(module.layer_call(layer), statement))
            case ast.Assign(targets=[ast.Name(id=target)]) if target == name:
                return Sequence(tuple(entries), node, closed=not _mentions(statement.value, name))
            case _ if _hands_on(statement, name):
                entries.append(Entry(None, statement))
    return Sequence(tuple(entries), node)


def _mentions(node: ast.AST, name: str) -> bool:
    return any(isinstance(part, ast.Name) and part.id == name for part in ast.walk(node))


def _hands_on(statement: ast.stmt, name: str) -> bool:
    """Whether the statement may add layers: it names the model other than by a harmless method or `return`."""
    harmless = {id(statement.value)} if isinstance(statement, ast.Return) else set()
    for node in ast.walk(statement):  # breadth first: what is harmless is known before its name comes
        if isinstance(node, ast.Attribute) and node.attr in _HARMLESS:
            harmless.add(id(node.value))
        elif isinstance(node, ast.Name) and node.id == name and id(node) not in harmless:
            return True
    return False
