"""What of a program's end is compared: a flat dict of texts, one for each weight, count and random state."""

import hashlib
import random

import keras
import numpy as np
from keras.src.backend.common import global_state
from keras.src.random.seed_generator import GLOBAL_SEED_GENERATOR

BACKEND = keras.config.backend()
_PASSING = ("keras_tensor", "scratch_graph")  # no layer, variable or file bears these names


def reset():
    """As a process that has just begun: names, seeds and policies."""
    keras.config.set_dtype_policy("float32")
    keras.utils.clear_session()
    keras.utils.set_random_seed(7)


def bits(value):
    """The shape, a few numbers to read, and a digest of all the bits."""
    array = np.ascontiguousarray(keras.ops.convert_to_numpy(value))
    few = np.array2string(array.reshape(-1)[:3].astype("float64"), precision=6)
    return f"{array.dtype}{array.shape} {few} {hashlib.sha256(array.tobytes()).hexdigest()[:12]}"


def state_of(value, path="returned"):
    """What a program returned: models with all that they own, histories, counts, arrays."""
    match value:
        case keras.Model():
            state = model_state(value, path)
        case keras.callbacks.History():
            state = {f"{path} history": repr((value.epoch, sorted(value.history.items())))}
        case keras.optimizers.Optimizer():
            state = variables_of(value.variables, f"{path} optimizer")
        case dict():
            pairs = sorted(((repr(key), each) for key, each in value.items()), key=lambda pair: pair[0])
            state = joined(state_of(each, f"{path}[{key}]") for key, each in pairs)
        case tuple() | list():
            state = joined(state_of(each, f"{path}.{number}") for number, each in enumerate(value))
        case _:
            state = {path: bits(value) if hasattr(value, "shape") and hasattr(value, "dtype") else repr(value)}
    return state


def joined(states):
    return {name: text for state in states for name, text in state.items()}


def variables_of(variables, path):
    return {f"{path} {number} {each.path}": bits(each) for number, each in enumerate(variables)}


def model_state(model, path="model"):
    """Weights, moving statistics and seeds; optimizer; metrics; names, shapes and what is built."""
    optimizer = getattr(model, "optimizer", None)
    layers = [*model._flatten_layers()]
    return {
        **variables_of(model.variables, f"{path} variable"),
        **variables_of(optimizer.variables if optimizer is not None else (), f"{path} optimizer"),
        **variables_of([each for metric in model.metrics for each in metric.variables], f"{path} metric"),
        f"{path} layers": repr([(each.path, each.built, each.trainable) for each in layers]),
        f"{path} input_shape": attribute(model, "input_shape"),
        f"{path} output_shape": attribute(model, "output_shape"),
        f"{path} stop_training": attribute(model, "stop_training"),
    }


def attribute(model, name):
    """Keras raises various things for a model without a shape of its own."""
    try:
        return repr(getattr(model, name))
    except Exception as error:  # noqa: BLE001
        return type(error).__name__


def surroundings():
    """What is not the program's own: random states, automatic names, the policy. Looking at the last two moves them."""
    return {**quiet_surroundings(), "next name": keras.layers.Dense(1).name, "random of the backend": drawn()}


def quiet_surroundings():
    """What can be looked at without a trace."""
    counters = global_state.get_global_attribute("object_name_uids") or {}
    generator = global_state.get_global_attribute(GLOBAL_SEED_GENERATOR)
    return {
        "random of Python": digest(repr(random.getstate())),
        "random of NumPy": digest(repr([np.asarray(each).tolist() for each in np.random.get_state()])),
        "random of Keras": "absent" if generator is None else bits(generator.state),
        "names": repr(sorted(each for each in counters.items() if each[0] not in _PASSING)),
        "policy": keras.config.dtype_policy().name,
    }


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def drawn():
    """What the backend's own global generator gives next; JAX has none."""
    match BACKEND:
        case "tensorflow":
            import tensorflow as tf

            return repr(float(tf.random.uniform(())))
        case "torch":
            import torch

            return repr(float(torch.rand(())))
    return "none"
