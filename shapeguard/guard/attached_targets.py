"""The targets of what was recorded on layers where the program made them: which calls of a network these are."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from shapeguard.capture.expectation_store import expectations_of, expectations_of_wrapped, input_expectations_of
from shapeguard.keras_compat import keras_trainers
from shapeguard.records.expectations import Target
from shapeguard.source.comment_filters import is_channels_first, is_of_weights, settled
from shapeguard.spec import AnySize, ShapeSpec, StructureSpec, parse, unify_all
from shapeguard.trace import wrapped_layers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.records.expectations import Expectation
    from shapeguard.records.network import Call, Network, Shape


def attached_targets(network: Network) -> list[Target]:
    """The targets of all that was recorded on the layers and operations of the network."""
    makers = {value: call for call in network.calls for value in call.outputs}
    targets = []
    for call in network.calls:
        attached = _expectations_of_call(call, network)
        targets += [Target(e, subject.index) for e, subject in attached if e.call in (None, subject.number)]
        for index, expectation in input_expectations_of(call.operation):
            maker = makers.get(call.inputs[index]) if index < len(call.inputs) else None
            if maker is not None:
                targets.append(Target(replace(expectation, target=maker.layer), maker.index))
    return list(dict.fromkeys(targets))  # both directions of a Bidirectional may have the same


def has_inner_expectations(wrapper: Any) -> bool:
    """Whether anything is expected of a layer inside the wrapper."""
    return bool(expectations_of_wrapped(wrapper)) or any(map(expectations_of, keras_trainers.own_layers(wrapper)[1:]))


def _expectations_of_call(call: Call, network: Network) -> Iterator[tuple[Expectation, Call]]:
    """The expectations of a call's layer, each with the call it is of: this one, or that of the wrapper around it."""
    wrapper = wrapped_layers.wrapper_of(call, network)
    if wrapper is None:
        own = expectations_of(call.operation, _ndim(call, network))
        yield from ((of, call) for each in own if (of := _of_output(each, call, network)) is not None)
        return
    for expectation in (*expectations_of(call.operation), *expectations_of_wrapped(wrapper.operation)):
        subject = _subject_call(expectation, call, wrapper, network)
        settled_one = settled(expectation, _ndim(subject, network))
        if settled_one is not None:
            yield replace(settled_one, target=subject.layer), subject


def _of_output(expectation: Expectation, call: Call, network: Network) -> Expectation | None:
    """The expectation of what the call gives; `None` for a comment on the layer's weights."""
    output = _first(call, network)
    if expectation.comment is None or output is None or not isinstance(expectation.spec, ShapeSpec):
        return expectation
    inputs = tuple(network.values[value].shape for value in call.inputs)
    if is_of_weights(expectation.comment, call.operation, inputs, output):
        return None
    if is_channels_first(expectation.comment, call.operation, output):
        return None
    if len(call.outputs) < 2 or wrapped_layers.is_cell(call, network):
        return expectation
    return _of_first_of_several(settled(expectation, len(output)), len(call.outputs))


def _of_first_of_several(comment: Expectation | None, outputs: int) -> Expectation | None:
    """A comment with one shape as one on the first output; `None` if it names no size, as one with names of states."""
    if comment is None or not isinstance(comment.spec, ShapeSpec):
        return None
    if all(isinstance(dim, AnySize) for dim in comment.spec.dims):
        return None
    others = (parse("..."),) * (outputs - 1)
    return replace(comment, spec=StructureSpec("tuple", (comment.spec, *others)))


def _subject_call(expectation: Expectation, call: Call, wrapper: Call, network: Network) -> Call:
    """The call that a comment behind the inner constructor is on: people write there what the wrapper gives.

    It is the inner one if only its rank, or of equal ranks only its sizes fit.
    """
    if expectation.comment is None:
        return call
    fitting = [each for each in (wrapper, call) if _fits(expectation, each, network, sizes=False)]
    agreeing = [each for each in fitting if _fits(expectation, each, network, sizes=True)]
    return next(iter((*agreeing, *fitting)), call)


def _fits(comment: Expectation, call: Call, network: Network, *, sizes: bool) -> bool:
    """Whether a comment has the rank of what the call gives, and with `sizes` also these."""
    shape = _first(call, network)
    spec = None if shape is None or (of := settled(comment, len(shape))) is None else of.spec
    if shape is None or not isinstance(spec, ShapeSpec) or spec.ndim not in (None, len(shape)):
        return False
    return not sizes or unify_all([(spec, shape, None)]).ok


def of_first_outputs(network: Network, targets: list[Target]) -> list[Target]:
    """The targets, those of cells with one shape as that of the cell's output: the states behind it have their own."""
    return [_of_first_output(network, target) for target in targets]


def _of_first_output(network: Network, target: Target) -> Target:
    expectation, call = target.expectation, None if target.call is None else network.calls[target.call]
    if expectation.quantity != "output" or not isinstance(expectation.spec, ShapeSpec):
        return target
    if call is None or len(call.outputs) < 2:
        return target
    if not wrapped_layers.is_cell(call, network):
        return target
    states = (parse("..."),) * (len(call.outputs) - 1)
    return replace(target, expectation=replace(expectation, spec=StructureSpec("tuple", (expectation.spec, *states))))


def _first(call: Call, network: Network) -> Shape | None:
    return network.values[call.outputs[0]].shape if call.outputs else None


def _ndim(call: Call, network: Network) -> int | None:
    """The rank of what a call gives; `None` if it gives several tensors, but for a cell and its states."""
    shape = _first(call, network) if len(call.outputs) == 1 or wrapped_layers.is_cell(call, network) else None
    return None if shape is None else len(shape)
