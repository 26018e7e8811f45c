"""SG709 input-not-a-tuple: a number where Keras expects a shape: `Input(shape=(784))`, which lacks a comma."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from shapeguard.linting.findings import Change, Finding, FindingText, Rule, finding
from shapeguard.records.source import Opaque, Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.linting.calls import LayerCall, Module

_ARITHMETIC = (ast.Add, ast.Sub, ast.Mult, ast.FloorDiv, ast.Mod, ast.Pow)


def check(module: Module) -> Iterator[Finding]:
    """The shapes of inputs that are one number; Keras 2 made a tuple of it."""
    for call in module.layers if not module.names.keras2 else ():
        shape = call.argument("shape") if call.is_input else None
        of_layer = call.keywords.get("input_shape")
        for name, value in (("shape", shape), ("input_shape", of_layer.value if of_layer else None)):
            if value is not None and _is_number(value):
                yield _finding(module, call, name, value)


def _is_number(node: ast.expr) -> bool:
    """Whether the expression can only be an int: a literal, one size of an array, a length, or arithmetic of these."""
    match node:
        case ast.Constant(value=int(value)):
            return not isinstance(value, bool)
        case ast.BinOp(left=left, op=operator, right=right):
            return isinstance(operator, _ARITHMETIC) and _is_number(left) and _is_number(right)
        case ast.Subscript(value=ast.Attribute(attr="shape"), slice=index):
            return _is_index(index)
        case ast.Call(func=ast.Name(id="len"), args=[_], keywords=[]):
            return True
    return False


def _number(node: ast.expr) -> int | None:
    """The value of a literal, or of a product or sum of them; `None` for another expression."""
    match node:
        case ast.Constant(value=int(value)):
            return value
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub() | ast.Mult() as operator, right=right):
            first, second = _number(left), _number(right)
            if first is None or second is None:
                return None
            return {ast.Add: first + second, ast.Sub: first - second, ast.Mult: first * second}[type(operator)]
    return None


def _is_index(node: ast.expr) -> bool:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        node = node.operand
    return isinstance(node, ast.Constant) and isinstance(node.value, int)


def _finding(module: Module, call: LayerCall, name: str, value: ast.expr) -> Finding:
    span = module.span(value)
    code = " ".join(module.code(value).split())
    end = _end_in_brackets(module, span)
    replaces, replacement = (span, f"({module.code(value)},)") if end is None else (end, ",")
    position = None if name in call.keywords else 0
    number = _number(value)
    change = Change(
        name,
        Opaque(code) if number is None else number,
        Opaque(f"({code},)") if number is None else (number,),
        span,
        position,
        replaces=replaces,
        replacement=replacement,
    )
    written = f"({code})" if end is not None else code
    text = FindingText(
        headline=f"suspicious call {call.written}: {name}={written} is a number, not a tuple",
        title=f"argument `{name}={written}` of {call.layer} is a number, not a tuple",
        explanation=f"Brackets alone make no tuple: one size is written ({code},), with a comma.",
        label="a number, not a tuple",
        fix_note="make it a tuple",
    )
    return finding(module, call, (change,), text)


def _end_in_brackets(module: Module, span: Span) -> Span | None:
    """The empty place behind the expression if it is in brackets of its own; `None` if it is not."""
    start, end = module.places.offsets(span)
    before, after = module.places.text[:start].rstrip(), module.places.text[end:].lstrip()
    own = before.endswith("(") and (before[:-1].rstrip().endswith(("=", "(", ",")))
    if not own or not after.startswith(")"):
        return None
    return Span(span.file, span.end_line, span.end_column, span.end_line, span.end_column)


RULE = Rule(
    "SG709",
    "input-not-a-tuple",
    "a number where a shape is expected: Input(shape=(784)), which lacks a comma",
    check,
    fixable=True,
)
