"""The targets of what was recorded on layers where the program made them: which calls of a network these are."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from shapeguard.capture.expectation_store import expectations_of, expectations_of_wrapped, input_expectations_of
from shapeguard.guard.live_layers import LiveLayers
from shapeguard.keras_compat import keras_trainers
from shapeguard.matching.comment_binding import NotRead, bound, convention_of, of_one_turn
from shapeguard.matching.loose_names import with_loose_names
from shapeguard.records.expectations import Target
from shapeguard.source.comment_filters import settled
from shapeguard.spec import ShapeSpec, StructureSpec, parse, unify_all
from shapeguard.trace import wrapped_layers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.records.expectations import Expectation
    from shapeguard.records.network import Call, Network, Shape


def attached_targets(network: Network) -> list[Target]:
    """The targets of all that was recorded on the layers and operations of the network."""
    makers = {value: call for call in network.calls for value in call.outputs}
    targets = [Target(e, call.index) for e, call in _attached(network) if not isinstance(e, NotRead)]
    targets = with_loose_names(targets, network)
    for call in network.calls:
        for index, expectation in input_expectations_of(call.operation):
            maker = makers.get(call.inputs[index]) if index < len(call.inputs) else None
            if maker is not None:
                targets.append(Target(replace(expectation, target=maker.layer), maker.index))
    return list(dict.fromkeys(targets))  # both directions of a Bidirectional may have the same


def comments_not_read(network: Network) -> list[NotRead]:
    """The comments on the layers of the network that are no expectations of what these give."""
    return [reading for reading, _ in _attached(network) if isinstance(reading, NotRead)]


def _attached(network: Network) -> list[tuple[Expectation | NotRead, Call]]:
    """What was recorded on the layers, as it is of the output of a call: of the layer's own, or of its wrapper's."""
    layers = LiveLayers(network)
    convention = convention_of(network, layers)
    readings = [
        (bound(replace(expectation, target=subject.layer), subject, network, convention, layers), subject)
        for call in network.calls
        for expectation, subject in _expectations_of_call(call, network)
        if expectation.call in (None, subject.number)
    ]
    return of_one_turn(readings, network)


def has_inner_expectations(wrapper: Any) -> bool:
    """Whether anything is expected of a layer inside the wrapper."""
    return bool(expectations_of_wrapped(wrapper)) or any(map(expectations_of, keras_trainers.own_layers(wrapper)[1:]))


def _expectations_of_call(call: Call, network: Network) -> Iterator[tuple[Expectation, Call]]:
    """The expectations of a call's layer, each with the call it is of: this one, or that of the wrapper around it."""
    wrapper = wrapped_layers.wrapper_of(call, network)
    if wrapper is None:
        yield from ((expectation, call) for expectation in expectations_of(call.operation))
        return
    for expectation in (*expectations_of(call.operation), *expectations_of_wrapped(wrapper.operation)):
        yield expectation, _subject_call(expectation, call, wrapper, network)


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
