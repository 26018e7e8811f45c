"""Keras' layers, operations and the graphs that they are part of, private names included.

Each private name has the versions and the file where it was seen beside it, here and in the whole room.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import keras
from keras.src.backend.common.keras_tensor import any_symbolic_tensors  # 3.0 to 3.15, backend/common/keras_tensor.py
from keras.src.backend.common.symbolic_scope import in_symbolic_scope  # 3.5.0 to 3.15, backend/common/symbolic_scope.py
from keras.src.models.functional import Functional  # 3.0 to 3.15, models/functional.py
from keras.src.ops.operation import Operation  # 3.0 to 3.15, ops/operation.py

from shapeguard.keras_compat import import_hook
from shapeguard.source import frames

RECORDED = "_shapeguard_construction"
"""The attribute of an operation that holds how it was made: `site` has the user's frames."""
IDENTITY = "_shapeguard_identity"
"""The attribute of what stands for an operation and knows by itself what tells it from others."""
Layer = keras.layers.Layer
InputLayer = keras.layers.InputLayer
KerasTensor = keras.KerasTensor

__all__ = [
    "Functional",
    "InputLayer",
    "KerasTensor",
    "Layer",
    "Operation",
    "any_symbolic_tensors",
    "functional_of",
    "in_symbolic_scope",
    "is_builtin",
    "symbolic_calls",
]


def is_builtin(operation: Any) -> bool:
    """Whether the object's class comes with Keras, as opposed to the user's or a library's own class."""
    return type(operation).__module__.partition(".")[0] == "keras"


def is_inferred(operation: Any) -> bool:
    """Whether Keras infers what a call gives from the call itself, not by a method of the layer's class."""
    methods = ("compute_output_shape", "compute_output_spec")
    return all(getattr(type(operation), name).__module__.partition(".")[0] == "keras" for name in methods)


def functional_of(model: Any) -> Any | None:
    """The Functional graph behind a built Functional or Sequential model; `None` where there is none (yet)."""
    if isinstance(model, Functional):
        return model
    if isinstance(model, keras.Sequential):
        return model._functional  # noqa: SLF001  3.0 to 3.15, models/sequential.py
    return None


def in_model_order(model: Any, inputs: Any) -> list[Any]:
    """The leaves of what the model is called with, in the order of its inputs where Keras assigns them by name.

    Keras' own method is asked, on leaves of any kind: it takes a dict for a list of inputs by their names, 3.6 by keys.
    """
    functional = functional_of(model)
    if functional is None:
        return list(keras.tree.flatten(inputs))

    def refuse_structure(_: Any, *, raise_exception: bool = False) -> None:
        if raise_exception:
            raise ValueError

    alone = SimpleNamespace(
        _inputs_struct=functional.input,
        _inputs=functional.inputs,
        _maybe_warn_inputs_struct_mismatch=refuse_structure,
        _convert_inputs_to_tensors=list,
        _adjust_input_rank=list,
    )
    try:
        return list(Functional._standardize_inputs(alone, inputs))  # noqa: SLF001  3.6 to 3.15, models/functional.py
    except ValueError:  # Keras refuses the structure in its own time
        return list(keras.tree.flatten(inputs))


def absent_inputs(model: Any, given: list[Any]) -> list[bool]:
    """Of which of the model's inputs `given`, in the model's order, has a `None` that the input allows."""
    functional: Any = functional_of(model)
    declared = functional.inputs
    tensors = [*given, *declared[len(given) :]]
    return [x is None and _is_optional(of) for x, of in zip(tensors, declared, strict=False)]


def _is_optional(tensor: Any) -> bool:
    return bool(getattr(producer_of(tensor), "optional", False))  # 3.6 to 3.15, layers/core/input_layer.py


def symbolic_calls(operation: Any) -> list[tuple[tuple[Any, ...], dict[str, Any]]]:
    """The arguments of the calls on KerasTensors that are part of a graph, in order."""
    # 3.0 to 3.15, ops/operation.py and ops/node.py
    return [(node.arguments.args, node.arguments.kwargs) for node in operation._inbound_nodes]  # noqa: SLF001


def symbolic_results(operation: Any) -> list[tuple[list[Any], list[Any]]]:
    """The KerasTensors taken and given by each call that is part of a graph, flattened, in order."""
    # 3.0 to 3.15, ops/operation.py and ops/node.py
    return [(list(node.input_tensors), list(node.outputs)) for node in operation._inbound_nodes]  # noqa: SLF001


def output_shape_of(layer: keras.layers.Lambda) -> Any:
    """What was given to a Lambda as its `output_shape`."""
    return layer._output_shape  # noqa: SLF001  3.0 to 3.15, layers/core/lambda_layer.py


def identity_of(operation: Any) -> object:
    """What is the same in all calls of a layer, and of operations that are made at one place in the user's program.

    `ops.mean` in a `call` makes another operation each time that it runs.
    """
    attributes = {} if isinstance(operation, Layer) else getattr(operation, "__dict__", {})
    if IDENTITY in attributes:
        return attributes[IDENTITY]
    recorded = attributes.get(RECORDED)
    if recorded is None:
        return id(operation)
    return type(operation), tuple((id(code), frames.instruction_at(code, at)) for code, at in recorded.site.frames)


def codes_above(operation: Any) -> frozenset[Any]:
    """The code of the user's functions in which an operation was made; empty where that was not recorded."""
    recorded = getattr(operation, "__dict__", {}).get(RECORDED)
    return frozenset() if recorded is None else frozenset(code for code, _ in recorded.site.frames)


def arguments_of(operation: Any) -> dict[str, Any]:
    """The constructor arguments of a functional operation, by name; nothing where Keras does not tell them."""
    try:
        config = operation.get_config()
    except Exception:  # noqa: BLE001  Keras keeps no config of what it cannot serialize
        return {}
    return {name: value for name, value in config.items() if name != "name"}


def holds_tensors(structure: Any) -> bool:
    """Whether any leaf is a KerasTensor or a tensor of the backend."""
    leaves = keras.tree.flatten(structure)
    return any(isinstance(leaf, KerasTensor) or keras.ops.is_tensor(leaf) for leaf in leaves)


def with_arguments(operation: Any, arguments: dict[str, Any]) -> Any:
    """A functional operation of the same class with other constructor arguments."""
    return type(operation)(**arguments)


def producer_of(tensor: Any) -> Any | None:
    """The operation that made a KerasTensor; `None` where its history is not known."""
    history = getattr(tensor, "_keras_history", None)  # 3.0 to 3.15, ops/node.py
    return None if history is None else history.operation


import_hook.run_deferred()  # this very import may have brought Keras, and what starts then needs this module


def symbol_of(leaf: Any) -> Any:
    """A KerasTensor in the place of a tensor or an array, as Keras converts it; anything else as it is."""
    if not hasattr(leaf, "shape") or not hasattr(leaf, "dtype"):
        return leaf
    dtype = str(keras.backend.standardize_dtype(leaf.dtype))
    return KerasTensor(tuple(leaf.shape), dtype=keras.config.floatx() if "float" in dtype else dtype)
