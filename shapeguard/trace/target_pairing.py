"""Which target and which loss Keras compares with which output of the model."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import keras

from shapeguard.keras_compat import compiled_losses, compiled_metrics
from shapeguard.records.network import Value, ValueRef
from shapeguard.records.targets import TargetValues

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

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
    targets: list[Shape | None] = [None] * len(slots)
    losses: list[CompiledLoss | None] = [None] * len(slots)
    values: list[TargetValues | None] = [None] * len(slots)
    weights: list[Shape | None] = [None] * len(slots)
    seen = _values_by_target(feed)
    handed = compiled_losses.handed_to(model, *given, feed.weight_structure)
    for loss, target, output, weight in handed or compiled_losses.handed_to(model, *given):
        slot = slots.get(id(output))
        if slot is not None and targets[slot] is None and isinstance(target, Value):
            targets[slot], losses[slot] = target.shape[1:], compiled_losses.described(loss)
            values[slot] = replace(seen.get(id(target), TargetValues()), dtype=target.dtype)
            weights[slot] = weight.shape[1:] if isinstance(weight, Value) else None
    return replace(
        feed,
        targets=tuple(targets),
        loss=tuple(losses),
        values=tuple(values),
        metrics=_metrics(compiled_metrics.pairs_of(model, *given), slots) if refused else (),
        weights=tuple(weights),
        target_structure=None,
        weight_structure=None,
    )


def _metrics(pairs: Iterable[tuple[Any, Any, Any]], slots: Mapping[int, int]) -> tuple[tuple[CompiledMetric, ...], ...]:
    """The metrics of each output; those with which nothing is compared are left out."""
    metrics: list[list[CompiledMetric]] = [[] for _ in slots]
    for metric, target, output in pairs:
        slot = slots.get(id(output))
        if slot is not None and isinstance(target, Value):
            metrics[slot].append(compiled_metrics.described(metric))
    return tuple(map(tuple, metrics))


def _values_by_target(feed: Feed) -> dict[int, TargetValues]:
    """What was seen of each target's values, by the identity of what stands for it."""
    targets = [leaf for leaf in keras.tree.flatten(feed.target_structure) if leaf is not None]
    same = len(targets) == len(feed.values)
    return {id(t): v for t, v in zip(targets, feed.values, strict=False) if v is not None} if same else {}


def _call_of_model(network: Network) -> Call | None:
    """The call of the whole model; `None` if the pass is not one."""
    return next((call for call in network.calls if call.path == "" and isinstance(call.operation, keras.Model)), None)


def _outputs(structure: Any) -> list[Any]:
    """The tensors that a model returned, as objects of their own: it may return one twice."""
    return [leaf for leaf in keras.tree.flatten(structure) if isinstance(leaf, ValueRef)]
