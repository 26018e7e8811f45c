"""Repairs of single calls: the same tensors in another order, another tensor, or a layer of its own."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import permutations
from typing import TYPE_CHECKING, ClassVar, Literal

import keras

from shapeguard.diagnosis.scenarios import Patch
from shapeguard.diagnosis.written_layers import places_of
from shapeguard.keras_compat import keras_layers
from shapeguard.layers import Refusal, config_of, rule_for, traits_of
from shapeguard.layers.operations import tensors_of_operation
from shapeguard.source.literals import Code

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from shapeguard.diagnosis.graph import Graph
    from shapeguard.records.network import Call, Shape
    from shapeguard.source.redirected_calls import RedirectedCall

    Order = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ReorderInputs:
    """The tensors of calls in another order, the same in each: input `i` becomes the one that is `order[i]` now.

    `nodes` are calls that one place in the source makes; `names` are those of the tensors, in the new order.
    """

    nodes: tuple[int, ...]
    order: Order
    names: tuple[str, ...]
    cost: float
    kind: ClassVar[Literal["inputs"]] = "inputs"
    argument: ClassVar[str] = "inputs"

    @property
    def suggestion(self) -> Code:
        """The names of the tensors in the new order."""
        return Code(", ".join(self.names))

    @property
    def key(self) -> tuple[object, ...]:
        """What makes two repairs the same blame: the calls."""
        return self.kind, self.nodes

    def patch(self, graph: Graph) -> Patch:
        """What it changes in the network."""
        del graph
        return Patch(inserted=dict.fromkeys(self.nodes, partial(_reordered, self.order)))


@dataclass(frozen=True, slots=True)
class SplitLayer:
    """A second layer for a call of one that an earlier call, of another size, has built.

    `forward` is its shape rule, `code` makes it.
    """

    node: int
    code: str
    forward: Callable[[tuple[Shape, ...]], tuple[Shape, ...] | Refusal]
    cost: float
    kind: ClassVar[Literal["structure"]] = "structure"
    argument: ClassVar[str] = "replace"

    @property
    def nodes(self) -> tuple[int, ...]:
        """The call."""
        return (self.node,)

    @property
    def suggestion(self) -> str:
        """The code of the second layer."""
        return self.code

    @property
    def key(self) -> tuple[object, ...]:
        """What makes two repairs the same blame: the call."""
        return self.kind, self.nodes, "second"

    def patch(self, graph: Graph) -> Patch:
        """What it changes in the network."""
        del graph
        return Patch(replaced={self.node: self.forward})


@dataclass(frozen=True, slots=True)
class RedirectCall:
    """The layer of the call `node` on what enters `meeting` in `slot`, and no more on what it takes now.

    Its output `value` then has the `shape` of that. `written` are the edits in the source, and `forward` is its rule.
    """

    node: int
    value: int
    shape: Shape
    meeting: int
    slot: int
    forward: Callable[[tuple[Shape, ...]], tuple[Shape, ...] | Refusal]
    written: RedirectedCall
    cost: float
    kind: ClassVar[Literal["inputs"]] = "inputs"
    argument: ClassVar[str] = "inputs"

    @property
    def nodes(self) -> tuple[int, ...]:
        """The call."""
        return (self.node,)

    @property
    def suggestion(self) -> Code:
        """The name of the other tensor."""
        return Code(self.written.other)

    @property
    def key(self) -> tuple[object, ...]:
        """What makes two repairs the same blame: the call."""
        return self.kind, self.nodes, "other tensor"

    def patch(self, graph: Graph) -> Patch:
        """What it changes in the network."""
        del graph
        return Patch(values={self.value: self.shape}, inserted={self.meeting: self._entering})

    def _entering(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...] | Refusal:
        """The shapes that enter the meeting then."""
        if self.slot >= len(inputs):
            return Refusal("nothing enters there")
        given = self.forward((inputs[self.slot],))
        return given if isinstance(given, Refusal) else (*inputs[: self.slot], given[0], *inputs[self.slot + 1 :])


def roles_of(call: Call) -> tuple[str, ...]:
    """What the tensors are to the layer or operation, in order; empty if their order does not matter."""
    model = keras_layers.functional_of(call.operation)
    if model is not None:
        return tuple(getattr(each, "name", "") for each in keras.tree.flatten(model.inputs))
    return tensors_of_operation(call.layer_type) or traits_of(call.layer_type).tensors


def orders_of(call: Call, shapes: tuple[Shape, ...]) -> Iterator[Order]:
    """Other orders of the tensors that have a role, these shapes: one for each sequence of shapes that comes of them.

    Those in which the fewest tensors move come first.
    """
    places = _with_role(call)
    if len(places) < 2 or len(shapes) != len(call.inputs):
        return
    orders = [dict(zip(places, given, strict=True)) for given in permutations(places)]
    seen = {shapes}
    for order in sorted(
        (tuple(each.get(place, place) for place in range(len(shapes))) for each in orders), key=moved_by
    ):
        if _reordered(order, shapes) not in seen:
            seen.add(_reordered(order, shapes))
            yield order


def moved_by(order: Order) -> int:
    """How many tensors are elsewhere in an order."""
    return sum(place != index for index, place in enumerate(order))


def _with_role(call: Call) -> list[int]:
    """The inputs of a call that have a role: given by position, or by a keyword with the name of one."""
    roles = roles_of(call)
    arguments = [argument[0] for argument, _ in places_of(call)] if roles else []
    return [place for place, name in enumerate(arguments) if isinstance(name, int) or name in roles][: len(roles)]


def outputs_in_other_orders(call: Call, shapes: tuple[Shape, ...]) -> list[Shape]:
    """What the first output would be if the tensors were given in another order, as far as a formula tells."""
    orders = list(orders_of(call, shapes)) if isinstance(call.operation, keras_layers.Layer) else []
    rule = rule_for(type(call.operation)) if orders else None
    config = config_of(call.operation) if rule is not None else {}
    given = [rule.forward(config, _reordered(order, shapes)) for order in orders if rule is not None]
    return [outputs[0] for outputs in given if isinstance(outputs, tuple)]


def _reordered(order: Order, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
    """The shapes in another order; as they are where there are fewer of them than before."""
    return tuple(inputs[place] for place in order) if len(inputs) == len(order) else inputs
