"""SG713 softmax-from-logits: probabilities come out of the model, but its loss takes them for logits."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from shapeguard.linting.bindings import value_of
from shapeguard.linting.calls import literal
from shapeguard.linting.findings import Change, Finding, FindingText, Rule
from shapeguard.linting.model_calls import is_model
from shapeguard.linting.sequences import sequences

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.linting.calls import LayerCall, Module

_OPTION = "from_logits"
_LOSSES = "keras.losses."
_ACTIVATIONS = {"CategoricalCrossentropy": "softmax", "SparseCategoricalCrossentropy": "softmax"} | {
    "BinaryCrossentropy": "sigmoid"
}
"""The activation that each loss undoes with `from_logits=True`."""


def check(module: Module) -> Iterator[Finding]:
    """The `compile(loss=...Crossentropy(from_logits=True))` of models that end in that activation."""
    if not module.mentions(_OPTION):
        return
    for block in module.statements.blocks:
        for index, statement in enumerate(block):
            match statement:
                case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="compile")) as compiled):
                    yield from _of_compile(module, name, compiled, block[:index])


def _of_compile(module: Module, name: str, compiled: ast.Call, before: list[ast.stmt]) -> Iterator[Finding]:
    loss = _loss(compiled, before)
    option = _option(loss) if loss is not None else None
    if loss is None or option is None:
        return
    path = module.names.resolve(loss.func) or ""
    undone = _ACTIVATIONS.get(path.removeprefix(_LOSSES), "")
    model = value_of(name, before) if undone and path.startswith(_LOSSES) else None
    last = _last_layer(module, model, before) if isinstance(model, ast.Call) else None
    if last is not None and _activation(last) == undone:
        yield _finding(module, loss, option, last, undone)


def _option(loss: ast.Call) -> ast.keyword | None:
    """The `from_logits=True` of a loss."""
    return next((word for word in loss.keywords if word.arg == _OPTION and literal(word.value) is True), None)


def _loss(compiled: ast.Call, before: list[ast.stmt]) -> ast.Call | None:
    """The call that makes the loss, in the call of `compile` or in a statement before it."""
    written = _passed(compiled, "loss")
    if isinstance(written, ast.Name):
        written = value_of(written.id, before)
    return written if isinstance(written, ast.Call) else None


def _passed(call: ast.Call, name: str) -> ast.expr | None:
    """The argument of this name, which is the second by position."""
    written = next((word.value for word in call.keywords if word.arg == name), None)
    return call.args[1] if written is None and len(call.args) > 1 else written


def _last_layer(module: Module, model: ast.Call, before: list[ast.stmt]) -> LayerCall | None:
    """The layer whose output is the model's only one; `None` if the source does not show it."""
    if not is_model(module, model):
        sequence = next((one for one in sequences(module) if one.node is model), None)
        return sequence.entries[-1].call if sequence is not None and sequence.entries else None
    index = next((index for index, one in enumerate(before) if getattr(one, "value", None) is model), 0)
    outputs = _passed(model, "outputs")
    if isinstance(outputs, ast.Name):
        outputs = value_of(outputs.id, before[:index])
    return module.layer_call(outputs.func) if isinstance(outputs, ast.Call) else None


def _activation(layer: LayerCall) -> str:
    """The last activation that a layer applies, in Keras' word for it; "" if the source does not show it."""
    written = layer.argument("activation")
    if written is None:
        return layer.layer.lower()  # Softmax and the like are layers too
    value = literal(written)
    return value if isinstance(value, str) else ""


def _finding(module: Module, loss: ast.Call, option: ast.keyword, last: LayerCall, activation: str) -> Finding:
    span, place = module.span(option), module.span(option.value)
    written = module.code(loss.func)
    change = Change(_OPTION, True, False, span, replaces=place, replacement="False")  # noqa: FBT003  the two values
    text = FindingText(
        headline=f"suspicious call {written}: {_OPTION}=True, but the model ends in {activation} ({last.written})",
        title=f"`{_OPTION}=True` of {written.rpartition('.')[2]} applies {activation} a second time",
        explanation=f"The loss applies {activation} to what the model returns, and {last.written} has done so already. "
        "Nothing fails, but the model learns badly.",
        label=f"the outputs are no logits: {activation} was applied",
        fix_note=f"pass {_OPTION}=False, or leave out {activation} in the last layer",
    )
    corrected = module.code(loss).replace(module.code(option), f"{_OPTION}=False", 1)
    return Finding(written, written.rpartition(".")[2], module.span(loss), (change,), text, corrected)


RULE = Rule(
    "SG713",
    "softmax-from-logits",
    "a loss with from_logits=True behind a softmax or sigmoid",
    check,
)
