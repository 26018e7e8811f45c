"""The pass on a batch of known size, and on the last one, where it is shorter: what a program refuses there alone."""

from __future__ import annotations

import functools
from dataclasses import astuple, replace
from typing import TYPE_CHECKING, Any

import keras

from shapeguard.guard import preflight
from shapeguard.keras_compat import own_steps, step_functions
from shapeguard.keras_compat.loss_calls import batches_beside
from shapeguard.records.network import Batches, Value
from shapeguard.trace import given_data
from shapeguard.trace.own_steps import replay_refused, replay_shorter, replay_whole
from shapeguard.trace.replay import replay
from shapeguard.trace.target_pairing import own_functions

if TYPE_CHECKING:
    from shapeguard.records.network import Feed, Network


def dry_run_of_whole(model: Any, feed: Feed, exception: BaseException) -> Network | None:
    """The step of the user's own on a whole batch, if it refuses that; call it in `undisturbed(model)`.

    A step that was traced with an open batch raises where no line of the user's tells: in the gradient of a layer.
    """
    sizes = [each for each in (feed.batch_size, feed.samples) if each]
    size = min(sizes) if sizes else given_data.size_of_batches(exception)
    if not size or not own_steps.has_own_code(model, feed.phase):
        return None
    return replay_whole(own_steps.OwnStep(model, feed.phase), _batch_of(feed, size))


def dry_run_of_losses(model: Any, feed: Feed, network: Network, exception: BaseException) -> Network | None:
    """The pass up to the loss or metric of the user's own that raised; call it in `undisturbed(model)`.

    `network` is the pass of the model, which came to its end.
    """
    size = min([each for each in (feed.batch_size, feed.samples) if each], default=None)
    if not network.complete or feed.signature is None:
        return None
    for own in own_functions(feed, network):
        shapes = own.target.shape[1:], own.output.shape[1:]
        if any(size in shape for shape in shapes):  # nothing is to fit because the batch is as large as something else
            size = next(batches_beside(*shapes))
        step = own_steps.LossStep(model, feed.phase, own.function, own.slot)
        batch = keras.tree.map_structure(functools.partial(_of_size, size=size), (feed.signature, own.target))
        found = replay_refused(step, batch, exception)
        if found is not None:
            return found
    return None


def dry_run_of_rest(model: Any, feed: Feed) -> Network | None:
    """The pass on the last batch, if it is shorter and Keras refuses it; call it in `undisturbed(model)`.

    The pass on another batch came to its end.
    """
    size, samples = feed.batch_size, feed.samples
    if not size or not samples or samples <= size or not samples % size:
        return None
    batches = Batches(size, samples % size)
    if step_functions.has_own_step(model, feed.phase):
        step = own_steps.OwnStep(model, feed.phase)
        return replay_shorter(step, _batch_of(feed, batches.written), _batch_of(feed, batches.samples), batches)
    inputs = preflight.inputs_for(model, replace(feed, batch_size=batches.samples, samples=batches.samples))
    if inputs is None or not model.built:
        return None
    network = replay(model, inputs, training=feed.phase == "train", batches=batches)
    return _of_own_functions(model, feed, network, batches) if network.complete else replace(network, batches=batches)


def _of_own_functions(model: Any, feed: Feed, network: Network, batches: Batches) -> Network | None:
    """What the first loss or metric of the user's own calls that refuses the last batch; `None` if none does."""
    for own in own_functions(feed, network):
        step = own_steps.OwnFunction(model, feed.phase, own.function)
        whole, rest = (tuple(_of_size(each, size) for each in (own.target, own.output)) for size in astuple(batches))
        found = replay_shorter(step, whole, rest, batches)
        if found is not None:
            return found
    return None


def _batch_of(feed: Feed, size: int) -> Any:
    """A batch of so many samples, as a step takes it."""
    parts = (feed.signature, feed.target_structure, feed.weight_structure)
    sized = (keras.tree.map_structure(lambda leaf: _of_size(leaf, size), part) for part in parts)
    return keras.utils.pack_x_y_sample_weight(*sized)


def _of_size(leaf: Any, size: int | None) -> Any:
    """A tensor of so many samples; with its own first axis if the size is not known."""
    if not isinstance(leaf, Value):
        return leaf
    return keras.KerasTensor(leaf.shape if size is None else (size, *leaf.shape[1:]), dtype=leaf.dtype)
