"""The interface of a layer's rule: the formula of its output shape, the inverse, the checks and the texts."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from shapeguard.layers.traits import Traits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.records.network import Shape
    from shapeguard.records.source import Construction

Config = Mapping[str, Any]
"""The constructor arguments of a layer as `get_config()` returns them; wrapped layers are serialized in it."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Keras would refuse this call: `reason` is one clause, `axis` the axis that is to blame, if it is one."""

    reason: str
    axis: int | None = None


PLAUSIBLE = 1.0
"""The cost of a change of which a rule says nothing."""


@dataclass(frozen=True, slots=True)
class Change:
    """Other values for one or several constructor arguments of one layer.

    `inner` leads into wrapped layers: ("layer",) is the layer inside TimeDistributed. `cost` is how far the change
    departs from what people write by mistake: 0 a usual slip (strides 3 -> 1), 1 plausible, 2 and more far-fetched.
    `solved` marks a value computed from the wanted shape, as opposed to drawn from a small grid.
    """

    arguments: tuple[tuple[str, object], ...]
    cost: float = PLAUSIBLE
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
    """The shapes of one layer class. `config` has every constructor argument, as the result of `get_config()`."""

    @property
    def name(self) -> str:
        """The layer class."""

    @property
    def arguments(self) -> tuple[str, ...]:
        """Shape-determining arguments, most often guilty first."""

    @property
    def traits(self) -> Traits:
        """What is known of the class beyond its shapes."""

    def covers(self, config: Config) -> bool:
        """Whether the rule holds for this layer: it does not if the layer wraps one without a rule."""

    def forward(self, config: Config, inputs: tuple[Shape, ...]) -> tuple[Shape, ...] | Refusal:
        """The output shapes for these input shapes, flattened in call order, or why Keras refuses them."""

    def keeps_samples(self, config: Config, inputs: tuple[Shape, ...]) -> bool:
        """Whether each sample is worked on by itself, so that Keras' symbolic shape is that of any batch."""

    def changes(
        self, config: Config, inputs: tuple[Shape, ...], wanted: tuple[Shape, ...] | None = None
    ) -> Iterator[Change]:
        """Other values of one argument worth trying: solved from `wanted` (`None` dims are free), then a grid."""

    def pairs(
        self, config: Config, inputs: tuple[Shape, ...], wanted: tuple[Shape, ...] | None = None
    ) -> Iterator[Change]:
        """Two arguments of this layer that people get wrong together."""

    def explain_axis(self, config: Config, inputs: tuple[Shape, ...], axis: int) -> Derivation | None:
        """The arithmetic behind one axis of the first output; `None` if the axis is merely passed on."""

    def hint(self, construction: Construction | None, config: Config, change: Change) -> str:
        """A sentence on why people write the old value; "" if there is nothing to explain."""


class Family(ABC):
    """The defaults of most rules: no changes, no derivation, no hint."""

    arguments: tuple[str, ...] = ()
    traits = Traits()

    def __init__(self, name: str, traits: Traits | None = None) -> None:
        self.name = name
        if traits is not None:
            self.traits = traits

    def covers(self, config: Config) -> bool:  # noqa: ARG002 the protocol's signature
        return True

    @abstractmethod
    def forward(self, config: Config, inputs: tuple[Shape, ...]) -> tuple[Shape, ...] | Refusal: ...

    def keeps_samples(self, config: Config, inputs: tuple[Shape, ...]) -> bool:
        """Whether none of the axes that it works along is that of the batch."""
        axis, ndim = config.get("axis"), len(inputs[0]) if inputs else 0
        axes = axis if isinstance(axis, list | tuple) else (axis,)
        return not any(isinstance(each, int) and each in {0, -ndim} for each in axes)

    def changes(
        self,
        config: Config,  # noqa: ARG002
        inputs: tuple[Shape, ...],  # noqa: ARG002
        wanted: tuple[Shape, ...] | None = None,  # noqa: ARG002
    ) -> Iterator[Change]:
        yield from ()

    def pairs(
        self,
        config: Config,  # noqa: ARG002
        inputs: tuple[Shape, ...],  # noqa: ARG002
        wanted: tuple[Shape, ...] | None = None,  # noqa: ARG002
    ) -> Iterator[Change]:
        yield from ()

    def explain_axis(self, config: Config, inputs: tuple[Shape, ...], axis: int) -> Derivation | None:  # noqa: ARG002
        return None

    def hint(self, construction: Construction | None, config: Config, change: Change) -> str:  # noqa: ARG002
        return ""
