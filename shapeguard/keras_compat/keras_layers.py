"""The only door to Keras' private names; each use names the version and file where it was seen."""

from __future__ import annotations

import collections
import contextlib
import random
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import keras
import numpy as np
from keras.src.backend.common.keras_tensor import any_symbolic_tensors  # 3.0 to 3.15, backend/common/keras_tensor.py
from keras.src.backend.common.symbolic_scope import in_symbolic_scope  # 3.5.0 to 3.15, backend/common/symbolic_scope.py
from keras.src.models.functional import Functional  # 3.0 to 3.15, models/functional.py
from keras.src.ops.operation import Operation  # 3.0 to 3.15, ops/operation.py
from keras.src.utils import traceback_utils  # 3.0 to 3.15, utils/traceback_utils.py

from shapeguard.keras_compat import import_hook

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from types import TracebackType

Layer = keras.layers.Layer
InputLayer = keras.layers.InputLayer
KerasTensor = keras.KerasTensor

__all__ = [
    "Functional",
    "InputLayer",
    "KerasTensor",
    "Layer",
    "Operation",
    "abstract_call",
    "any_symbolic_tensors",
    "filtered",
    "functional_of",
    "in_symbolic_scope",
    "is_builtin",
    "symbolic_calls",
    "without_filter",
]


def is_builtin(operation: Any) -> bool:
    """Whether the object's class comes with Keras, as opposed to the user's or a library's own class."""
    return type(operation).__module__.partition(".")[0] == "keras"


def functional_of(model: Any) -> Any | None:
    """The Functional graph behind a built Functional or Sequential model; `None` where there is none (yet)."""
    if isinstance(model, Functional):
        return model
    if isinstance(model, keras.Sequential):
        return model._functional  # noqa: SLF001  3.0 to 3.15, models/sequential.py
    return None


def run_graph(functional: Any, inputs: Any) -> Any:
    """What a Functional graph makes of these KerasTensors, whatever shapes its inputs declare.

    As `Functional.call` does, it adds or drops a last axis of 1; that method itself takes no KerasTensors in 3.6.
    """
    given = in_model_order(functional, inputs)[: len(functional.inputs)]
    flat = [_adjusted(x, declared) for x, declared in zip(given, functional.inputs, strict=True)]
    outputs = functional._run_through_graph(flat, operation_fn=lambda operation: operation)  # noqa: SLF001  3.0 to 3.15, ops/function.py
    return outputs[0] if isinstance(outputs, list | tuple) and len(outputs) == 1 else outputs


def in_model_order(model: Any, inputs: Any) -> list[Any]:
    """The leaves of what the model is called with, in the order of its inputs where Keras assigns them by name.

    Keras' own method is asked, on leaves of any kind: it takes a dict for a list of inputs by their names, 3.6 by keys.
    """
    functional = functional_of(model)
    if functional is None:
        return list(keras.tree.flatten(inputs))

    def refuse(_: Any, *, raise_exception: bool = False) -> None:
        if raise_exception:
            raise ValueError

    alone = SimpleNamespace(
        _inputs_struct=functional.input,
        _inputs=functional.inputs,
        _maybe_warn_inputs_struct_mismatch=refuse,
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
    known = [*given, *declared[len(given) :]]
    return [x is None and _is_optional(of) for x, of in zip(known, declared, strict=False)]


def _is_optional(tensor: Any) -> bool:
    return bool(getattr(producer_of(tensor), "optional", False))  # 3.6 to 3.15, layers/core/input_layer.py


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


def abstract_call(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """What `function` returns for these KerasTensors, as KerasTensors, traced by the backend without computation."""
    from keras.src import backend  # noqa: PLC0415  3.0 to 3.15, backend/__init__.py: no public name for this

    return backend.compute_output_spec(function, *args, **kwargs)


def without_filter(method: Callable[..., Any]) -> Callable[..., Any]:
    """The method below Keras' traceback filter; the method itself where that is not what wraps it."""
    code = getattr(method, "__code__", None)
    is_filter = code is not None and code.co_filename == traceback_utils.__file__  # 3.0 to 3.15
    below: Any = getattr(method, "__wrapped__", None)
    if not is_filter or below is None:
        return method
    return cast("Callable[..., Any]", below)


def filtered(method: Callable[..., Any]) -> Callable[..., Any]:
    """The method below Keras' traceback filter, which drops Keras' frames from what the user sees."""
    # 3.0 to 3.15, utils/traceback_utils.py
    return cast("Callable[..., Any]", traceback_utils.filter_traceback(method))


def filtered_frames(traceback: TracebackType | None) -> TracebackType | None:
    """The traceback without the frames of Keras, where its filter is on."""
    if not traceback_utils.is_traceback_filtering_enabled():
        return traceback
    # 3.0 to 3.15, utils/traceback_utils.py
    kept: TracebackType | None = traceback_utils._process_traceback_frames(traceback)  # noqa: SLF001
    return kept


def exclude_from_tracebacks(folder: str) -> None:
    """Makes Keras' traceback filter drop the frames of files under `folder` as well."""
    if folder not in traceback_utils._EXCLUDED_PATHS:  # noqa: SLF001  3.0 to 3.15, utils/traceback_utils.py
        traceback_utils._EXCLUDED_PATHS = (*traceback_utils._EXCLUDED_PATHS, folder)  # noqa: SLF001


def node_marks(operations: Iterable[Any]) -> list[tuple[Any, int, int]]:
    """How many graph nodes each operation has now, for `forget_nodes`."""
    # 3.0 to 3.15, ops/operation.py: every symbolic call appends to these two lists
    return [(op, len(op._inbound_nodes), len(op._outbound_nodes)) for op in operations]  # noqa: SLF001


def forget_nodes(marks: Iterable[tuple[Any, int, int]]) -> None:
    """Drops the graph nodes that were added to these operations since `node_marks`."""
    for operation, inbound, outbound in marks:
        del operation._inbound_nodes[inbound:]  # noqa: SLF001
        del operation._outbound_nodes[outbound:]  # noqa: SLF001


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


def producer_of(tensor: Any) -> Any | None:
    """The operation that made a KerasTensor; `None` where its history is not known."""
    history = getattr(tensor, "_keras_history", None)  # 3.0 to 3.15, ops/node.py
    return None if history is None else history.operation


@contextlib.contextmanager
def keeping_names() -> Iterator[None]:
    """What is named inside moves neither the counters behind automatic names nor any random state.

    Random states are Python's, NumPy's, the backend's own, and whether Keras has a global seed generator.
    """
    from keras.src.backend.common import global_state  # noqa: PLC0415  3.0 to 3.15, backend/common/global_state.py

    counters = global_state.get_global_attribute("object_name_uids")
    kept = None if counters is None else dict(counters)
    generator = global_state.get_global_attribute("global_seed_generator")  # 3.0 to 3.15, random/seed_generator.py
    put_back = random_states()
    try:
        yield
    finally:
        put_back()
        global_state.set_global_attribute("global_seed_generator", generator)
        if kept is not None:
            counters.clear()
            counters.update(kept)


def random_states() -> Callable[[], None]:
    """Keeps the random states of Python, NumPy and the backend; call the result to put them back."""
    of_python, of_numpy, of_backend = random.getstate(), np.random.get_state(), _backend_random_state()  # noqa: NPY002

    def put_back() -> None:
        random.setstate(of_python)
        np.random.set_state(of_numpy)  # noqa: NPY002
        of_backend()

    return put_back


def _backend_random_state() -> Callable[[], object]:
    """Keeps the random state that the backend's own functions draw from; call the result to put it back."""
    if keras.config.backend() == "torch":
        import torch  # noqa: PLC0415  loaded already: it is the backend

        state = torch.get_rng_state()
        return lambda: torch.set_rng_state(state)
    if keras.config.backend() == "tensorflow":
        from tensorflow.python.eager import context  # noqa: PLC0415  loaded already: it is the backend

        seeds = getattr(context.context(), "_rng", None)  # TensorFlow 2.18 to 2.21, python/eager/context.py
        if isinstance(seeds, random.Random):
            state = seeds.getstate()
            return lambda: seeds.setstate(state)
    return lambda: None


@contextlib.contextmanager
def leaving_no_mark(layers: Iterable[Any] = (), *, stateless: bool = True) -> Iterator[None]:
    """Whatever runs inside allocates no weights and changes no variable, random state or counter behind names.

    Of `layers`, the attributes are put back too, and what stands in their lists, dicts and sets; so that a layer which
    is built inside is not built afterwards. Not `stateless`: variables may be made and assigned, as where a stateful
    recurrent layer is built, which Keras refuses to do in a stateless scope.
    """
    from keras.src.backend.common import global_state  # noqa: PLC0415  3.0 to 3.15, backend/common/global_state.py

    waiting = global_state.get_global_attribute("uninitialized_variables")  # 3.0 to 3.15, backend/common/variables.py
    kept, attributes = list(waiting or ()), [_attributes_of(layer) for layer in layers]
    try:
        scope = keras.StatelessScope(initialize_variables=False) if stateless else contextlib.nullcontext()
        with keeping_names(), scope:
            yield
    finally:
        global_state.set_global_attribute("uninitialized_variables", kept)
        for put_back in attributes:
            put_back()


def _attributes_of(layer: Any) -> Callable[[], None]:
    """Keeps the attributes of a layer and what its containers hold; call the result to put them back."""
    tracker = getattr(layer, "_tracker", None)  # 3.0 to 3.15, layers/layer.py and utils/tracking.py
    owners = [vars(each) for each in (layer, tracker) if each is not None]
    containers: list[Any] = [*owners, *(value for owner in owners for value in owner.values())]
    containers += list(getattr(tracker, "stored_ids", {}).values())
    kept = [(each, _copied(each)) for each in map(_unwrapped, containers) if isinstance(each, list | dict | set)]

    def put_back() -> None:
        for container, content in kept:
            _refill(container, content)

    return put_back


def _unwrapped(container: Any) -> Any:
    """What TensorFlow has wrapped when it was assigned to a layer (trackable/data_structures.py, 2.18 to 2.21)."""
    return getattr(container, "_storage", getattr(container, "__wrapped__", container))


def _copied(container: Any) -> Any:
    """What a list, dict or set holds, past the methods by which Keras tracks what is put into it."""
    if isinstance(container, list):
        return list(container)
    return dict(container) if isinstance(container, dict) else set(container)


def _refill(container: Any, content: Any) -> None:
    if isinstance(container, list):
        list.__setitem__(container, slice(None), content)
        return
    kind: Any = next(kind for kind in (collections.OrderedDict, dict, set) if isinstance(container, kind))
    kind.clear(container)
    if isinstance(container, set):
        set.update(container, content)
        return
    for key, value in content.items():
        kind.__setitem__(container, key, value)


import_hook.run_deferred()  # this very import may have brought Keras, and what starts then needs this module
