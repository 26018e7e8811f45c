"""Models as the source makes them, and calls of their methods."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shapeguard.linting.sequences import is_sequential

if TYPE_CHECKING:
    from shapeguard.linting.calls import Module

_MODELS = frozenset({"keras.Model", "keras.models.Model", "keras.engine.Model"})


@dataclass(frozen=True, slots=True)
class ModelName:
    """A name or attribute of the file, `model` or `self.model`, and the call that makes its model."""

    written: str
    call: ast.Call


def is_model(module: Module, node: ast.Call) -> bool:
    """Whether the call constructs a functional model."""
    return module.names.resolve(node.func) in _MODELS


def models(module: Module) -> tuple[ModelName, ...]:
    """What the file assigns a model to that it constructs."""
    return module.once(_all_models)


def _all_models(module: Module) -> tuple[ModelName, ...]:
    return tuple(
        ModelName(module.code(target), node.value)
        for node in module.statements.assignments
        if isinstance(node.value, ast.Call)
        if is_model(module, node.value) or is_sequential(module, node.value)
        for target in node.targets
    )
