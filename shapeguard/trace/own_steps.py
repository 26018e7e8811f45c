"""A step of the user's own that raised, taken again on KerasTensors up to the line that raised."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import keras

from shapeguard.keras_compat import interception, keras_layers, own_steps, step_functions
from shapeguard.source import frames
from shapeguard.trace.crash_sites import place_of
from shapeguard.trace.raised_frames import argument_values, levels
from shapeguard.trace.recorder import tensors_in
from shapeguard.trace.replay import Replay

if TYPE_CHECKING:
    from types import FrameType

    from shapeguard.records.network import Batches, Feed, Network, Phase


def replay_own_step(model: Any, phase: Phase, exception: BaseException) -> Network | None:
    """The calls of a step that raised `exception`, up to the one that does so on KerasTensors too.

    `None` of a step that Keras takes by itself, and where the exception came from a line that no KerasTensor gets to.
    """
    batch = _batch_of(model, phase, exception) if own_steps.has_own_code(model, phase) else None
    if batch is None:
        return None
    network, raised = _taken(own_steps.OwnStep(model, phase), keras.tree.map_structure(keras_layers.symbol_of, batch))
    return network if raised is not None and _came_from_one_place(raised, exception) else None


def replay_shorter(step: own_steps.OwnStep, whole: Any, rest: Any, batches: Batches) -> Network | None:
    """The calls of a step on a shorter batch, up to the one that raises; `None` if a whole one raises there too."""
    _, raised = _taken(step, whole)
    network, refusal = _taken(step, rest, batches)
    is_refused = refusal is not None and any(call.failure is not None for call in network.calls[1:])
    if refusal is None or not is_refused or (raised is not None and _came_from_one_place(refusal, raised)):
        return None
    return replace(network, batches=batches)


def replay_whole(step: own_steps.OwnStep, whole: Any) -> Network | None:
    """The calls of a step on a batch of known size, up to the one that raises; `None` if none of them does."""
    network, refusal = _taken(step, whole)
    is_refused = refusal is not None and any(call.failure is not None for call in network.calls[1:])
    return network if is_refused else None


def replay_refused(step: own_steps.OwnStep, batch: Any, exception: BaseException) -> Network | None:
    """The calls of a step on a batch, up to the one that raises where `exception` was raised; `None` if none does.

    An exception that came through no line of the user's was raised while a graph ran.
    """
    network, refusal = _taken(step, batch)
    if refusal is None or not any(call.failure is not None for call in network.calls[1:]):
        return None
    return network if place_of(exception) is None or _came_from_one_place(refusal, exception) else None


def _taken(step: own_steps.OwnStep, data: Any, batches: Batches | None = None) -> tuple[Network, Exception | None]:
    """The calls that a step makes on KerasTensors, up to the one that raised if any does."""
    run, raised = Replay(root=step, batches=batches), None
    try:
        with interception.intercepting(run):
            step(data)
    except Exception as refusal:  # noqa: BLE001  who called asks where it came from
        raised = refusal
    return run.recorder.network(tensors_in(data), complete=raised is None), raised


def _came_from_one_place(exception: BaseException, other: BaseException) -> bool:
    """Whether both came from one line of the user's."""
    place = place_of(exception)
    return place is not None and place == place_of(other)


def _batch_of(model: Any, phase: Phase, exception: BaseException) -> Any | None:
    """What the step was taken on: what Keras gave to the model's own method, which may have named it anew since."""
    passed = [each.frame for level in levels(exception) for each in level]
    for place, frame in enumerate(passed):
        given = argument_values(frame)
        if frame.f_code.co_name == step_functions.STEPS[phase] and len(given) > 1 and given[0] is model:
            around = (batch for outer in reversed(passed[:place]) for batch in [_taken_by_keras(outer)])
            return next((batch for batch in around if batch is not None), given[1])
    return None


def _taken_by_keras(frame: FrameType) -> Any | None:
    """The batch, if a frame is Keras' own that takes one step; `None` of others."""
    is_step = frame.f_code.co_name == "one_step_on_data"  # 3.0 to 3.15, backend/tensorflow/trainer.py, torch/trainer.py
    return frame.f_locals.get("data") if is_step and frames.is_keras_or_backend(frame.f_code.co_filename) else None


def of_own_step(feed: Feed, network: Network) -> Feed:
    """The feed of a step of the user's own: all parts of a batch are its inputs, and nothing is known of a loss."""
    shapes = tuple(network.values[index].shape for index in network.inputs)
    return replace(feed, inputs=tuple(shape[1:] for shape in shapes), given=(), targets=(), loss=())
