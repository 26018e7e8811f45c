"""What becomes of the arguments of calls that are made again once numbers, or calculations, are others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shapeguard.diagnosis.number_change import ChangeNumber
from shapeguard.diagnosis.number_values import values_with, with_values
from shapeguard.diagnosis.rebuilt_calls import owners_running
from shapeguard.keras_compat import keras_layers

if TYPE_CHECKING:
    from collections.abc import Iterable

    from shapeguard.diagnosis.graph import Graph
    from shapeguard.diagnosis.repairs import SingleRepair
    from shapeguard.records.source import Construction


class ChangedNumbers:
    """The numbers among some repairs; false if there is none."""

    def __init__(self, graph: Graph, repairs: Iterable[SingleRepair]) -> None:
        self._graph = graph
        self._numbers = tuple(each for each in repairs if isinstance(each, ChangeNumber))

    def __bool__(self) -> bool:
        return bool(self._numbers)

    def of(self, made: Construction, owners: tuple[Construction, ...]) -> dict[str, Any]:
        """The arguments of a call that follow from numbers that change."""
        return {name: new for number in self._numbers for name, new in values_with(made, owners, number).items()}

    def running(self, operation: Any) -> dict[str, Any] | None:
        """The arguments of a line that calculates them otherwise, which may be others in each layer that runs it."""
        if all(number.rewrite is None for number in self._numbers):
            return None
        made, owners = self._graph.construction_of(operation), owners_running(self._graph, operation)
        values = self.of(made, owners) if made is not None and owners else {}
        return with_values(keras_layers.arguments_of(operation), values) if values else None
