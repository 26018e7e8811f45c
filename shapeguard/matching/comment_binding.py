"""Whether a comment is about what its layer gives, now that the call is known: what it stands beside decides."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

from shapeguard.matching.comparison import leaves_of
from shapeguard.records.expectations import Expectation
from shapeguard.source import comment_rivals as rivals
from shapeguard.source.comment_filters import settled
from shapeguard.spec import AnySize, Fixed, ShapeSpec, StructureSpec, parse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from shapeguard.records.expectations import CommentShape
    from shapeguard.records.network import Call, Network, Shape
    from shapeguard.records.source import Span


class Layers(Protocol):
    """What only the layers of a network know of themselves, whether they are live or read in a source."""

    def expectations_of(self, call: Call) -> Iterable[Expectation]:
        """What is declared of the call's layer or operation."""

    def argument(self, call: Call, name: str) -> Any:
        """An argument of its constructor; `None` if it has none of this name."""

    def weights_of(self, call: Call) -> tuple[Shape, ...]:
        """The shapes of its weights, as far as they are known."""

    def outputs_in_other_orders(self, call: Call, inputs: tuple[Shape, ...]) -> Iterable[Shape]:
        """What the first output would be if the inputs were given in another order."""

    def is_wrapper(self, call: Call) -> bool:
        """Whether it is one of Keras' wrappers, with a layer inside that it calls."""

    def is_cell(self, call: Call) -> bool:
        """Whether a recurrent layer calls it for each step."""


@dataclass(frozen=True, slots=True)
class NotRead:
    """A comment that is no expectation of its layer's output, and in a few words why.

    `about` are the constructor calls of the layers that it has the shape of, as far as these are known.
    """

    expectation: Expectation
    reason: str
    about: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Convention:
    """What the comments of a network tell together: the shapes of which values, and which literal batch sizes."""

    told: frozenset[int]
    batches: frozenset[int]


def convention_of(network: Network, layers: Layers) -> Convention:
    """What the comments of the network tell of the outputs that they are not the inputs of."""
    told, batches = set(), set()
    for call in network.calls:
        for comment, spec in _comments_of(call, network, layers):
            has_sizes = any(isinstance(dim, Fixed) for dim in spec.dims[1:])
            if has_sizes and not _is_of_input(spec, call, network):
                told.add(call.outputs[0])
            if rivals.is_literal_batch(comment, spec) and len(spec.dims) > 2 and isinstance(spec.dims[0], Fixed):
                batches.add(spec.dims[0].size)
    return Convention(frozenset(told), frozenset(batches))


def _is_of_input(spec: ShapeSpec, call: Call, network: Network) -> bool:
    """Whether a comment has the shape of an input and not that of the output."""
    is_input = any(rivals.agrees(spec, shape) for shape in _shapes(call.inputs, network))
    return is_input and not rivals.agrees(spec, network.values[call.outputs[0]].shape)


def _comments_of(call: Call, network: Network, layers: Layers) -> Iterator[tuple[CommentShape, ShapeSpec]]:
    ndim = len(network.values[call.outputs[0]].shape) if call.outputs else None
    for expectation in () if ndim is None else layers.expectations_of(call):
        one = settled(expectation, ndim)
        if one is not None and one.comment is not None and isinstance(one.spec, ShapeSpec):
            yield one.comment, one.spec


def bound(
    expectation: Expectation, call: Call, network: Network, convention: Convention, layers: Layers
) -> Expectation | NotRead:
    """A comment as the expectation of what the call gives, its batch in front; or why it is none.

    Expectations of other origins come back as they are, and so do all of a call that gave nothing.
    """
    comment = expectation.comment
    outputs = _shapes(call.outputs, network)
    if comment is None or not outputs:
        return expectation
    if isinstance(expectation.spec, StructureSpec):
        is_of_all = comment.said or len(expectation.spec.leaves) == len(outputs)
        return expectation if is_of_all else NotRead(expectation, "the shapes of several tensors")
    place = comment.output if comment.output < len(outputs) else 0
    settled_one = settled(expectation, len(outputs[place]))
    if settled_one is None or not isinstance(settled_one.spec, ShapeSpec):
        return NotRead(expectation, "no batch axis, and another rank than the output")
    comment = replace(comment, spec=expectation.spec)
    beside = _beside(comment, call, network, convention, layers)
    reason = rivals.reason_against(comment, settled_one.spec, beside)
    if reason is not None:
        return NotRead(expectation, reason, _makers_of_inputs(call, network) if reason == rivals.OF_AN_INPUT else ())
    one = replace(settled_one, spec=rivals.with_batch(comment, settled_one.spec, beside))
    return one if layers.is_cell(call) else _among(len(outputs), place, one)


def of_one_turn(
    readings: list[tuple[Expectation | NotRead, Call]], network: Network
) -> list[tuple[Expectation | NotRead, Call]]:
    """The readings; of a comment on a line that makes several layers, those that hold if any does.

    In a loop or a function that is called twice, a shape in numbers may be that of one turn alone.
    """
    holding = {
        (e.declared, call.layer) for e, call in readings if isinstance(e, Expectation) and _holds(e, call, network)
    }
    places = {place for place, _ in holding}
    return [
        (NotRead(e, "the shape of another turn of the loop or function"), call)
        if isinstance(e, Expectation) and _is_elsewhere(e, call, places, holding)
        else (e, call)
        for e, call in readings
    ]


def _is_elsewhere(
    expectation: Expectation, call: Call, places: set[Span | None], holding: set[tuple[Span | None, str]]
) -> bool:
    """Whether a comment holds of other layers of its line and not of this one."""
    is_comment = expectation.comment is not None and expectation.declared in places
    return is_comment and (expectation.declared, call.layer) not in holding


def _holds(expectation: Expectation, call: Call, network: Network) -> bool:
    leaves, outputs = leaves_of(expectation.spec, len(call.outputs)), _shapes(call.outputs, network)
    return len(leaves) == len(outputs) and all(map(rivals.agrees, leaves, outputs))


def _among(outputs: int, place: int, expectation: Expectation) -> Expectation | NotRead:
    """The expectation of one of several outputs; names without a size are those of the outputs, such as states."""
    spec = expectation.spec
    if outputs == 1 or not isinstance(spec, ShapeSpec):
        return expectation
    if all(isinstance(dim, AnySize) for dim in spec.dims):
        return NotRead(expectation, "names of several outputs")
    several = tuple(spec if index == place else parse("...") for index in range(outputs))
    return replace(expectation, spec=StructureSpec("tuple", several))


def _beside(
    comment: CommentShape, call: Call, network: Network, convention: Convention, layers: Layers
) -> rivals.Beside:
    outputs, inputs = _shapes(call.outputs, network), _shapes(call.inputs, network)
    place = comment.output if comment.output < len(outputs) else 0
    output = outputs[place]
    own = (output, *layers.outputs_in_other_orders(call, tuple(inputs)))
    return rivals.Beside(
        output,
        inputs=_inputs(call, network, own, lambda value: value not in convention.told),
        told=_inputs(call, network, own, lambda value: value in convention.told),
        entering=frozenset(size for shape in inputs for size in shape),
        widths=frozenset(shape[1] for shape in inputs if len(shape) == 2),
        others=tuple(outputs[:place] + outputs[place + 1 :]),
        later=_later(call, network) if comment.ahead else (),
        step=(output[0], *output[2:]) if len(output) > 2 and layers.is_wrapper(call) else None,
        layout=_other_layout(layers.argument(call, "data_format"), output, keeps_shape=inputs[:1] == [output]),
        weights=layers.weights_of(call),
        windows=_windows(call, inputs, layers),
        arguments=_arguments(call),
        batches=convention.batches,
    )


def _inputs(call: Call, network: Network, own: tuple[Shape, ...], takes: Callable[[int], bool]) -> tuple[Shape, ...]:
    """The shapes of the inputs that `takes` is true of, but for one that is the output's too.

    Or would be, if the inputs were given in another order: a query that was meant as the value.
    """
    shapes = _shapes([value for value in call.inputs if takes(value)], network)
    return tuple(shape for shape in shapes if shape not in own)


def _makers_of_inputs(call: Call, network: Network) -> tuple[Span, ...]:
    """The constructor calls of the layers whose outputs the call is given."""
    makers = (each.construction for each in network.calls if set(each.outputs) & set(call.inputs))
    return tuple(maker.call for maker in makers if maker is not None and maker.call is not None)


def _arguments(call: Call) -> tuple[object, ...]:
    return () if call.construction is None else tuple(each.value for each in call.construction.arguments)


def _shapes(values: Iterable[int], network: Network) -> list[Shape]:
    return [network.values[value].shape for value in values]


def _later(call: Call, network: Network) -> tuple[Shape, ...]:
    """What the calls after this one give."""
    return tuple(shape for each in network.calls[call.index + 1 :] for shape in _shapes(each.outputs, network))


def _other_layout(data_format: Any, output: Shape, *, keeps_shape: bool) -> Shape | None:
    """The output with the channels in front, where the layer has them last or does not care."""
    if len(output) < 3 or not (keeps_shape or data_format == "channels_last"):
        return None
    other = (output[0], output[-1], *output[1:-1])
    return None if other == output else other


def _windows(call: Call, inputs: list[Shape], layers: Layers) -> tuple[tuple[int | None, ...], ...]:
    """The kernel or pool size with the channels that go with it, and the size of a table, as people write them."""

    def first_of(*names: str) -> Any:
        return next((value for name in names if (value := layers.argument(call, name)) is not None), None)

    sizes = first_of("kernel_size", "pool_size") or ()
    window = tuple(sizes) if isinstance(sizes, list | tuple) else (sizes,)
    width = first_of("filters", "units")
    entering = inputs[0][-1] if inputs and inputs[0] else None
    table = (layers.argument(call, "input_dim"), layers.argument(call, "output_dim"))
    return (
        window, (*window, 1), (*window, width), (width, *window), (*window, entering), (*window, entering, width),
        (entering, width), table,
    )  # fmt: skip
