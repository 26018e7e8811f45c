"""Where a change of arguments is made: in one layer, or in all of a line, of a variable, or that are alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapeguard.diagnosis.argument_values import value_of
from shapeguard.diagnosis.layer_groups import keras_1_positional
from shapeguard.diagnosis.repairs import ChangeArguments
from shapeguard.layers import with_change
from shapeguard.source.value_equality import same_value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.diagnosis.faults import Fault
    from shapeguard.diagnosis.graph import Node
    from shapeguard.layers import Change
    from shapeguard.records.network import Shape

    Nodes = tuple[int, ...]

FORMAT = "data_format"
LARGER = 13
"""By how much maps are larger to see whether a change decides anything: a prime number, larger than most windows."""


class Placements:
    """The repairs that one change makes possible, each once: from each layer of a line comes the same."""

    def __init__(self, fault: Fault) -> None:
        self._graph, self._groups = fault.graph, fault.groups
        self._asked = {node.index for node in fault.affected}
        self._proposed: set[tuple[object, ...]] = set()
        self._known_alike: dict[tuple[object, ...], tuple[Nodes, Nodes]] = {}

    def everywhere(self, node: Node, change: Change) -> Iterator[ChangeArguments]:
        """The change in this layer alone, and together with others."""
        yield from self._once((self._graph.same_layer[node.call.identity][0],), change)
        yield from self.in_several(node, change)

    def in_several(self, node: Node, change: Change) -> Iterator[ChangeArguments]:
        """The change in all layers that one line makes, that one variable shapes, or that are alike."""
        span = self._groups.of_span(node)
        if len(span) > 1:
            yield from self._once(span, change)
        for group in (*self._of_variable(node, change), *self._of_class(node, change)):
            if len(group) > 1 and self._last_asked(group, change) == node.index and set(group) != set(span):
                yield from self._once(group, change)

    def _last_asked(self, group: Nodes, change: Change) -> int:
        """The last layer of a group for which changes are proposed: what is called behind the fault does not matter.

        It does for the order of axes, which is one choice for a whole network: nothing is known of layers behind.
        """
        if change.arguments[0][0] == FORMAT:
            return group[-1]
        return max((index for index in group if index in self._asked), default=group[-1])

    def _once(self, nodes: Nodes, change: Change) -> Iterator[ChangeArguments]:
        key = (nodes, change.inner, repr(change.arguments), change.cost, change.solved)
        if key not in self._proposed:
            self._proposed.add(key)
            yield ChangeArguments(nodes, change)

    def _of_variable(self, node: Node, change: Change) -> tuple[Nodes, ...]:
        """The layers for which the same variable was written; for an order of axes all that have axes."""
        name = change.arguments[0][0]
        if len(change.arguments) > 1 or change.inner:
            return ()
        if name == FORMAT:
            return (self._groups.with_data_format(node.config.get(name)),)
        return self._groups.of_variable(node, name)

    def _of_class(self, node: Node, change: Change) -> tuple[Nodes, ...]:
        """Every layer of this class that has the same value: a habit, not a slip."""
        if change.solved or len(change.arguments) > 1:
            return ()
        return tuple(dict.fromkeys(self._alike(node, change, change.arguments[0][0])))

    def _alike(self, node: Node, change: Change, name: str) -> tuple[Nodes, Nodes]:
        """One call of each layer of this class whose argument has the node's value, and those of the Keras 1 form."""
        now = value_of(self._graph.config_of(node), change, name)
        option = change.arguments[0][1] if isinstance(now, str) else None
        key = (node.call.layer_type, change.inner, name, repr(now), option)
        if key not in self._known_alike:
            of_class = self._groups.of_class(node)
            if option is not None:
                of_class = tuple(i for i in of_class if not self._is_idle(i, change))
            nodes = self._graph.nodes
            alike = tuple(
                i for i in of_class if same_value(value_of(self._graph.config_of(nodes[i]), change, name), now)
            )
            of_keras_1 = tuple(i for i in of_class if keras_1_positional(nodes[i]))
            habitual = of_keras_1 if node.index in of_keras_1 and name == "strides" else ()
            self._known_alike[key] = (alike, habitual)
        return self._known_alike[key]

    def _is_idle(self, index: int, change: Change) -> bool:
        """Whether the change decides nothing in a layer, as a padding where the window is a single pixel."""
        node = self._graph.nodes[index]
        if node.rule is None:
            return False
        config = self._graph.config_of(node)
        changed, shapes = with_change(config, change), self._graph.inputs_of(node)
        return all(
            node.rule.forward(config, inputs) == node.rule.forward(changed, inputs)
            for inputs in (shapes, tuple(map(_enlarged, shapes)))
        )


def _enlarged(shape: Shape) -> Shape:
    """A shape with a larger map, which a change would meet elsewhere."""
    return tuple(
        size if size is None or axis in {0, len(shape) - 1} else size + LARGER for axis, size in enumerate(shape)
    )
