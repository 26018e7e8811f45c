"""Sequential models as the source spells them: a list of layers, or one `add` after the other."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from shapeguard.linting.calls import blocks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.linting.calls import LayerCall, Module

# Methods of a model that neither add a layer nor hand the model on.
_HARMLESS = frozenset(
    {
        "build", "compile", "evaluate", "fit", "fit_generator", "get_layer", "load_weights", "predict", "save",
        "save_weights", "set_weights", "summary", "to_json", "train_on_batch",
    }
)  # fmt: skip


@dataclass(slots=True)
class Sequence:
    """The layers of one Sequential; `None` stands for what the source does not show.

    `statements`: for each layer the `add` statement that appends it; `None` in a list. `closed`: nothing is appended
    after the last one that is known.
    """

    layers: list[LayerCall | None] = field(default_factory=list)
    statements: list[ast.stmt | None] = field(default_factory=list)
    closed: bool = True

    def append(self, layer: LayerCall | None, statement: ast.stmt | None) -> None:
        """One more layer."""
        self.layers.append(layer)
        self.statements.append(statement)


def sequences(module: Module) -> Iterator[Sequence]:
    """Every Sequential of the file."""
    if not module.names.keras:
        return
    taken: set[int] = set()
    for block in blocks(module.tree):
        for index, statement in enumerate(block):
            match statement:
                case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call() as value) if _is_sequential(
                    module, value
                ):
                    taken.add(id(value))
                    yield _grown(module, name, _listed(module, value), block[index + 1 :])
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call) and id(node) not in taken and _is_sequential(module, node):
            sequence = _listed(module, node)
            if not (node.args or node.keywords):
                sequence.closed = False
            yield sequence


def _is_sequential(module: Module, node: ast.Call) -> bool:
    return module.names.resolve(node.func) in {"keras.Sequential", "keras.models.Sequential", "keras.engine.Sequential"}


def _listed(module: Module, node: ast.Call) -> Sequence:
    sequence = Sequence()
    first = node.args[0] if node.args else next((word.value for word in node.keywords if word.arg == "layers"), None)
    if isinstance(first, ast.List | ast.Tuple):
        for element in first.elts:
            sequence.append(module.layer_call(element), None)
    elif first is not None:
        sequence.append(None, None)
    return sequence


def _grown(module: Module, name: str, sequence: Sequence, rest: list[ast.stmt]) -> Sequence:
    """The sequence with the layers that the following statements of the block add."""
    for statement in rest:
        match statement:
            case ast.Expr(
                value=ast.Call(func=ast.Attribute(value=ast.Name(id=owner), attr="add"), args=[layer], keywords=[])
            ) if owner == name:
                sequence.append(module.layer_call(layer), statement)
            case ast.Assign(targets=[ast.Name(id=target)]) if target == name:
                sequence.closed = not _mentions(statement.value, name)
                return sequence
            case _ if _hands_on(statement, name):
                sequence.append(None, statement)
    return sequence


def _mentions(node: ast.AST, name: str) -> bool:
    return any(isinstance(part, ast.Name) and part.id == name for part in ast.walk(node))


def _hands_on(statement: ast.stmt, name: str) -> bool:
    """Whether the statement may add layers: it names the model other than by a harmless method or `return`."""
    harmless = {
        id(node.value) for node in ast.walk(statement) if isinstance(node, ast.Attribute) and node.attr in _HARMLESS
    }
    if isinstance(statement, ast.Return):
        harmless.add(id(statement.value))
    return any(
        isinstance(part, ast.Name) and part.id == name and id(part) not in harmless for part in ast.walk(statement)
    )
