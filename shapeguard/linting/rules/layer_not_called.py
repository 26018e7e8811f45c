"""SG712 layer-not-called: a layer where Keras expects its output, as in `Model(x, Dense(3))`."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from shapeguard.linting.bindings import last_tensor, simple_statements, value_of
from shapeguard.linting.findings import Change, Finding, FindingText, Rule
from shapeguard.linting.model_calls import is_model
from shapeguard.records.source import Opaque, Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.linting.calls import LayerCall, Module

_TENSORS = frozenset({"inputs", "outputs", "input", "output"})


def check(module: Module) -> Iterator[Finding]:
    """The layers that are passed as tensors to another layer or to `Model`, each once."""
    found: set[int] = set()
    names = _names_of_layers(module)
    users = {id(call): arguments for call in module.calls if (arguments := _tensor_arguments(module, call, names))}
    if not users:
        return
    for block, index, statement in simple_statements(module):
        for node in ast.walk(statement):
            for argument in users.get(id(node), ()):
                layer, before = _layer(module, argument, block[:index])
                if layer is not None and id(layer.node) not in found:
                    found.add(id(layer.node))
                    yield _finding(module, layer, argument, last_tensor(module, before))


def _names_of_layers(module: Module) -> frozenset[str]:
    """The names to which the file assigns a layer somewhere."""
    return frozenset(
        target.id
        for node in module.statements.assignments
        if (layer := module.layer_call(node.value)) is not None and not layer.is_input
        for target in node.targets
        if isinstance(target, ast.Name)
    )


def _tensor_arguments(module: Module, call: ast.Call, names: frozenset[str]) -> list[ast.expr]:
    """The arguments of a call that must be tensors and may be layers, those in a list too."""
    if is_model(module, call):
        arguments = [*call.args, *(word.value for word in call.keywords if word.arg in _TENSORS)]
    elif isinstance(call.func, ast.Call) and module.layer_call(call.func) is not None:
        arguments = list(call.args)
    else:
        return []
    every = [part for one in arguments for part in (one.elts if isinstance(one, ast.List | ast.Tuple) else [one])]
    return [one for one in every if _may_be_layer(module, one, names)]


def _may_be_layer(module: Module, node: ast.expr, names: frozenset[str]) -> bool:
    if isinstance(node, ast.Name):
        return node.id in names
    layer = module.layer_call(node)
    return layer is not None and not layer.is_input


def _layer(module: Module, argument: ast.expr, before: list[ast.stmt]) -> tuple[LayerCall | None, list[ast.stmt]]:
    """The layer that an argument is, though it was not called, and the statements before the one that makes it."""
    value: ast.expr | None = argument
    if isinstance(argument, ast.Name):
        value = value_of(argument.id, before)
        index = next((index for index, one in enumerate(before) if getattr(one, "value", None) is value), 0)
        before = before[:index]
    layer = module.layer_call(value) if value is not None else None
    return (None if layer is None or layer.is_input else layer), before


def _finding(module: Module, layer: LayerCall, argument: ast.expr, tensor: str | None) -> Finding:
    span = module.span(layer.node)
    code = module.code(layer.node)
    end = Span(span.file, span.end_line, span.end_column, span.end_line, span.end_column)
    call = f"({tensor})" if tensor else None
    corrected = f"{code}({tensor or '...'})"
    change = Change(
        "call", None, Opaque(" ".join(corrected.split())), span, explicit=False, replaces=end, replacement=call
    )
    if call is None:
        change = Change("call", None, Opaque("the output of the layer"), span, explicit=False)
    passed = f"`{argument.id}`" if isinstance(argument, ast.Name) else "it"
    text = FindingText(
        headline=f"suspicious call {layer.written}: the layer is not called, and {passed} is passed as a tensor",
        title=f"{layer.layer} is constructed and not called",
        explanation="A layer is no tensor: its output is what a call of it with the tensor before returns.",
        label="not called",
        fix_note="call the layer",
    )
    return Finding(layer.name, layer.layer, span, (change,), text, corrected, kind="structure")


RULE = Rule(
    "SG712",
    "layer-not-called",
    "a layer that is passed where a tensor is expected: Model(x, Dense(3))",
    check,
)
