"""SG701 keras1-keyword: an argument under its name of Keras 1, which Keras 3 refuses."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from shapeguard.linting.calls import literal
from shapeguard.linting.findings import Change, Finding, FindingText, Rule, corrected, finding
from shapeguard.linting.sequences import is_sequential
from shapeguard.records.source import Opaque, Span

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from shapeguard.linting.calls import LayerCall, Module

_WEIGHTS = {
    "init": "kernel_initializer",
    "W_regularizer": "kernel_regularizer",
    "b_regularizer": "bias_regularizer",
    "W_constraint": "kernel_constraint",
    "b_constraint": "bias_constraint",
    "bias": "use_bias",
}
_PLACEMENT = {
    "nb_filter": "filters",
    "border_mode": "padding",
    "subsample": "strides",
    "dim_ordering": "data_format",
}
_CONVOLUTION = _WEIGHTS | _PLACEMENT
_CONVOLUTION_1D = _CONVOLUTION | {"filter_length": "kernel_size", "subsample_length": "strides"}
_RECURRENT = {
    "output_dim": "units",
    "init": "kernel_initializer",
    "inner_init": "recurrent_initializer",
    "W_regularizer": "kernel_regularizer",
    "U_regularizer": "recurrent_regularizer",
    "b_regularizer": "bias_regularizer",
    "dropout_W": "dropout",
    "dropout_U": "recurrent_dropout",
}
_GATED = _RECURRENT | {"inner_activation": "recurrent_activation"}
_POOLING = {"border_mode": "padding", "dim_ordering": "data_format"}
_POOLING_1D = {"pool_length": "pool_size", "stride": "strides", "border_mode": "padding"}
_PLACED = {"dim_ordering": "data_format"}

# From the release notes of Keras 2 and its removed keras/legacy/interfaces.py (2.0 to 2.3).
RENAMED: dict[str, Mapping[str, str]] = {
    "Dense": _WEIGHTS | {"output_dim": "units"},
    "Conv1D": _CONVOLUTION_1D,
    "Conv2D": _CONVOLUTION,
    "Conv3D": _CONVOLUTION,
    "SeparableConv2D": _PLACEMENT,
    "Conv2DTranspose": _CONVOLUTION,
    "Embedding": {"init": "embeddings_initializer", "W_regularizer": "embeddings_regularizer"},
    "LSTM": _GATED,
    "GRU": _GATED,
    "SimpleRNN": _RECURRENT,
    "MaxPooling1D": _POOLING_1D,
    "AveragePooling1D": _POOLING_1D,
    "MaxPooling2D": _POOLING,
    "AveragePooling2D": _POOLING,
    "MaxPooling3D": _POOLING,
    "AveragePooling3D": _POOLING,
    "GlobalMaxPooling2D": _PLACED,
    "GlobalAveragePooling2D": _PLACED,
    "ZeroPadding2D": _PLACED,
    "ZeroPadding3D": _PLACED,
    "Cropping2D": _PLACED,
    "Cropping3D": _PLACED,
    "UpSampling1D": {"length": "size"},
    "UpSampling2D": _PLACED,
    "UpSampling3D": _PLACED,
    "BatchNormalization": {"beta_init": "beta_initializer", "gamma_init": "gamma_initializer"},
    "Dropout": {"p": "rate"},
    "SpatialDropout1D": {"p": "rate"},
    "SpatialDropout2D": {"p": "rate"},
    "GaussianDropout": {"p": "rate"},
    "GaussianNoise": {"sigma": "stddev"},
}
_KERNEL = ("nb_row", "nb_col")
_ORDERINGS = {"tf": "channels_last", "th": "channels_first"}
_MODELS = frozenset({"keras.Model", "keras.models.Model", "keras.engine.Model"})
_TRAINING_NAMES = frozenset({"input", "output", "nb_epoch"})


def check(module: Module) -> Iterator[Finding]:
    """The calls with `nb_filter=`, `border_mode=` and the like, one finding per call."""
    for call in module.layers:
        changes = tuple(_renamings(module, call))
        if changes:
            headline = f"suspicious call {call.written}: {call.layer} of Keras 3 knows no {_names(changes)}"
            yield finding(module, call, changes, _text(headline, changes))
    yield from _trainings(module)


def _renamings(module: Module, call: LayerCall) -> Iterator[Change]:
    renamed = RENAMED.get(call.layer, {})
    for name, keyword in call.keywords.items():
        if name == "dim_ordering" and name in renamed:
            yield _ordering(module, keyword)
        elif name in renamed:
            yield _renaming(module, keyword, renamed[name])
        elif name in _KERNEL and "nb_filter" in renamed:
            yield Change(name, module.value(keyword.value), Opaque("kernel_size=..."), module.span(keyword))


def _renaming(module: Module, keyword: ast.keyword, successor: str) -> Change:
    """The new name in the place of the old one."""
    span = module.span(keyword)
    name = keyword.arg or ""
    written = Span(span.file, span.line, span.column, span.line, span.column + len(name))
    value, suggestion = module.value(keyword.value), Opaque(f"{successor}=...")
    return Change(name, value, suggestion, span, replaces=written, replacement=successor)


def _ordering(module: Module, keyword: ast.keyword) -> Change:
    """`data_format` in the place of `dim_ordering`, whose values have other names too."""
    ordering = _ORDERINGS.get(str(literal(keyword.value)))
    span, value = module.span(keyword), module.value(keyword.value)
    if ordering is None:
        return Change("dim_ordering", value, Opaque("data_format=..."), span)
    quote = "'" if module.code(keyword.value).startswith("'") else '"'
    replacement = f"data_format={quote}{ordering}{quote}"
    return Change("dim_ordering", value, Opaque(replacement), span, replaces=span, replacement=replacement)


def _trainings(module: Module) -> Iterator[Finding]:
    """`Model(input=..., output=...)`, and `fit(nb_epoch=...)` of a model that the file itself makes."""
    if not module.names.keras:
        return
    calls = [node for node in ast.walk(module.tree) if isinstance(node, ast.Call)]
    if not any(keyword.arg in _TRAINING_NAMES for node in calls for keyword in node.keywords):
        return
    models = _models(module)
    for node in calls:
        renamed = _renamed_in(module, node, models)
        changes = tuple(
            _renaming(module, keyword, renamed[keyword.arg]) for keyword in node.keywords if keyword.arg in renamed
        )
        if changes:
            called, span = module.code(node.func), module.span(node)
            text = _text(f"suspicious call {called}: Keras 3 knows no {_names(changes)} here", changes)
            name = called.rpartition(".")[2]
            yield Finding(called, name, span, changes, text, corrected(module, span, changes))


def _models(module: Module) -> set[str]:
    """The expressions to which the file assigns a model that it constructs."""
    return {
        module.code(target)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call)
        if _is_model(module, node.value) or is_sequential(module, node.value)
        for target in node.targets
    }


def _is_model(module: Module, node: ast.Call) -> bool:
    return module.names.resolve(node.func) in _MODELS


def _renamed_in(module: Module, node: ast.Call, models: set[str]) -> Mapping[str | None, str]:
    """The renamed arguments of a call that is no layer's, with their successors."""
    if _is_model(module, node):
        return {"input": "inputs", "output": "outputs"}
    if isinstance(node.func, ast.Attribute) and node.func.attr == "fit" and module.code(node.func.value) in models:
        return {"nb_epoch": "epochs"}
    return {}


def _names(changes: tuple[Change, ...]) -> str:
    return ", ".join(f"`{change.argument}`" for change in changes)


def _text(headline: str, changes: tuple[Change, ...]) -> FindingText:
    return FindingText(
        headline,
        title=f"{_names(changes)} {'is a Keras 1 name' if len(changes) == 1 else 'are Keras 1 names'}",
        label="Keras 1 name",
        fix_note="; ".join(f"`{change.argument}` is now `{_successor(change)}`" for change in changes),
    )


def _successor(change: Change) -> str:
    assert isinstance(change.suggestion, Opaque)  # noqa: S101  made so in this module
    return change.suggestion.text.partition("=")[0]


RULE = Rule(
    "SG701",
    "keras1-keyword",
    "a name of Keras 1: nb_filter, border_mode, nb_epoch",
    check,
    proves_keras1=True,
)
