"""Shapes of functional operations (`x + 1`, `ops.concatenate`) and of custom layers: Keras itself is the formula."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras

from shapeguard import _keras
from shapeguard.diagnose.rules import Refusal
from shapeguard.records import ValueRef

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from shapeguard.diagnose.rules import Change, Derivation
    from shapeguard.records import Call, Shape


class OperationRule:
    """The shape rule of one functional operation as it was called: asks the operation for its output specification."""

    arguments: tuple[str, ...] = ()

    def __init__(self, call: Call) -> None:
        self._call = call
        self._known: dict[tuple[Shape, ...], tuple[Shape, ...] | Refusal] = {}

    def forward(self, config: Mapping[str, Any], inputs: tuple[Shape, ...]) -> tuple[Shape, ...] | Refusal:
        """The output shapes, or Keras' own words where it refuses."""
        del config
        if inputs not in self._known:
            self._known[inputs] = self._ask(inputs)
        return self._known[inputs]

    def _ask(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...] | Refusal:
        rest = iter(inputs)

        def filled(x: Any) -> Any:
            if not isinstance(x, ValueRef):
                return x
            return _keras.KerasTensor(next(rest), dtype="float32")

        args, kwargs = keras.tree.map_structure(filled, (self._call.args, dict(self._call.kwargs)))
        try:
            outputs = self._call.operation.compute_output_spec(*args, **kwargs)
        except Exception as refusal:  # noqa: BLE001  whatever Keras raises here is its refusal
            return Refusal(str(refusal))
        return tuple(tuple(x.shape) for x in keras.tree.flatten(outputs) if isinstance(x, _keras.KerasTensor))

    def changes(
        self, config: Mapping[str, Any], inputs: tuple[Shape, ...], wanted: tuple[Shape, ...] | None
    ) -> Iterator[Change]:
        """No constructor call stands behind a functional operation, so there is nothing to change."""
        del config, inputs, wanted
        return iter(())

    def derive(self, config: Mapping[str, Any], inputs: tuple[Shape, ...], axis: int) -> Derivation | None:
        """No arithmetic is known."""
        del config, inputs, axis
        return None
