"""Whether a forward pass runs code that does not come with Keras: custom layers, models, cells, functions.

Such code may count, draw random numbers or write files, so it must run exactly as often as without a guard: no pass is
made of it but the one that happens anyway.
"""

from __future__ import annotations

import functools
import sys
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import TYPE_CHECKING, Any

import keras

from shapeguard.keras_compat import keras_layers, keras_trainers

if TYPE_CHECKING:
    from shapeguard.records.network import Network

_LIBRARIES = sys.stdlib_module_names | {
    "jax",
    "jaxlib",
    "keras",
    "ml_dtypes",
    "numpy",
    "shapeguard",
    "tensorflow",
    "torch",
}
"""What Keras stands on: whatever of it lies in a layer is Keras' own doing, or data."""
_HARMLESS = frozenset(
    {
        "__doc__",
        "__firstlineno__",
        "__init__",
        "__module__",
        "__qualname__",
        "__static_attributes__",
        "evaluate",
        "fit",
        "from_config",
        "get_config",
        "predict",
        "predict_step",
        "test_step",
        "train_step",
    }
)
"""What a class may define and still pass forward as Keras' class does; a look-ahead calls none of these."""

_OF_COMPILE = frozenset({"loss", "optimizer", "_self_unconditional_dependency_names"})
"""Attributes of a model that `compile` sets, and no forward pass runs (3.0 to 3.15, trainers/trainer.py); and where
TensorFlow lists the attributes once more (2.18 to 2.21, trackable/base.py)."""


def is_custom(operation: Any) -> bool:
    """Whether a call of this layer, model or operation runs code that does not come with Keras.

    A model in the functional style is Keras' own where only its training methods are overridden. The layers inside a
    model are not looked at; see `has_custom_code`.
    """
    if isinstance(operation, keras.layers.Lambda):
        return True
    if not isinstance(operation, keras_layers.Layer):
        return is_foreign(type(operation).__module__)
    without = _OF_COMPILE if isinstance(operation, keras.Model) else ()
    values = (value for name, value in vars(operation).items() if name not in without)
    return any(map(_changes_the_pass, type(operation).__mro__)) or any(map(_is_custom_value, values))


def has_custom_code(model: Any) -> bool:
    """Whether a forward pass of the model, or of a layer, runs any code that does not come with Keras."""
    layers = keras_trainers.own_layers(model)
    graphs = [graph for graph in map(keras_layers.functional_of, layers) if graph is not None]
    others = (each for graph in graphs for each in graph.operations if not isinstance(each, keras_layers.Layer))
    return any(map(is_custom, layers)) or any(map(is_custom, others))


def runs_custom_code(network: Network) -> bool:
    """Whether any call of the pass ran code that does not come with Keras, also inside a layer taken as a whole."""
    operations = {id(call.operation): call.operation for call in network.calls}.values()
    return any(
        has_custom_code(each)
        if isinstance(each, keras_layers.Layer)
        else isinstance(each, keras_layers.Operation) and is_custom(each)
        for each in operations
    )


@functools.lru_cache(maxsize=4096)
def _changes_the_pass(cls: type) -> bool:
    """Whether the class may make a forward pass another one than its bases do."""
    if not is_foreign(cls.__module__) or not issubclass(cls, keras_layers.Layer):
        return False
    if issubclass(cls, keras_layers.Functional):
        return not set(vars(cls)) <= _HARMLESS
    return True


def _is_custom_value(value: Any, around: tuple[Any, ...] = ()) -> bool:
    """Whether an attribute of a layer brings code of its own: an activation, an initializer, a cell.

    `around` are the containers that hold it, one of which it may be.
    """
    if isinstance(value, functools.partial):
        return _is_custom_value(value.func)
    if isinstance(value, FunctionType | BuiltinFunctionType | MethodType):
        return is_foreign(value.__module__)
    if isinstance(value, keras_layers.Layer):
        return False  # looked at by itself
    if isinstance(value, dict | list | tuple):  # PyTorch keeps hooks in dicts, stacked cells stand in a list
        held = value.values() if isinstance(value, dict) else value
        return not any(each is value for each in around) and any(_is_custom_value(x, (*around, value)) for x in held)
    return is_foreign(type(value).__module__)


def is_foreign(module: str | None) -> bool:
    """Whether a module of this name comes neither with Keras nor with what Keras stands on."""
    return (module or "builtins").partition(".")[0] not in _LIBRARIES
