"""The shape rule of a layer that is called with masks, which Keras' own formulas do not look at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shapeguard.diagnosis.written_layers import places_of
from shapeguard.layers import Refusal
from shapeguard.layers.masks import argument_of_mask, refused_mask

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from shapeguard.layers import Change, Derivation, Rule
    from shapeguard.records.network import Call, Shape


class MaskedRule:
    """A family's rule for the tensors of a call but its masks, and what is known of these; `slots` are the masks."""

    def __init__(self, rule: Rule, call: Call, slots: Mapping[int, int]) -> None:
        self._rule = rule
        self._layer_type = call.layer_type
        self.slots = slots

    def forward(self, config: Mapping[str, Any], inputs: tuple[Shape, ...]) -> tuple[Shape, ...] | Refusal:
        """The output shapes, unless a mask is of another shape."""
        outputs = self._rule.forward(config, self._others(inputs))
        if isinstance(outputs, Refusal):
            return outputs
        reasons = (self.refused(config, inputs, slot) for slot in self.slots if slot < len(inputs))
        reason = next(filter(None, reasons), None)
        return outputs if reason is None else Refusal(reason)

    def refused(self, config: Mapping[str, Any], inputs: tuple[Shape, ...], slot: int) -> str | None:
        """Why the mask in a slot is refused."""
        return refused_mask(self._layer_type, config, self._others(inputs), inputs[slot], self.slots[slot])

    def keeps_samples(self, config: Mapping[str, Any], inputs: tuple[Shape, ...]) -> bool:
        """Whether each sample is worked on by itself."""
        return self._rule.keeps_samples(config, self._others(inputs))

    def changes(
        self, config: Mapping[str, Any], inputs: tuple[Shape, ...], wanted: tuple[Shape, ...] | None = None
    ) -> Iterator[Change]:
        """Other values of one argument."""
        return self._rule.changes(config, self._others(inputs), wanted)

    def pairs(
        self, config: Mapping[str, Any], inputs: tuple[Shape, ...], wanted: tuple[Shape, ...] | None = None
    ) -> Iterator[Change]:
        """Two arguments that people get wrong together."""
        return self._rule.pairs(config, self._others(inputs), wanted)

    def explain_axis(self, config: Mapping[str, Any], inputs: tuple[Shape, ...], axis: int) -> Derivation | None:
        """The arithmetic behind one axis of the output."""
        return self._rule.explain_axis(config, self._others(inputs), axis)

    def _others(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        return tuple(shape for slot, shape in enumerate(inputs) if slot not in self.slots)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._rule, name)


def with_masks(rule: Rule | None, call: Call) -> Rule | MaskedRule | None:
    """The rule of a call, with what is known of its masks if it has any."""
    argument = argument_of_mask(call.layer_type)
    if rule is None or argument is None or argument not in call.kwargs:
        return rule
    places = [place for place, _ in places_of(call)]
    slots = {
        slot: place[1] if len(place) > 1 and isinstance(place[1], int) else 0
        for slot, place in enumerate(places)
        if place[0] == argument
    }
    return MaskedRule(rule, call, slots) if slots else rule
