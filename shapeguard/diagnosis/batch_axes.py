"""The batch axis of what is fed to the inputs: whether it is missing, or there are two."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Literal

from shapeguard.spec import shapes_agree

if TYPE_CHECKING:
    from shapeguard.diagnosis.graph import Node
    from shapeguard.diagnosis.model_inputs import ModelInputs
    from shapeguard.records.network import Feed, Shape

How = Literal["missing", "twice", "flat"]


@dataclass(frozen=True, slots=True)
class Misbatched:
    """An input whose data has no batch axis or two, or is one sample with its values in other axes.

    `given` is the data as it is, `declared` what the input takes.
    """

    node: Node
    given: Shape
    declared: Shape
    how: How


def misbatched(inputs: ModelInputs) -> list[Misbatched]:
    """The inputs whose data is wrong by the batch axis; none if other data is wrong in another way."""
    if _are_samples(inputs.feed):
        return []
    wrong = []
    for node, _ in inputs.conflicts():
        declared, given = inputs.graph.shapes[node.outputs[0]], inputs.given.get(node.outputs[0], ())
        how = _how(given, declared) or _flat(inputs.feed, given, declared)
        if how is None:
            return []
        wrong.append(Misbatched(node, given, declared, how))
    return wrong


def _are_samples(feed: Feed | None) -> bool:
    """Whether whole arrays have a target for each of several samples, and those of two batch axes apart."""
    is_compared = feed is not None and feed.source == "arrays" and bool(feed.targets) and not feed.unequal
    return is_compared and feed is not None and (feed.samples or 0) > 1 and not _has_second_batch(feed)


def _has_second_batch(feed: Feed) -> bool:
    """Whether the targets go on with an axis as long as the inputs' second one, as arrays of batches do.

    An axis of 1 says nothing: it is a feature on one side and a value on the other.
    """
    seconds = {shape[1] for shape in feed.given if len(shape) > 1} - {1}
    return any(shape[:1] and shape[0] in seconds for shape in feed.targets if shape is not None)


def _how(given: Shape, declared: Shape) -> How | None:
    """Two batch axes are an axis too many in front; where the second is 1, it may be any axis too many."""
    if shapes_agree(given, declared[1:]):
        return "missing"
    is_longer = len(given) == len(declared) + 1
    return "twice" if is_longer and given[1] != 1 and shapes_agree(given[2:], declared[1:]) else None


def _flat(feed: Feed | None, given: Shape, declared: Shape) -> How | None:
    """What is predicted of as one sample, if that has as many values, and as many axes as a sample has or fewer."""
    is_one = feed is not None and feed.phase == "predict" and feed.source == "arrays" and len(given) < len(declared)
    if not is_one or not given or None in (*given, *declared[1:]):
        return None
    sizes = (prod(size or 0 for size in shape) for shape in (given, declared[1:]))
    return "flat" if len(set(sizes)) == 1 else None
