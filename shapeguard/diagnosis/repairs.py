"""What may be changed in a program: a closed union of repairs, each of which knows its patch of the network."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Literal

from shapeguard.diagnosis.axis_repairs import IndexInput
from shapeguard.diagnosis.call_repairs import RedirectCall, ReorderInputs, SplitLayer
from shapeguard.diagnosis.layer_groups import keras_1_positional
from shapeguard.diagnosis.moved_layers import MoveLayer
from shapeguard.diagnosis.number_change import ChangeNumber
from shapeguard.diagnosis.reshape_behind import ReshapeBehind
from shapeguard.diagnosis.rewritten_calls import RewriteCall
from shapeguard.diagnosis.rewritten_expressions import RewriteExpression
from shapeguard.diagnosis.scenarios import Patch
from shapeguard.layers import Refusal, with_change
from shapeguard.source.value_equality import same_value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapeguard.diagnosis.graph import Graph
    from shapeguard.diagnosis.layer_specs import LayerSpec
    from shapeguard.layers import Change
    from shapeguard.records.network import Call, Shape

Kind = Literal["argument", "data", "structure", "inputs"]
"""What a repair changes.

Of each class `argument` and `suggestion` name the first edit, `nodes` are the calls whose layers are changed, one per
layer, `key` is the same for repairs that are one blame, and `cost` is how far-fetched its proposer takes it to be;
scoring adds what the whole network says.
"""


@dataclass(frozen=True, slots=True)
class ChangeArguments:
    """Other constructor arguments of layers, wherever these are called.

    `overrides`: a name or a calculation is written there, and the literal behind it could be changed instead.
    `wording`: another name that is right for each of the several layers that the line makes, with those that change.
    """

    nodes: tuple[int, ...]
    change: Change
    cost: float = 0
    overrides: bool = False
    wording: str | None = None
    kind: ClassVar[Kind] = "argument"

    @property
    def argument(self) -> str:
        """The first argument that changes."""
        return self.change.arguments[0][0]

    @property
    def suggestion(self) -> object:
        """The new value of the first argument."""
        return self.change.arguments[0][1]

    @property
    def key(self) -> tuple[object, ...]:
        """What makes two repairs the same blame: the layers and the arguments, whatever the value."""
        names = tuple(name for name, _ in self.change.arguments)
        return self.kind, self.nodes, names, self.change.inner

    def patch(self, graph: Graph) -> Patch:
        """What it changes in the network."""
        configs = {
            twin: with_change(graph.config_of(graph.nodes[twin]), self.change)
            for index in self.nodes
            for twin in graph.same_layer[graph.nodes[index].call.identity]
        }
        return Patch(configs=configs)


@dataclass(frozen=True, slots=True)
class _OfOneCall:
    """What repairs of a single call share; `node` is that call's."""

    node: int

    @property
    def nodes(self) -> tuple[int, ...]:
        """The call."""
        return (self.node,)


@dataclass(frozen=True, slots=True)
class ChangeInput(_OfOneCall):
    """Another declared shape (batch first) of a model's input, whose tensor is `value`; `overrides` as of arguments."""

    value: int
    shape: Shape
    cost: float
    overrides: bool = False
    kind: ClassVar[Kind] = "argument"
    argument: ClassVar[str] = "shape"

    @property
    def suggestion(self) -> Shape:
        """The shape as it is written, without the batch."""
        return self.shape[1:]

    @property
    def key(self) -> tuple[object, ...]:
        """What makes two repairs the same blame: the input."""
        return self.kind, self.nodes, self.argument

    def patch(self, graph: Graph) -> Patch:
        """What it changes in the network."""
        del graph
        return Patch(values={self.value: self.shape})


@dataclass(frozen=True, slots=True)
class ConvertData(_OfOneCall):
    """Data of the shape that an input declares, or of a `shape` (batch first) where none does.

    `code` converts `{x}`; "" where no code makes this data of that. It `regroups` where it keeps the elements alone and
    none of their axes, and `encodes` where whole numbers become rows.
    """

    code: str
    cost: float
    regroups: bool = False
    shape: Shape | None = None
    encodes: bool = False
    kind: ClassVar[Kind] = "data"
    argument: ClassVar[str] = "x"

    @property
    def suggestion(self) -> str | Shape:
        """The code; without one the shape of a sample."""
        return self.code or (self.shape or ())[1:]

    @property
    def key(self) -> tuple[object, ...]:
        """What makes two repairs the same blame: the input."""
        return self.kind, self.nodes

    def patch(self, graph: Graph) -> Patch:
        """Nothing changes in the network; where nothing declares what comes in, that does."""
        return Patch() if self.shape is None else Patch(values={graph.nodes[self.node].outputs[0]: self.shape})


@dataclass(frozen=True, slots=True)
class Insert:
    """A layer put before `nodes`, each at the input of that number in `slots`."""

    nodes: tuple[int, ...]
    slots: tuple[int, ...]
    layer: LayerSpec
    cost: float
    kind: ClassVar[Kind] = "structure"
    argument: ClassVar[str] = "insert_before"

    @property
    def suggestion(self) -> str:
        """The code of the layer."""
        return self.layer.code

    @property
    def key(self) -> tuple[object, ...]:
        """What makes two repairs the same blame: the place and the layer."""
        return self.kind, self.nodes, self.argument, self.suggestion

    def patch(self, graph: Graph) -> Patch:
        """What it changes in the network."""
        del graph
        places = zip(self.nodes, self.slots, strict=True)
        return Patch(inserted={node: partial(_behind, self.layer, slot) for node, slot in places})


@dataclass(frozen=True, slots=True)
class Remove(_OfOneCall):
    """A layer left out, so that its output `value` is what enters it, of this shape."""

    value: int
    shape: Shape
    cost: float
    kind: ClassVar[Kind] = "structure"
    argument: ClassVar[str] = "remove"
    suggestion: ClassVar[None] = None

    @property
    def key(self) -> tuple[object, ...]:
        """What makes two repairs the same blame: the layer."""
        return self.kind, self.nodes, self.argument

    def patch(self, graph: Graph) -> Patch:
        """What it changes in the network."""
        del graph
        return Patch(values={self.value: self.shape})


@dataclass(frozen=True, slots=True)
class Replace(_OfOneCall):
    """Another layer in the place of one."""

    layer: LayerSpec
    cost: float
    kind: ClassVar[Kind] = "structure"
    argument: ClassVar[str] = "replace"

    @property
    def suggestion(self) -> str:
        """The code of the other layer."""
        return self.layer.code

    @property
    def key(self) -> tuple[object, ...]:
        """What makes two repairs the same blame: the place and the layer."""
        return self.kind, self.nodes, self.argument, self.suggestion

    def patch(self, graph: Graph) -> Patch:
        """What it changes in the network."""
        del graph
        return Patch(replaced={self.node: self.layer.forward})


@dataclass(frozen=True, slots=True)
class ChangeApplication:
    """Other arguments of the call of a `keras.applications` function, whose model gives `shape` then."""

    call: Call
    arguments: tuple[tuple[str, object], ...]
    shape: Shape
    cost: float
    kind: ClassVar[Kind] = "argument"
    nodes: ClassVar[tuple[int, ...]] = ()

    @property
    def argument(self) -> str:
        """The first argument that changes."""
        return self.arguments[0][0]

    @property
    def suggestion(self) -> object:
        """The new value of the first argument."""
        return self.arguments[0][1]

    @property
    def key(self) -> tuple[object, ...]:
        """What makes two repairs the same blame: the call and the arguments, whatever the value."""
        return self.kind, (self.call.index,), tuple(name for name, _ in self.arguments)

    def patch(self, graph: Graph) -> Patch:
        """What it changes in the network."""
        del graph
        return Patch(values={self.call.outputs[0]: self.shape})


@dataclass(frozen=True, slots=True)
class Joint:
    """Repairs that only help together; the first one names them."""

    parts: tuple[SingleRepair, ...]

    @classmethod
    def of(cls, repairs: Sequence[Repair]) -> Joint:
        """The repairs as one."""
        return cls(tuple(part for repair in repairs for part in parts_of(repair)))

    @property
    def kind(self) -> Kind:
        """The kind of its first part."""
        return self.parts[0].kind

    @property
    def nodes(self) -> tuple[int, ...]:
        """The calls that its first part changes."""
        return self.parts[0].nodes

    @property
    def argument(self) -> str:
        """The argument of its first part."""
        return self.parts[0].argument

    @property
    def suggestion(self) -> object:
        """The suggestion of its first part."""
        return self.parts[0].suggestion

    @property
    def cost(self) -> float:
        """The cost of its first part."""
        return self.parts[0].cost

    @property
    def key(self) -> tuple[object, ...]:
        """What makes two repairs the same blame: that of each part."""
        return tuple(part.key for part in self.parts)

    def patch(self, graph: Graph) -> Patch:
        """What it changes in the network."""
        whole = Patch()
        for part in self.parts:
            whole = whole.merged(part.patch(graph))
        return whole


SingleRepair = (
    ChangeArguments
    | ChangeNumber
    | ChangeInput
    | ConvertData
    | Insert
    | Remove
    | Replace
    | ChangeApplication
    | RewriteCall
    | ReorderInputs
    | SplitLayer
    | RedirectCall
    | RewriteExpression
    | IndexInput
    | ReshapeBehind
    | MoveLayer
)
Repair = SingleRepair | Joint
"""Every repair that there is: `match` it with `assert_never`, so that mypy lists what a new one needs."""


def parts_of(repair: Repair) -> tuple[SingleRepair, ...]:
    """The repairs that one consists of; the first names it."""
    return repair.parts if isinstance(repair, Joint) else (repair,)


def lead_of(repair: Repair) -> SingleRepair:
    """The repair that names it."""
    return parts_of(repair)[0]


def change_of(repair: Repair) -> Change | None:
    """The change of arguments that names it; `None` if it is of another kind."""
    lead = lead_of(repair)
    return lead.change if isinstance(lead, ChangeArguments | ChangeNumber) else None


def is_guessed(repair: Repair) -> bool:
    """Whether it puts in a layer with sizes that nobody can know."""
    lead = lead_of(repair)
    return isinstance(lead, Insert | Replace) and lead.layer.is_guessed


def is_beside(repair: Repair, other: Repair) -> bool:
    """Whether both put a layer into the same place: the fault is the same, whichever layer is meant."""
    if not isinstance(repair, Insert) or not isinstance(other, Insert):
        return False
    return (repair.nodes, repair.slots) == (other.nodes, other.slots)


def is_keras_1_repair(repair: Repair, graph: Graph) -> bool:
    """The Keras 1 form `Conv2D(32, 3, 3)` in all its layers, when the suggestion is what its author meant."""
    lead = lead_of(repair)
    if not isinstance(lead, ChangeArguments) or lead.argument != "strides" or not same_value(lead.suggestion, 1):
        return False
    return all(keras_1_positional(graph.nodes[index]) for index in lead.nodes)


def _behind(layer: LayerSpec, slot: int, inputs: tuple[Shape, ...]) -> tuple[Shape, ...] | Refusal:
    """The input shapes after the layer was put before the one in `slot`."""
    if slot >= len(inputs):
        return Refusal("nothing enters there")
    outputs = layer.forward((inputs[slot],))
    return outputs if isinstance(outputs, Refusal) else (*inputs[:slot], outputs[0], *inputs[slot + 1 :])
