"""Which target and which loss Keras compares with which output of the model."""

from __future__ import annotations

import functools
import inspect
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import keras

from shapeguard.keras_compat import compiled_losses, compiled_metrics, loss_calls
from shapeguard.records.network import Value, ValueRef
from shapeguard.records.targets import OwnCode, TargetValues

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from shapeguard.records.network import Call, Feed, Network, Shape
    from shapeguard.records.targets import CompiledLoss, CompiledMetric


def paired(feed: Feed, network: Network, *, refused: bool) -> Feed:
    """The feed with a target, a loss and metrics beside each output of the network, `None` where nothing is compared.

    None at all where it is not certain what Keras compares: the pass is not the model's own call, or the loss or the
    step is the user's own; but where Keras `refused` the step, that is believed to hand on what it was given.
    """
    if feed.target_structure is None:
        return feed
    root = _call_of_model(network)
    if root is None or not (refused or compiled_losses.compares_targets(root.operation, feed.phase)):
        return replace(feed, targets=(), loss=(), values=(), target_structure=None, weight_structure=None)
    model, given = root.operation, (feed.target_structure, root.structure)
    slots = {id(leaf): slot for slot, leaf in enumerate(_outputs(root.structure))}
    handed = compiled_losses.handed_to(model, *given, feed.weight_structure)
    compared = _compared(handed or compiled_losses.handed_to(model, *given), slots, feed)
    targets, losses, values, weights, alike = zip(*compared, strict=True) if compared else ((), (), (), (), ())
    return replace(
        feed,
        targets=targets,
        loss=losses,
        values=values,
        metrics=functools.partial(_metrics, model, given, slots),
        own=functools.partial(_own, model, given, slots),
        weights=weights,
        alike=alike,
        target_structure=None,
        weight_structure=None,
    )


def _compared(
    handed: Iterable[tuple[Any, Any, Any, Any]], slots: Mapping[int, int], feed: Feed
) -> list[tuple[Shape | None, CompiledLoss | None, TargetValues | None, Shape | None, int]]:
    """For each output the shape of its target, its loss, what is known of the target's values, and its weights.

    Of these the shape, and along how many of the last axes they are alike.
    """
    compared: list[Any] = [(None, None, None, None, 0)] * len(slots)
    seen = _by_identity(feed.target_structure, feed.values)
    alike = _by_identity(feed.weight_structure, feed.alike)
    for loss, target, output, weight in handed:
        slot = slots.get(id(output))
        if slot is None or compared[slot][0] is not None or not isinstance(target, Value):
            continue
        values = replace(seen.get(id(target)) or TargetValues(), dtype=target.dtype)
        weights = weight.shape[1:] if isinstance(weight, Value) else None
        own = target.shape[1:], compiled_losses.described(loss), values
        compared[slot] = *own, weights, alike.get(id(weight), 0)
    return compared


def _metrics(
    model: keras.Model, given: tuple[Any, Any], slots: Mapping[int, int]
) -> tuple[tuple[CompiledMetric, ...], ...]:
    """The metrics of each output; those with which nothing is compared are left out."""
    metrics: list[list[CompiledMetric]] = [[] for _ in slots]
    for metric, target, output in compiled_metrics.pairs_of(model, *given):
        slot = slots.get(id(output))
        if slot is not None and isinstance(target, Value):
            metrics[slot].append(compiled_metrics.described(metric))
    return tuple(map(tuple, metrics))


def _own(model: keras.Model, given: tuple[Any, Any], slots: Mapping[int, int]) -> tuple[tuple[OwnCode, ...], ...]:
    """The losses and metrics of each output that are the user's own."""
    own: list[list[OwnCode]] = [[] for _ in slots]
    for loss, target, output, _ in compiled_losses.handed_to(model, *given):
        described = compiled_losses.described(loss)
        if id(output) in slots and isinstance(target, Value) and described is not None and not described.is_keras:
            own[slots[id(output)]].append(OwnCode("loss", described.name, functools.partial(loss_calls.run, loss)))
    for metric, target, output in compiled_metrics.pairs_of(model, *given):
        named = compiled_metrics.described(metric)
        if id(output) in slots and isinstance(target, Value) and not named.is_keras:
            run = functools.partial(compiled_metrics.run, metric)
            own[slots[id(output)]].append(OwnCode("metric", named.name, run))
    return tuple(map(tuple, own))


class OwnComparison(NamedTuple):
    """A loss or metric of the user's own that is a function, and what it takes; `slot` counts the model's outputs."""

    function: Any
    target: Value
    output: Value
    slot: int


def own_functions(feed: Feed, network: Network) -> list[OwnComparison]:
    """The losses and metrics of the user's own that are functions, each with the target and the output that it takes.

    A loss takes both as floating numbers, whatever they are (losses/loss.py, 3.0 to 3.15).
    """
    root = _call_of_model(network)
    if root is None or feed.target_structure is None:
        return []
    given = feed.target_structure, root.structure
    floats = str(keras.config.floatx())
    found = [
        (loss.call if isinstance(loss, keras.losses.Loss) else loss, replace(target, dtype=floats), output)
        for loss, target, output, _ in compiled_losses.handed_to(root.operation, *given)
        if isinstance(target, Value) and _is_own(compiled_losses.described(loss))
    ]
    found += [
        (metric, target, output)
        for metric, target, output in compiled_metrics.pairs_of(root.operation, *given)
        if isinstance(target, Value) and _is_own(compiled_metrics.described(metric))
    ]
    return list(_functions_among(found, root, network))


def _functions_among(found: Iterable[tuple[Any, Value, Any]], root: Call, network: Network) -> Iterator[OwnComparison]:
    slots = {id(leaf): slot for slot, leaf in enumerate(_outputs(root.structure))}
    for each, target, output in found:
        if inspect.isroutine(each):
            yield OwnComparison(each, target, network.values[output.index], slots[id(output)])


def _is_own(described: CompiledLoss | CompiledMetric | None) -> bool:
    return described is not None and not described.is_keras


def _by_identity(structure: Any, seen: Sequence[Any]) -> dict[int, Any]:
    """What was seen of each array of a part, by the identity of what stands for it."""
    leaves = [leaf for leaf in keras.tree.flatten(structure) if leaf is not None]
    return {id(leaf): each for leaf, each in zip(leaves, seen, strict=False)} if len(leaves) == len(seen) else {}


def _call_of_model(network: Network) -> Call | None:
    """The call of the whole model; `None` if the pass is not one."""
    return next((call for call in network.calls if call.path == "" and isinstance(call.operation, keras.Model)), None)


def _outputs(structure: Any) -> list[Any]:
    """The tensors that a model returned, as objects of their own: it may return one twice."""
    return [leaf for leaf in keras.tree.flatten(structure) if isinstance(leaf, ValueRef)]
