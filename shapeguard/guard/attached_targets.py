"""What was recorded on layers where the program made them: of which call of a network it speaks."""

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
    """What was recorded on the layers and operations of the network, wherever it was said."""
    makers = {value: call for call in network.calls for value in call.outputs}
    found = []
    for call in network.calls:
        found += [Target(e, at.index) for e, at in _said(call, network) if e.call in (None, at.number)]
        for index, expectation in input_expectations_of(call.operation):
            maker = makers.get(call.inputs[index]) if index < len(call.inputs) else None
            if maker is not None:
                found.append(Target(replace(expectation, target=maker.layer), maker.index))
    return list(dict.fromkeys(found))  # both directions may say the same of what is around them


def has_inner_expectations(wrapper: Any) -> bool:
    """Whether anything was said of a layer inside the wrapper."""
    return bool(expectations_of_wrapped(wrapper)) or any(map(expectations_of, keras_trainers.own_layers(wrapper)[1:]))


def _said(call: Call, network: Network) -> Iterator[tuple[Expectation, Call]]:
    """What was said of a call's layer, and of which call that speaks: its own, or that of the wrapper around it."""
    wrapper = wrapped_layers.wrapper_of(call, network)
    if wrapper is None:
        own = expectations_of(call.operation, _ndim(call, network))
        yield from ((one, call) for each in own if (one := _of_output(each, call, network)) is not None)
        return
    for said in (*expectations_of(call.operation), *expectations_of_wrapped(wrapper.operation)):
        at = _subject_call(said, call, wrapper, network)
        one = settled(said, _ndim(at, network))
        if one is not None:
            yield replace(one, target=at.layer), at


def _of_output(said: Expectation, call: Call, network: Network) -> Expectation | None:
    """What was said, where it is of what the call gives; a comment may be about its weights, or name states."""
    output = _first(call, network)
    if said.comment is None or output is None or not isinstance(said.spec, ShapeSpec):
        return said
    inputs = tuple(network.values[value].shape for value in call.inputs)
    if is_of_weights(said.comment, call.operation, inputs, output):
        return None
    if is_channels_first(said.comment, call.operation, output):
        return None
    if len(call.outputs) < 2 or wrapped_layers.is_cell(call, network):
        return said
    one = settled(said, len(output))
    if one is None or not isinstance(one.spec, ShapeSpec) or all(isinstance(d, AnySize) for d in one.spec.dims):
        return None
    others = (parse("..."),) * (len(call.outputs) - 1)
    return replace(one, spec=StructureSpec("tuple", (one.spec, *others)))


def _subject_call(said: Expectation, call: Call, wrapper: Call, network: Network) -> Call:
    """Which of both calls a comment behind the inner constructor speaks of: people write there what the wrapper gives.

    It is the inner one where only its rank, or of equal ranks only its sizes fit.
    """
    if said.comment is None:
        return call
    fitting = [at for at in (wrapper, call) if _fits(said, at, network, sizes=False)]
    agreeing = [at for at in fitting if _fits(said, at, network, sizes=True)]
    return next(iter((*agreeing, *fitting)), call)


def _fits(said: Expectation, call: Call, network: Network, *, sizes: bool) -> bool:
    """Whether a comment has the rank of what the call gives, and with `sizes` also these."""
    shape = _first(call, network)
    one = None if shape is None else settled(said, len(shape))
    if shape is None or one is None or not isinstance(one.spec, ShapeSpec) or one.spec.ndim not in (None, len(shape)):
        return False
    return not sizes or unify_all([(one.spec, shape, None)]).ok


def of_first_outputs(network: Network, targets: list[Target]) -> list[Target]:
    """The targets, those of cells with one shape spoken of the cell's output: the states behind it have their own."""
    return [_of_first_output(network, target) for target in targets]


def _of_first_output(network: Network, target: Target) -> Target:
    said, call = target.expectation, None if target.call is None else network.calls[target.call]
    if call is None or len(call.outputs) < 2 or not isinstance(said.spec, ShapeSpec) or said.quantity != "output":
        return target
    if not wrapped_layers.is_cell(call, network):
        return target
    states = (parse("..."),) * (len(call.outputs) - 1)
    return replace(target, expectation=replace(said, spec=StructureSpec("tuple", (said.spec, *states))))


def _first(call: Call, network: Network) -> Shape | None:
    return network.values[call.outputs[0]].shape if call.outputs else None


def _ndim(call: Call, network: Network) -> int | None:
    """The rank of what a call gives; `None` where it gives several tensors, but for a cell and its states."""
    shape = _first(call, network) if len(call.outputs) == 1 or wrapped_layers.is_cell(call, network) else None
    return None if shape is None else len(shape)
