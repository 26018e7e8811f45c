"""The shape of a weight that a layer of the user's own makes: what was written, or what `build` makes of its inputs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shapeguard.diagnosis.keras_fallback import OperationRule
from shapeguard.diagnosis.scoring import call_costs as costs
from shapeguard.keras_compat import own_weights, states
from shapeguard.layers import Change, Refusal
from shapeguard.layers.costs import SOLVED

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from shapeguard.records.network import Call, Shape


class WeightRule(OperationRule):
    """The rule of one weight: it takes what the layer takes, where `build` makes the weight for that."""

    def __init__(self, call: Call, owner: Any) -> None:
        super().__init__(call)
        self.owner = owner
        self._built_for: dict[Shape, Shape | Refusal] = {}

    @property
    def arguments(self) -> tuple[str, ...]:
        """The arguments that may be to blame."""
        return ("shape",)

    def forward(self, config: Mapping[str, Any], inputs: tuple[Shape, ...]) -> tuple[Shape, ...] | Refusal:
        """The shape that is written, each size that `build` makes of other inputs followed."""
        written = tuple(config["shape"])
        built = self._built(inputs[0]) if inputs else self._call.operation.shape
        if isinstance(built, Refusal):
            return built
        return (written if written != self._call.operation.shape else built,)

    def _built(self, shape: Shape) -> Shape | Refusal:
        """The weight's shape in a layer that is built for inputs of this shape."""
        if shape not in self._built_for:
            self._built_for[shape] = self._anew(shape)
        return self._built_for[shape]

    def _anew(self, shape: Shape) -> Shape | Refusal:
        weight = self._call.operation
        if not own_weights.makes_others(self.owner, shape):
            return weight.shape  # type: ignore[no-any-return]
        with states.leaving_no_mark():
            try:
                made = own_weights.shapes_built(self.owner, shape)
            except Exception as refusal:  # noqa: BLE001  what the user's `build` raises is its refusal
                return Refusal(str(refusal))
        return made[weight.place] if weight.place < len(made) else weight.shape  # type: ignore[no-any-return]

    def changes(
        self,
        config: Mapping[str, Any],
        inputs: tuple[Shape, ...],  # noqa: ARG002  as every rule takes them
        wanted: tuple[Shape, ...] | None = None,
    ) -> Iterator[Change]:
        """The wanted shape, where the user's line was seen: there is no other place to write it."""
        now, made = tuple(config["shape"]), self._call.construction
        if wanted and made is not None and made.call is not None and len(wanted[0]) == len(now):
            shape = tuple(size if want is None else want for size, want in zip(now, wanted[0], strict=True))
            others = [want for size, want in zip(now, shape, strict=True) if size != want]
            if others and shape == now[::-1]:
                yield Change((("shape", shape),), 0, (), solved=True)
            elif others:
                cost = SOLVED + costs.FURTHER_SIZE * (len(others) - 1) + costs.WEIGHT_OF_ONE * (1 in others)
                yield Change((("shape", shape),), cost, (), solved=True)
