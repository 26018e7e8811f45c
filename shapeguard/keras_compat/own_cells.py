"""A recurrent layer around a cell of the user's own, of which Keras' symbolic call asks nothing: one step is enough.

Every step takes and gives what the first one does, so that the layer's output follows from a single call of its cell.
"""

from __future__ import annotations

from typing import Any

import keras

from shapeguard.keras_compat import keras_layers
from shapeguard.records.source import OperationName


class FirstStep(keras_layers.Operation):
    """The first step of sequences."""

    def compute_output_spec(self, sequences: Any) -> Any:
        """What a cell takes."""
        shape = tuple(sequences.shape)
        return keras_layers.KerasTensor((shape[0], *shape[2:]), dtype=sequences.dtype)

    def call(self, sequences: Any) -> Any:
        """The same of real tensors."""
        return sequences[:, 0]


class StateAfterStep(keras_layers.Operation):
    """The state that a cell returns, which the next step takes in the place of the one before."""

    def compute_output_spec(self, before: Any, after: Any) -> Any:
        """The state after the step; raises `ValueError` if the next step could not take it."""
        taken, given = tuple(before.shape), tuple(after.shape)
        if taken[1:] != given[1:]:
            message = f"a step takes a state of shape {taken} and returns one of shape {given}"
            raise ValueError(message)
        return keras_layers.KerasTensor(after.shape, dtype=after.dtype)


class AllSteps(keras_layers.Operation):
    """The outputs of all steps, as the first one gives them."""

    def __init__(self, steps: int | None) -> None:
        super().__init__()
        self.steps = steps

    def compute_output_spec(self, output: Any) -> Any:
        """Sequences of them."""
        shape = tuple(output.shape)
        return keras_layers.KerasTensor((shape[0], self.steps, *shape[1:]), dtype=output.dtype)


def has_own_cell(layer: Any) -> bool:
    """Whether this is a recurrent layer of Keras' own around a cell that is none of Keras'."""
    is_recurrent = isinstance(layer, keras.layers.RNN) and keras_layers.is_builtin(layer)
    return is_recurrent and isinstance(layer.cell, keras_layers.Layer) and not keras_layers.is_builtin(layer.cell)


def run_once(layer: Any, sequences: Any, initial_state: Any = None, **_: Any) -> Any:
    """What such a layer gives for KerasTensors, by one call of its cell. Raises what the cell raises.

    `ValueError`: the cell returns a state that the next step cannot take.
    """
    step = _unplaced(FirstStep()).symbolic_call(sequences)
    states = _states(layer, sequences, initial_state)
    output, after = layer.cell(step, states)
    given = keras.tree.flatten(after)
    for before, state in zip(keras.tree.flatten(states), given, strict=True):
        following = _unplaced(StateAfterStep())
        following.name = OperationName.at("next state", f"{type(layer.cell).__name__}.call", 0)
        following.symbolic_call(before, state)
    outputs = _unplaced(AllSteps(sequences.shape[1])).symbolic_call(output) if layer.return_sequences else output
    return (outputs, *given) if layer.return_state else outputs


def _states(layer: Any, sequences: Any, initial_state: Any) -> Any:
    """The states of the first step: what is given, else what the cell begins with, or says of their sizes."""
    given = [initial_state] if isinstance(initial_state, keras_layers.KerasTensor) else initial_state
    if given is not None:
        return list(given)
    batch, dtype = sequences.shape[0], layer.cell.compute_dtype
    begun = _begun(layer, batch) if batch is not None else None
    if begun is not None:
        return begun
    return keras.tree.map_structure(
        lambda size: keras_layers.KerasTensor((batch, size), dtype=dtype), list(layer.state_size)
    )


def _begun(layer: Any, batch: int) -> Any | None:
    """What the cell itself makes for a batch; `None` where it makes nothing, or raises."""
    if not hasattr(layer.cell, "get_initial_state"):
        return None
    try:
        states = list(layer.get_initial_state(batch))
    except Exception:  # noqa: BLE001  whatever the user's own code raises: the real pass has come to the cell
        return None
    return keras.tree.map_structure(keras_layers.symbol_of, states)


def _unplaced(operation: Any) -> Any:
    """The operation as one that no line of the user's makes."""
    vars(operation).pop(keras_layers.RECORDED, None)
    return operation
