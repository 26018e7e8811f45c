"""SG705 sample-count: an `input_shape` that counts the samples, though Keras adds the batch axis itself."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from shapeguard.layers import Role
from shapeguard.linting.calls import literal
from shapeguard.linting.findings import Change, Finding, FindingText, Rule, finding
from shapeguard.records.source import Opaque, Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.linting.calls import LayerCall, Module

_DATA = re.compile(r"(?:\A|_)(?:train|test|valid|val|validation|training|testing)(?:\Z|_)", re.IGNORECASE)
_INPUTS = re.compile(r"\A[xX](?:_|\Z|train|test)|(?:images?|sequences?|features?|inputs?|data|samples)(?:\Z|_)")


def check(module: Module) -> Iterator[Finding]:
    """`input_shape=(60000, 28, 28, 1)` of a Conv2D, `input_shape=x_train.shape`, `(x_train.shape[0], ...)`."""
    wrapped = {
        id(argument)
        for call in module.layers
        if call.traits.role is Role.EACH_STEP
        for argument in (*call.node.args, *(word.value for word in call.node.keywords))
    }
    for call in module.layers:
        shape = _shape_of(call)
        if shape is None or id(call.node) in wrapped:
            continue
        value, rest = (
            _whole_data(module, shape) or _counted_data(module, call, shape) or _one_too_many(module, call, shape)
        )
        if value is not None:
            yield _finding(module, call, shape, value, rest)


def _shape_of(call: LayerCall) -> ast.expr | None:
    if call.traits.role is Role.INPUT:
        return call.argument("shape") if "batch_shape" not in call.keywords else None
    return call.keywords["input_shape"].value if "input_shape" in call.keywords else None


_Counted = tuple[str | None, str | None]  # the part that counts samples, and the text of the shape without it


def _whole_data(module: Module, shape: ast.expr) -> _Counted | None:
    match shape:
        case ast.Attribute(value=ast.Name(id=name), attr="shape") if _holds_samples(name):
            text = module.code(shape)
            return text, f"{text}[1:]"
    return None


def _counted_data(module: Module, call: LayerCall, shape: ast.expr) -> _Counted | None:
    """`(x_train.shape[0], ...)`: the number of samples as the first size."""
    match shape:
        case ast.Tuple(elts=[first, _, *_]) | ast.List(elts=[first, _, *_]) if _is_sample_count(first):
            fits = call.traits.takes_ndim in {None, len(shape.elts)}
            return module.code(first), _without_first(module, shape) if fits else None
    return None


def _is_sample_count(node: ast.expr) -> bool:
    match node:
        case ast.Subscript(value=ast.Attribute(value=ast.Name(id=name), attr="shape"), slice=ast.Constant(value=0)):
            return _holds_samples(name)
    return False


def _one_too_many(module: Module, call: LayerCall, shape: ast.expr) -> _Counted:
    """A literal with as many sizes as the layer's input has axes with the batch's."""
    value = literal(shape)
    if not isinstance(value, tuple | list) or len(value) != call.traits.takes_ndim:
        return None, None
    return module.code(shape.elts[0]), _without_first(module, shape)  # type: ignore[attr-defined]


def _holds_samples(name: str) -> bool:
    return bool(_DATA.search(name)) and bool(_INPUTS.search(name))


def _without_first(module: Module, shape: ast.expr) -> str | None:
    """The text of a tuple or list without its first element."""
    assert isinstance(shape, ast.Tuple | ast.List)  # noqa: S101  both callers matched it
    whole = module.span(shape)
    second = module.span(shape.elts[1])
    opening = module.code(shape)[:1]
    if opening not in "([" or len(shape.elts) < 2:
        return None
    rest = module.places.code(Span(whole.file, second.line, second.column, whole.end_line, whole.end_column))
    comma = "," if len(shape.elts) == 2 and "," not in rest and opening == "(" else ""
    return f"{opening}{rest[:-1]}{comma}{rest[-1]}"


def _finding(module: Module, call: LayerCall, shape: ast.expr, counted: str, rest: str | None) -> Finding:
    name = "shape" if call.traits.role is Role.INPUT else "input_shape"
    span = module.span(shape)
    written = " ".join(module.code(shape).split())
    change = Change(
        name,
        Opaque(written),
        Opaque(rest or "the shape of one sample"),
        span,
        replaces=span if rest else None,
        replacement=rest,
    )
    samples = ".shape" in counted
    title = "includes the number of samples" if samples else "has one axis too many"
    text = FindingText(
        headline=f"suspicious call {call.written}: {name}={written} {title}",
        title=f"argument `{name}={written}` of {call.layer} {title}",
        explanation=f"{name} is the shape of one sample; Keras adds the batch axis before it."
        + ("" if samples else f" Here {counted} becomes an extra axis."),
        label=title,
        fix_note="omit the batch axis" if rest else "pass the shape of one sample",
    )
    return finding(module, call, (change,), text)


RULE = Rule(
    "SG705",
    "sample-count",
    "an input_shape that includes the number of samples: (60000, 28, 28, 1), x_train.shape",
    check,
)
