"""SG704 keras1-keyword: an argument under its name of Keras 1, which Keras 3 refuses."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from shapeguard.layers.keras1 import KERNEL, ORDERINGS
from shapeguard.linting.calls import literal
from shapeguard.linting.findings import Change, Finding, FindingText, Rule, corrected, finding
from shapeguard.linting.sequences import is_sequential
from shapeguard.records.source import Opaque, Span

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from shapeguard.linting.calls import LayerCall, Module

_MODELS = frozenset({"keras.Model", "keras.models.Model", "keras.engine.Model"})
_TRAINING_NAMES = frozenset({"input", "output", "nb_epoch"})


def check(module: Module) -> Iterator[Finding]:
    """The calls with `nb_filter=`, `border_mode=` and the like, one finding per call."""
    for call in module.layers:
        changes = tuple(_renamings(module, call))
        if changes:
            headline = f"suspicious call {call.written}: Keras 3's {call.layer} has no {_arguments(changes)}"
            yield finding(module, call, changes, _text(headline, changes))
    yield from _trainings(module)


def _renamings(module: Module, call: LayerCall) -> Iterator[Change]:
    renamed = call.traits.keras1.renamed
    kernel = _kernel(module, call) if "nb_filter" in renamed else None
    if kernel is not None:
        yield from kernel
    for name, keyword in call.keywords.items():
        if name == "dim_ordering" and name in renamed:
            yield _ordering(module, keyword)
        elif name in renamed:
            yield _renaming(module, keyword, renamed[name])
        elif name in KERNEL and "nb_filter" in renamed and kernel is None:
            yield Change(name, module.value(keyword.value), Opaque("kernel_size=..."), module.span(keyword))


def _kernel(module: Module, call: LayerCall) -> tuple[Change, Change] | None:
    """`nb_row=3, nb_col=5` as `kernel_size=(3, 5)`; `None` if one is not there, or they are not neighbours."""
    words = call.node.keywords
    index = next((index for index, word in enumerate(words) if word.arg == KERNEL[0]), None)
    after = words[index + 1 : index + 2] if index is not None else []
    if index is None or not after or after[0].arg != KERNEL[1]:
        return None
    first, last = module.span(words[index]), module.span(after[0])
    sizes = ", ".join(module.code(word.value) for word in (words[index], after[0]))
    kernel = Opaque(f"kernel_size=({sizes})")
    rest = Span(first.file, first.end_line, first.end_column, last.end_line, last.end_column)
    rows, columns = module.value(words[index].value), module.value(after[0].value)
    return (
        Change(KERNEL[0], rows, kernel, first, replaces=first, replacement=kernel.text),
        Change(KERNEL[1], columns, kernel, last, replaces=rest, replacement=""),
    )


def _renaming(module: Module, keyword: ast.keyword, successor: str) -> Change:
    """The new name in the place of the old one."""
    span = module.span(keyword)
    name = keyword.arg or ""
    written = Span(span.file, span.line, span.column, span.line, span.column + len(name))
    value, suggestion = module.value(keyword.value), Opaque(f"{successor}=...")
    return Change(name, value, suggestion, span, replaces=written, replacement=successor)


def _ordering(module: Module, keyword: ast.keyword) -> Change:
    """`data_format` in the place of `dim_ordering`, whose values have other names too."""
    ordering = ORDERINGS.get(str(literal(keyword.value)))
    span, value = module.span(keyword), module.value(keyword.value)
    if ordering is None:
        return Change("dim_ordering", value, Opaque("data_format=..."), span)
    quote = "'" if module.code(keyword.value).startswith("'") else '"'
    replacement = f"data_format={quote}{ordering}{quote}"
    return Change("dim_ordering", value, Opaque(replacement), span, replaces=span, replacement=replacement)


def _trainings(module: Module) -> Iterator[Finding]:
    """`Model(input=..., output=...)`, and `fit(nb_epoch=...)` of a model that the file itself makes."""
    if not any(keyword.arg in _TRAINING_NAMES for node in module.calls for keyword in node.keywords):
        return
    models = _models(module)
    for node in module.calls:
        renamed = _renamed_in(module, node, models)
        changes = tuple(
            _renaming(module, keyword, renamed[keyword.arg]) for keyword in node.keywords if keyword.arg in renamed
        )
        if changes:
            called, span = module.code(node.func), module.span(node)
            text = _text(f"suspicious call {called}: in Keras 3 it has no {_arguments(changes)}", changes)
            name = called.rpartition(".")[2]
            yield Finding(called, name, span, changes, text, corrected(module, span, changes))


def _models(module: Module) -> set[str]:
    """The expressions to which the file assigns a model that it constructs."""
    return {
        module.code(target)
        for node in module.statements.assignments
        if isinstance(node.value, ast.Call)
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


def _arguments(changes: tuple[Change, ...]) -> str:
    return f"argument{'' if len(changes) == 1 else 's'} {_names(changes)}"


def _text(headline: str, changes: tuple[Change, ...]) -> FindingText:
    return FindingText(
        headline,
        title=f"{_names(changes)} {'is a Keras 1 name' if len(changes) == 1 else 'are Keras 1 names'}",
        label="Keras 1 name",
        fix_note="; ".join(_successions(changes)),
    )


def _successions(changes: tuple[Change, ...]) -> Iterator[str]:
    """`nb_row`, `nb_col` are now `kernel_size`, and the like, each successor once."""
    names: dict[str, list[str]] = {}
    for change in changes:
        names.setdefault(_successor(change), []).append(f"`{change.argument}`")
    for successor, old in names.items():
        yield f"{', '.join(old)} {'is' if len(old) == 1 else 'are'} now `{successor}`"


def _successor(change: Change) -> str:
    assert isinstance(change.suggestion, Opaque)  # noqa: S101  made so in this module
    return change.suggestion.text.partition("=")[0]


RULE = Rule(
    "SG704",
    "keras1-keyword",
    "an argument name from Keras 1: nb_filter, border_mode, nb_epoch",
    check,
    proves_keras1=True,
    fixable=True,
)
