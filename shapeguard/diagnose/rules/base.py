"""What a shape rule is: the formula of a layer family, its inverse, its checks and its words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from shapeguard.records import Shape



@dataclass(frozen=True, slots=True)
class Refusal:
    """Keras would refuse this call; `reason` says why in one clause, `axis` where one axis is to blame."""

    reason: str
    axis: int | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """Other values for one or several constructor arguments of one layer.

    `inner` leads into wrapped layers: ("layer",) is the layer inside TimeDistributed. `effort` is how far the change
    departs from what people write by mistake: 0 a usual slip (strides 3 -> 1), 1 plausible, 2 and more far-fetched.
    `solved` marks a value computed from the wanted shape, as opposed to drawn from a small grid.
    """

    arguments: tuple[tuple[str, object], ...]
    effort: float = 1.0
    inner: tuple[str, ...] = ()
    solved: bool = False


@dataclass(frozen=True, slots=True)
class Derivation:
    """Why one axis has its size: `arithmetic` such as "floor((28 - 3) / 3) + 1 = 9" and the arguments it depends on."""

    axis: int
    name: str  # "height", "width", "channels", "steps", ...
    arithmetic: str
    arguments: tuple[str, ...]


class Rule(Protocol):
    """The shape behaviour of one family of layers. `config` holds every constructor argument, as `get_config()` does."""

    classes: tuple[str, ...]
    arguments: tuple[str, ...]
    """Shape-determining arguments, most often guilty first."""

    def forward(self, config: Mapping[str, object], inputs: tuple[Shape, ...]) -> tuple[Shape, ...] | Refusal:
        """The output shapes for these input shapes, flattened in call order, or why Keras refuses them."""

    def changes(
        self, config: Mapping[str, object], inputs: tuple[Shape, ...], wanted: tuple[Shape, ...] | None
    ) -> Iterator[Change]:
        """Other argument values worth trying: solved from `wanted` where given (`None` dims are free), then a grid."""

    def derive(self, config: Mapping[str, object], inputs: tuple[Shape, ...], axis: int) -> Derivation | None:
        """The arithmetic behind one axis of the first output; `None` where the axis is merely passed on."""
