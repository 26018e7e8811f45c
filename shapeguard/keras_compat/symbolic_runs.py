"""Runs of Keras' graphs and layers on KerasTensors, without a node left in a graph."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import keras

from shapeguard.keras_compat.keras_layers import functional_of, in_model_order

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator


def run_graph(functional: Any, inputs: Any) -> Any:
    """What a Functional graph makes of these KerasTensors, whatever shapes its inputs declare.

    As `Functional.call` does, it adds or drops a last axis of 1; that method itself takes no KerasTensors in 3.6.
    """
    given = in_model_order(functional, inputs)[: len(functional.inputs)]
    flat = [_adjusted(x, declared) for x, declared in zip(given, functional.inputs, strict=True)]
    outputs = functional._run_through_graph(flat, operation_fn=lambda operation: operation)  # noqa: SLF001  3.0 to 3.15, ops/function.py
    return outputs[0] if isinstance(outputs, list | tuple) and len(outputs) == 1 else outputs


def run_declared(functional: Any, inputs: Any) -> Any:
    """As `run_graph`, where the inputs have the declared shapes; Keras' own refusal is raised where not."""
    functional._assert_input_compatibility(inputs)  # noqa: SLF001  3.0 to 3.15, layers/layer.py
    return run_graph(functional, inputs)


def _adjusted(tensor: Any, declared: Any) -> Any:
    if tensor is None:  # an optional input
        return None
    given, wanted = tuple(tensor.shape), tuple(declared.shape)
    if len(given) == len(wanted) + 1 and given[-1] == 1:
        return keras.ops.squeeze(tensor, axis=-1)
    if len(given) == len(wanted) - 1 and wanted[-1] == 1:
        return keras.ops.expand_dims(tensor, axis=-1)
    return tensor


@contextlib.contextmanager
def entered(layer: Any, run: Callable[..., Any], *, what_if: bool, nested: bool) -> Iterator[None]:
    """While it lasts, a symbolic call of the layer runs `run`, its `call` or that of a twin, on the KerasTensors.

    In a what-if the input shapes that a Functional model declares do not count: they may be what is changed. Else a
    Sequential that is `nested` in another model takes what it declares, as when Keras builds that. One that was never
    built calls its layers in turn: of a build that failed Keras keeps for which shape it was, and takes no other.
    """
    instead = _instead(layer, run, what_if=what_if, nested=nested)
    kept = {name: value for name, value in vars(layer).items() if name in instead}  # Keras' own wrapper of `build`
    for name, function in instead.items():
        object.__setattr__(layer, name, function)
    try:
        yield
    finally:
        for name in instead:
            object.__delattr__(layer, name)
        for name, value in kept.items():
            object.__setattr__(layer, name, value)


def _instead(layer: Any, run: Callable[..., Any], *, what_if: bool, nested: bool) -> dict[str, Callable[..., Any]]:
    """The methods of a layer that is entered, by name."""
    functional = functional_of(layer)
    # `add_loss` takes tensors of the backend alone (3.0 to 3.15, layers/layer.py)
    instead: dict[str, Callable[..., Any]] = {"compute_output_spec": run, "add_loss": lambda *_, **__: None}
    if functional is not None:
        of_graph = run_declared if nested and not what_if else run_graph
        instead["compute_output_spec"] = lambda inputs, *_, **__: of_graph(functional, inputs)
    if functional is not None and what_if:
        instead["_assert_input_compatibility"] = lambda *_: None  # 3.0 to 3.15, layers/layer.py
    if functional is None and isinstance(layer, keras.Sequential):
        instead["build"] = lambda *_, **__: None  # 3.0 to 3.15, models/sequential.py
    return instead


@contextlib.contextmanager
def leaving_no_nodes(operations: Iterable[Any]) -> Iterator[None]:
    """Drops the graph nodes that calls in the block add to these operations."""
    # 3.0 to 3.15, ops/operation.py: every symbolic call appends to these two lists
    marks = [
        (operation, len(operation._inbound_nodes), len(operation._outbound_nodes))  # noqa: SLF001
        for operation in {id(operation): operation for operation in operations}.values()
    ]
    try:
        yield
    finally:
        for operation, inbound, outbound in marks:
            del operation._inbound_nodes[inbound:]  # noqa: SLF001
            del operation._outbound_nodes[outbound:]  # noqa: SLF001


def training_argument(model: Any, *, training: bool) -> dict[str, bool]:
    """The `training` argument for a call of the model; empty if its `call` takes none."""
    is_taken = getattr(model, "_call_has_training_arg", True)  # 3.0 to 3.15, layers/layer.py
    return {"training": training} if is_taken else {}


def copy_mask(tensor: Any, other: Any) -> None:
    """Gives `other` the mask of a tensor that it is to stand for."""
    mask = getattr(tensor, "_keras_mask", None)  # what Keras' `get_keras_mask` reads, 3.6 to 3.15
    if mask is not None:
        other._keras_mask = mask  # noqa: SLF001


def with_key_as_tuple(operation: Any, args: tuple[Any, ...]) -> tuple[Any, ...]:
    """What an operation is called with, `x[:n]` as `x[:n,]`: 3.0 to 3.15, ops/numpy.py: symbols refuse a slice."""
    match args:
        case (tensor, slice() | None as key) if type(operation).__name__ == "GetItem":
            return tensor, (key,)
        case _:
            return args
