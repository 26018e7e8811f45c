"""What a training method that raised was given: read from the frames that the exception came through."""

from __future__ import annotations

import dataclasses
from traceback import walk_tb
from typing import TYPE_CHECKING, Any

import keras

from shapeguard.keras_compat import keras_layers, keras_trainers, messages
from shapeguard.records.network import Value
from shapeguard.source import frames
from shapeguard.trace import given_data
from shapeguard.trace.feed import arguments_of, feed_of, feed_of_arguments, feed_of_batch, value_of, with_call
from shapeguard.trace.open_elements import open_elements
from shapeguard.trace.selections import selections

_DRAWN = 3
"""Batches of a dataset that are looked at."""

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import FrameType

    from shapeguard.records.network import Feed, Phase
    from shapeguard.source.fit_call import UserCall


def feed_of_failure(
    model: Any,
    exception: BaseException,
    args: Sequence[Any],
    kwargs: Mapping[str, Any],
    phase: Phase,
    call: UserCall,
) -> Feed:
    """The feed of a call of `fit` or its like; of data that only its iterator knows, that of the batch that failed."""
    given = arguments_of(args, kwargs, phase)
    feed = dataclasses.replace(_of_call(model, exception, args, kwargs, phase, call), lists=given_data.lists(given))
    feed = _with_sizes_of_batches(model, feed, given.get("x"))
    if messages.refuses_objects(str(exception)):
        feed = dataclasses.replace(feed, objects=given_data.objects(given))
    if feed.unequal:
        chosen = selections(frames.user_frame(), given, feed.unequal)
        feed = dataclasses.replace(feed, selections=chosen)
    if messages.tells_no_rank(str(exception)):
        found = filter(None, (open_elements(given.get(name), name) for name in ("x", "validation_data")))
        feed = dataclasses.replace(feed, open_elements=next(found, None))
    if messages.missed_index(str(exception)) is None:
        return feed
    return dataclasses.replace(feed, largest=_largest(model, args, kwargs, phase))


def _of_call(
    model: Any,
    exception: BaseException,
    args: Sequence[Any],
    kwargs: Mapping[str, Any],
    phase: Phase,
    call: UserCall,
) -> Feed:
    passed = [frame for frame, _ in walk_tb(exception.__traceback__)]
    running = next((frame for frame in passed if keras_trainers.is_trainer_frame(frame, model, phase)), None)
    if running is None:
        return feed_of_arguments(model, args, kwargs, phase, call)
    feed = _of_validation(with_call(feed_of(model, running, phase), call), running)
    return feed if feed.source == "arrays" else _of_failed_batch(model, passed, feed)


def _with_sizes_of_batches(model: Any, feed: Feed, data: Any) -> Feed:
    """The feed with the sizes that a dataset leaves open, as its first batches have them, where these agree."""
    is_open = any(None in shape[1:] for shape in feed.given)
    if feed.source != "dataset" or not is_open or not hasattr(data, "take"):
        return feed
    try:
        drawn = [keras.tree.map_structure(value_of, given_data.unpacked(batch)[0]) for batch in data.take(_DRAWN)]
    except Exception:  # noqa: BLE001  whatever the functions of the dataset raise, once more
        return feed
    shapes = {tuple(tuple(leaf.shape[1:]) for leaf in keras.tree.flatten(batch)) for batch in drawn}
    if len(shapes) != 1:
        return feed
    known = keras.tree.map_structure(lambda leaf: Value((None, *leaf.shape[1:]), leaf.dtype), drawn[0])
    now = feed_of_batch(model, (known, None, None), feed.phase)
    return dataclasses.replace(feed, inputs=now.inputs, given=now.given, signature=now.signature)


def _largest(model: Any, args: Sequence[Any], kwargs: Mapping[str, Any], phase: Phase) -> tuple[int, ...]:
    """The largest number in each input, in the model's order; `()` where not all of the data is arrays."""
    given = arguments_of(args, kwargs, phase)
    beside = given.get("validation_data")
    parts = [given.get("x"), *(beside[:1] if isinstance(beside, tuple | list) else () if beside is None else (beside,))]
    if not all(map(given_data.is_of_arrays, parts)):
        return ()
    inputs = [keras_layers.in_model_order(model, part) for part in parts]
    return tuple(max(map(_largest_in, leaves)) for leaves in zip(*inputs, strict=False))


def _largest_in(array: Any) -> int:
    numbers = keras.ops.convert_to_numpy(array)
    return int(numbers.max()) if numbers.size else 0


def _of_validation(feed: Feed, running: FrameType) -> Feed:
    """The feed of the validation within `fit`, where Keras refused its arrays before there was any batch of them."""
    data = running.f_locals.get("validation_data")
    if feed.phase != "train" or not isinstance(data, tuple):
        return feed
    unequal = given_data.unequal(dict(zip(given_data.PARTS, data, strict=False)))
    return dataclasses.replace(feed, phase="test", unequal=unequal) if unequal else feed


def _of_failed_batch(model: Any, passed: Sequence[FrameType], feed: Feed) -> Feed:
    """The feed with the shapes of the batch that failed, where they are known; a trace leaves sizes open."""
    batch = keras_trainers.batch_in(passed)
    if batch is None:
        return feed
    failed = feed_of_batch(model, batch, feed.phase)
    if feed.given and any(None in shape for shape in failed.given):
        return feed
    return dataclasses.replace(
        feed,
        inputs=failed.inputs,
        given=failed.given,
        signature=failed.signature,
        keys=failed.keys or feed.keys,
        parts=failed.parts or feed.parts,
        targets=failed.targets or feed.targets,
        target_structure=failed.target_structure or feed.target_structure,
    )
