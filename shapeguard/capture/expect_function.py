"""`expect(x, spec)`: declares in code the expected shape of a tensor or layer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from shapeguard.capture import constructions
from shapeguard.capture.declarations import producer_of, scope_of
from shapeguard.capture.declared_shapes import output_layer_of
from shapeguard.capture.expectation_store import attach
from shapeguard.errors import ExpectationError, SpecError
from shapeguard.keras_compat import keras_layers
from shapeguard.records.expectations import Expectation
from shapeguard.render.wording import value_text
from shapeguard.source import frames, trees
from shapeguard.spec import parse

if TYPE_CHECKING:
    from types import FrameType

    from shapeguard.records.expectations import Quantity
    from shapeguard.records.source import Span
    from shapeguard.spec import ShapeSpec, StructureSpec

_Target = TypeVar("_Target")


def expect(target: _Target, spec: object = None, *, weights: object = None, params: int | None = None) -> _Target:
    """Declares the expected shape of a tensor or layer; returns it unchanged.

    `weights` are the shapes of the layer's weights, `params` is the number of its parameters. Raises `SpecError` for a
    spec that cannot be read and `ExpectationError` if nothing is declared; never raises for a mismatch.
    """
    if spec is None and weights is None and params is None:
        raise ExpectationError("[SG502] expect(x, spec) needs a spec, weights=... or params=...")
    frame = frames.user_frame()
    variables = dict(frame.f_locals) if frame is not None else {}
    quantities: list[tuple[Quantity, ShapeSpec | StructureSpec, object]] = []
    if spec is not None:
        quantities.append(("output", parse(spec, variables), spec))
    if weights is not None:
        quantities.append(("weights", parse(weights, variables, batch_first=False), weights))
    if params is not None:
        quantities.append(("params", _count(params), params))
    operation = _operation(target)
    if operation is not None:
        for quantity, parsed, text in quantities:
            attach(operation, _expectation(operation, quantity, parsed, str(text), frame))
    return target


def _count(params: object) -> ShapeSpec | StructureSpec:
    if isinstance(params, bool) or not isinstance(params, int) or params < 0:
        raise SpecError(f"[SG503] params={params!r} is not a number of parameters")
    return parse((params,))


def _operation(target: object) -> Any | None:
    """The layer, or what made the tensor; `None` for a tensor of which no watch has seen the making."""
    if isinstance(target, keras_layers.Operation):
        return output_layer_of(target)
    if isinstance(target, tuple | list) and target:
        return _operation(target[0])
    if not hasattr(target, "shape"):
        kind = type(target).__name__
        raise ExpectationError(f"[SG502] expect(...) takes a tensor or a layer, not {kind}: {value_text(target)}")
    return producer_of(target)


def _expectation(
    operation: Any, quantity: Quantity, spec: ShapeSpec | StructureSpec, text: str, frame: FrameType | None
) -> Expectation:
    return Expectation(
        constructions.name_of(operation),
        spec,
        quantity,
        _place(frame),
        "expect",
        text,
        "" if frame is None else scope_of(frame),
    )


def _place(frame: FrameType | None) -> Span | None:
    source = None if frame is None else trees.source_for(frame.f_code)
    if frame is None or source is None:
        return None
    call = trees.call_at(source, frame.f_code, frame.f_lasti)
    return None if call is None else source.span(call)
