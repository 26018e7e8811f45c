"""What a program calls, in order: the network, and the shape at each place of the source."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from shapeguard.records.network import Call, Network, Value, ValueRef
from shapeguard.records.source import Argument, Construction, Opaque
from shapeguard.static.values import Dim, Dims, Instance, Layer, Model, Symbol, Tensor

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterable, Sequence

    from shapeguard.records.network import Shape
    from shapeguard.records.source import Span
    from shapeguard.records.targets import CompiledLoss


@dataclass(frozen=True, slots=True)
class StatedShape:
    """The shape that a call gives, at the call's place; `name` is the callee as it is written, or the operator.

    `shape` has "?" where a size is not known, and is "?" where the rank is not; a list of several outputs' shapes.
    `value` is the first output's place among the values of the network, `None` where a call inside this one makes it.
    """

    span: Span
    name: str
    shape: Any
    value: int | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """A call that Keras would refuse, with the reason that the layer's rule tells."""

    call: int
    reason: str
    axis: int | None
    span: Span


@dataclass(frozen=True, slots=True)
class Compared:
    """What a model is given in training that it does not fit: data beside an input, or targets beside an output.

    `value` is the value of the network, `given` the shape of the data without the batch axis, `span` that of the call;
    `loss` is the loss that compares targets with the output. `array` is the data with all its axes, `()` for targets.
    """

    value: int
    given: Shape
    span: Span
    loss: CompiledLoss | None = None
    array: Shape = ()


class Recorder:
    """Collects the calls while a program is read; nothing while it is `paused`.

    `fed` has the shape of the data, without the batch, that an input is given in training, by the input's value.
    """

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.values: list[Value] = []
        self.shapes_of: list[Dims | None] = []
        self.stated: dict[tuple[Span, str], list[StatedShape]] = {}
        self.refused: list[Refused] = []
        self.compared: list[Compared] = []
        self.paused = 0
        self.fed: dict[int, Shape] = {}
        self._makers: dict[int, int] = {}
        self._placed: set[int | None] = set()

    def value(self, shape: Dims | None, dtype: str) -> int:
        """The index of a new value of the network."""
        self.values.append(Value(() if shape is None else tuple(map(_plain, shape)), dtype))
        self.shapes_of.append(shape)
        return len(self.values) - 1

    def tensors(self, shapes: Sequence[Dims | None], dtype: str = "float32") -> list[Tensor]:
        """New tensors of the network."""
        return [Tensor(shape, dtype, self.value(shape, dtype)) for shape in shapes]

    def state(self, span: Span, name: str, outputs: Sequence[Tensor]) -> None:
        """Notes the shape that a call at this place gives."""
        if self.paused or not outputs or (self.refused and (span, name) in self.stated):
            return  # behind what Keras refuses the program does not come to this place again
        shapes = [as_json(output.shape) for output in outputs]
        shape = shapes[0] if len(shapes) == 1 else shapes
        found = self.stated.setdefault((span, name), [])
        if all(each.shape != shape for each in found):
            value = outputs[0].index
            found.append(StatedShape(span, name, shape, None if value in self._placed else value))
            self._placed.add(value)

    def call(
        self,
        operation: Layer | Instance | Model | Any,
        layer_type: str,
        name: str,
        inputs: Sequence[Tensor],
        outputs: Sequence[Tensor],
        *,
        construction: Construction | None = None,
        number: int = 1,
    ) -> int:
        """The index of a new call of the network."""
        taken = tuple(tensor.index for tensor in inputs if tensor.index is not None)
        refs = tuple(ValueRef(index) for index in taken)
        given = tuple(tensor.index for tensor in outputs if tensor.index is not None)
        entry = Call(len(self.calls), operation, name, layer_type, name, number, refs, {}, taken, given)
        self.calls.append(replace(entry, construction=construction, identity=id(operation)))
        self._makers.update(dict.fromkeys(given, entry.index))
        return entry.index

    def maker(self, value: int) -> Call | None:
        """The call that makes a value of the network."""
        return self.calls[self._makers[value]] if value in self._makers else None

    def maker_of(self, value: Any) -> Call | None:
        """The call that makes a tensor, or the only output of a model; `None` of anything else."""
        tensor = value.cells.get("output") if isinstance(value, Model) else value
        index = self._makers.get(tensor.index) if isinstance(tensor, Tensor) and tensor.index is not None else None
        return None if index is None else self.calls[index]

    def calls_behind(self, values: Iterable[int]) -> list[int]:
        """The calls that lead to these values of the network, in their order."""
        seen: set[int] = set()
        waiting = [self._makers[value] for value in values if value in self._makers]
        while waiting:
            index = waiting.pop()
            if index not in seen:
                seen.add(index)
                waiting += [self._makers[value] for value in self.calls[index].inputs if value in self._makers]
        return sorted(seen)

    def calls_from(self, value: int) -> list[int]:
        """The calls that depend on a value of the network, in their order."""
        values, found = {value}, []
        for call in self.calls:
            if values.intersection(call.inputs):
                values.update(call.outputs)
                found.append(call.index)
        return found

    def network(self) -> Network:
        """The calls so far."""
        return Network(tuple(self.calls), tuple(self.values), complete=not self.refused)

    def shapes(self) -> tuple[StatedShape, ...]:
        """The distinct shapes of each place, in the order of the source."""
        places = sorted(self.stated.items(), key=lambda entry: entry[0][0])
        return tuple(each for _, stated in places for each in stated)


def _plain(dim: Dim) -> int | None:
    return dim if isinstance(dim, int) else None


def as_json(shape: Dims | None) -> Any:
    """A shape in JSON's own types."""
    if shape is None:
        return "?"
    return [dim if dim is None or isinstance(dim, int) else str(dim) for dim in shape]


def construction_of(layer: Layer) -> Construction:
    """The constructor call of a layer as the guard records it."""
    made, node = layer.made, layer.made.node
    arguments = []
    positional: list[ast.expr] = list(getattr(node, "args", ()))
    keywords = {keyword.arg: keyword for keyword in getattr(node, "keywords", ())}
    for position, (name, value) in enumerate(layer.arguments.items()):
        at = position if position < len(positional) else None
        place = positional[position] if at is not None else keywords.get(name)
        span = None if place is None else made.module.span(place)
        arguments.append(Argument(name, _kept(value), at, span))
    function = getattr(node, "func", None)
    return Construction(
        layer.name,
        layer.class_name,
        tuple(arguments),
        made.module.text(function) if function is not None else None,
        made.module.span(node),
        made.module.span(function) if function is not None else None,
        tuple(module.span(caller) for module, caller in made.callers),
    )


def _kept(value: Any) -> Any:
    """An argument's value as it is kept in a construction."""
    if isinstance(value, bool | int | float | str | type(None)):
        return value
    if isinstance(value, tuple | list):
        return type(value)(_kept(each) for each in value)
    return Opaque(str(value) if isinstance(value, Symbol) else "?")
