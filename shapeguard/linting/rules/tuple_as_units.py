"""SG710 tuple-as-units: a tuple for an argument that is one number, as in `Dense((10,))`."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from shapeguard.layers import arguments_with
from shapeguard.linting.findings import Change, Finding, FindingText, Rule, finding
from shapeguard.records.source import Opaque

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.linting.calls import LayerCall, Module


def check(module: Module) -> Iterator[Finding]:
    """The calls with a tuple or list for the number of units or filters."""
    counts = arguments_with("counts")
    for call in module.layers:
        for name in counts.intersection(call.signature):
            if isinstance(value := call.argument(name), ast.Tuple | ast.List):
                yield _finding(module, call, name, value)


def _finding(module: Module, call: LayerCall, name: str, value: ast.Tuple | ast.List) -> Finding:
    span = module.span(value)
    written = " ".join(module.code(value).split())
    only = value.elts[0] if len(value.elts) == 1 and not isinstance(value.elts[0], ast.Starred) else None
    number = None if only is None else module.code(only)
    position = None if name in call.keywords else call.signature.index(name)
    change = Change(
        name,
        module.value(value),
        Opaque(number or "one number"),
        span,
        position,
        replaces=span if number else None,
        replacement=number,
    )
    kind = type(value).__name__.lower()
    text = FindingText(
        headline=f"suspicious call {call.written}: {name}={written} must be an int, not a {kind}",
        title=f"argument `{name}={written}` of {call.layer} must be an int",
        explanation=f"{call.layer} takes one number: the size of the last axis of its output."
        + ("" if number else " For an output with more axes, follow the layer by a Reshape."),
        label="must be an int",
        fix_note="pass the number itself" if number else "pass one number",
    )
    return finding(module, call, (change,), text)


RULE = Rule(
    "SG710",
    "tuple-as-units",
    "a tuple for units or filters, which are one number: Dense((10,))",
    check,
    fixable=True,
)
