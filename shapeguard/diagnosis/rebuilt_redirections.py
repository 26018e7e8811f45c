"""What a rebuild does where a layer is called on the other one of two tensors that meet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shapeguard.diagnosis.call_repairs import RedirectCall
from shapeguard.diagnosis.rebuilt_calls import copied, with_layer
from shapeguard.keras_compat import keras_layers

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from shapeguard.diagnosis.graph import Graph


class RedirectedCalls:
    """The hooks of a rebuild for calls that are made elsewhere: in all blocks that the same lines make."""

    def __init__(self, graph: Graph, repairs: Iterable[object]) -> None:
        self._graph = graph
        redirected = [repair for repair in repairs if isinstance(repair, RedirectCall)]
        self._slots = {self._place(graph.nodes[each.meeting].call.operation): each.slot for each in redirected}
        self._layers = {self._place(graph.nodes[each.node].call.operation) for each in redirected}
        self._lifted: list[Any] = []

    def lifts(self, operation: Any) -> bool:
        """Whether a layer is called on another tensor than the program gives it."""
        return bool(self._layers) and self._place(operation) in self._layers

    def lift(self, operation: Any) -> None:
        """Remembers the layer for the place where it is called instead."""
        self._lifted.append(operation)

    def changes(self, operation: Any) -> bool:
        """Whether an operation is called on something else, or elsewhere."""
        return bool(self._layers) and self._place(operation) in (self._layers | self._slots.keys())

    def before(
        self, operation: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]
    ) -> tuple[tuple[Any, ...], Mapping[str, Any]]:
        """The arguments of the meeting, with the layer on the other tensor."""
        slot = self._slots.get(self._place(operation)) if self._slots else None
        if slot is None or not self._lifted:
            return args, kwargs
        made = _Made(self._lifted.pop())
        if isinstance(args[0], list | tuple):
            return (with_layer(args[0], slot, made), *args[1:]), kwargs
        return tuple(with_layer(args, slot, made)), kwargs

    def _place(self, operation: Any) -> object:
        """What is the same of all that one place of the source makes, in whichever block it runs."""
        made = self._graph.construction_of(operation)
        if made is not None and made.call is not None:
            return made.call, made.layer_type
        return keras_layers.identity_of(operation)


@dataclass(frozen=True, slots=True)
class _Made:
    """A layer of the network as one that is put in."""

    own: Any

    def layer(self) -> Any:
        """A fresh copy of it."""
        return copied(self.own, 1)
