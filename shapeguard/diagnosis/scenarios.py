"""Changes of a network and what would be after them, as values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from shapeguard.layers import Refusal
    from shapeguard.records.network import Shape


@dataclass(frozen=True, slots=True)
class Patch:
    """Changes of a network: other configs of nodes, other shapes of values, layers before nodes or instead of them.

    A layer before a node is a function on the node's input shapes, one instead of it gives its output shapes.
    """

    configs: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)
    values: Mapping[int, Shape] = field(default_factory=dict)
    inserted: Mapping[int, Any] = field(default_factory=dict)
    replaced: Mapping[int, Any] = field(default_factory=dict)

    def merged(self, other: Patch) -> Patch:
        """Both together."""
        return Patch(
            {**self.configs, **other.configs},
            {**self.values, **other.values},
            {**self.inserted, **other.inserted},
            {**self.replaced, **other.replaced},
        )

    @property
    def is_empty(self) -> bool:
        """Whether nothing is changed."""
        return not (self.configs or self.values or self.inserted or self.replaced)


@dataclass(slots=True)
class Scenario:
    """What would be, after some changes: the shapes that differ from the observed ones.

    `refusal` is the first node that Keras would refuse, with the reason; `last_refusal` may have been stepped over.
    `unknown` are values behind an opaque node, `removed_outputs` those that a layer would no longer have,
    `crossed_opaque` opaque nodes whose inputs would change. `violates`: a constraint cannot hold, so that the rest was
    not worked out.
    """

    shapes: dict[int, Shape] = field(default_factory=dict)
    refusal: tuple[int, Refusal] | None = None
    last_refusal: tuple[int, Refusal] | None = None
    unknown: set[int] = field(default_factory=set)
    removed_outputs: set[int] = field(default_factory=set)
    crossed_opaque: set[int] = field(default_factory=set)
    violates: bool = False


def refused_values(index: int, shapes: Sequence[Shape]) -> dict[int, Shape]:
    """What the refused call would give: it has no observed outputs, so these get negative indices of its own."""
    return {refused_value(index, slot): shape for slot, shape in enumerate(shapes)}


def more_values(index: int, count: int, shapes: Sequence[Shape]) -> dict[int, Shape]:
    """The outputs of a call behind the first `count`, which were observed: those that it would give too."""
    return {refused_value(index, slot): shapes[slot] for slot in range(count, len(shapes))}


def refused_value(index: int, slot: int = 0) -> int:
    """The value for an output that the call `index` does not have: it was refused, or gave fewer."""
    return -(index * 64 + slot + 1)
