"""SG711 unknown-keyword: a keyword that a call does not have, but one like it, or the layer constructed in the call.

`Conv2D(4, 3, stride=2)`, `model.add(Dense(64), activation="relu")`.
"""

from __future__ import annotations

import ast
import difflib
from typing import TYPE_CHECKING

from shapeguard.layers.keras1 import KERNEL
from shapeguard.layers.keywords import keywords_of, own_keywords_of
from shapeguard.linting.findings import Change, Finding, FindingText, Rule, finding
from shapeguard.linting.model_calls import models
from shapeguard.records.source import Opaque, Span
from shapeguard.source.misplaced_keywords import misplaced_in, put_back

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.linting.calls import LayerCall, Module
    from shapeguard.source.misplaced_keywords import Misplaced

_NEAR = 0.8


def check(module: Module) -> Iterator[Finding]:
    """The calls with keywords that Keras would refuse, and whose right form the source tells."""
    yield from _misspelt(module)
    yield from _misplaced(module)


def _misspelt(module: Module) -> Iterator[Finding]:
    """The constructor calls with keywords that are close to ones that they have."""
    for call in module.layers:
        known = keywords_of(call.layer)
        if known is None or call.keywords.keys() <= known:
            continue
        old = {*call.traits.keras1.renamed, *call.traits.keras1.removed, *KERNEL}
        near = {
            name: meant
            for name in call.keywords
            if name not in known and name not in old and (meant := _meant(call, name)) is not None
        }
        if near:
            yield _finding(module, call, near)


def _misplaced(module: Module) -> Iterator[Finding]:
    """The keywords of a layer that stand in the call around its constructor."""
    for node in module.calls:
        misplaced = misplaced_in(node)
        call = None if misplaced is None else module.layer_call(misplaced.made)
        known = None if call is None else keywords_of(call.layer)
        if misplaced is None or call is None or known is None or not {*misplaced.names} <= known:
            continue
        if node.func is misplaced.made or _is_of_model(module, node):
            yield _finding_of_misplaced(module, node, misplaced, call)


def _is_of_model(module: Module, node: ast.Call) -> bool:
    """Whether a method is called on a name that the file gives a model to."""
    owner = node.func.value if isinstance(node.func, ast.Attribute) else node.func
    return module.code(owner) in {model.written for model in models(module)}


def _finding_of_misplaced(module: Module, node: ast.Call, misplaced: Misplaced, call: LayerCall) -> Finding:
    change = put_back(module.places, node, misplaced)
    first = misplaced.keywords[0]
    names = ", ".join(f"`{name}`" for name in misplaced.names)
    are = "is an argument" if len(misplaced.names) == 1 else "are arguments"
    edit = Change(
        first.arg or "",
        module.value(first.value),
        Opaque(call.written if change is None else " ".join((change.text or "").split())),
        module.span(first),
        replaces=None if change is None else change.replaces,
        replacement=None if change is None else change.replacement,
    )
    text = FindingText(
        headline=f"suspicious call {call.written}: {names} {are} of {call.layer}, not of the call around it",
        title=f"{names} {are} of {call.layer}, not of the call around it",
        explanation="Keras raises an error for a keyword that it does not know.",
        label=f"of {call.layer}",
        fix_note="move it into the layer",
    )
    return Finding(call.name, call.layer, module.span(node), (edit,), text, None if change is None else change.text)


def _meant(call: LayerCall, name: str) -> str | None:
    """The one keyword that is close to a name, and not passed already; `None` if there is none, or several are."""
    passed = {*call.keywords, *call.signature[: len(call.positionals)]}
    close = difflib.get_close_matches(name.lower(), sorted(own_keywords_of(call.layer)), n=2, cutoff=_NEAR)
    if len(close) == 2 and _ratio(name, close[0]) == _ratio(name, close[1]):
        return None
    return close[0] if close and close[0] not in passed else None


def _ratio(name: str, keyword: str) -> float:
    return difflib.SequenceMatcher(None, name.lower(), keyword).ratio()


def _finding(module: Module, call: LayerCall, near: dict[str, str]) -> Finding:
    changes = tuple(_change(module, call.keywords[name], meant) for name, meant in near.items())
    names = ", ".join(f"`{name}`" for name in near)
    meant = ", ".join(f"`{keyword}`" for keyword in near.values())
    arguments = f"argument{'' if len(near) == 1 else 's'} {names}"
    text = FindingText(
        headline=f"suspicious call {call.written}: {call.layer} has no {arguments}; did you mean {meant}?",
        title=f"{call.layer} has no {arguments}",
        explanation="Keras raises an error for a keyword that it does not know.",
        label=f"did you mean {meant}?",
        fix_note=f"use {meant}",
    )
    return finding(module, call, changes, text)


def _change(module: Module, keyword: ast.keyword, meant: str) -> Change:
    span = module.span(keyword)
    name = keyword.arg or ""
    written = Span(span.file, span.line, span.column, span.line, span.column + len(name))
    value = module.value(keyword.value)
    suggestion = Opaque(f"{meant}={' '.join(module.code(keyword.value).split())}")
    return Change(name, value, suggestion, span, replaces=written, replacement=meant)


RULE = Rule(
    "SG711",
    "unknown-keyword",
    "a keyword that the call does not have, but nearly, or the layer in it: Conv2D(4, 3, stride=2)",
    check,
    fixable=True,
)
