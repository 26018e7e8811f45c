"""SG711 unknown-keyword: a keyword that the constructor does not have, but nearly: `Conv2D(4, 3, stride=2)`."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from shapeguard.layers.keras1 import KERNEL
from shapeguard.layers.keywords import keywords_of, own_keywords_of
from shapeguard.linting.findings import Change, Finding, FindingText, Rule, finding
from shapeguard.records.source import Opaque, Span

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterator

    from shapeguard.linting.calls import LayerCall, Module

_NEAR = 0.8


def check(module: Module) -> Iterator[Finding]:
    """The constructor calls with keywords that Keras would refuse and that are close to ones it has."""
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
    "a keyword that the layer does not have, but nearly: Conv2D(4, 3, stride=2)",
    check,
    fixable=True,
)
