"""What is required of a network: the user's expectations, what is built already, and what targets and losses take."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import keras

from shapeguard.diagnosis.constraints import Constraint
from shapeguard.diagnosis.scenarios import refused_value
from shapeguard.diagnosis.target_shapes import accepted_outputs, accepts
from shapeguard.keras_compat import ready_made
from shapeguard.records.network import ValueRef
from shapeguard.spec import StructureSpec, shapes_agree, with_free_batch

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from shapeguard.diagnosis.graph import Graph
    from shapeguard.records.expectations import Target
    from shapeguard.records.network import Call, Shape
    from shapeguard.records.targets import CompiledLoss


def constraints_of(graph: Graph, targets: Iterable[Target]) -> list[Constraint]:
    """The user's expectations on outputs that the pass reached, or would have reached had the call not raised."""
    expected = [_constraint_of(graph, target, target.call) for target in targets if target.call is not None]
    own = [each for each in expected if each is not None]
    return [*own, *_constraints_of_built(graph), *_constraints_of_ready_made(graph)]


def _constraint_of(graph: Graph, target: Target, index: int) -> Constraint | None:
    """What is expected of a call's outputs; `None` of weights, and of a call that raised inside another."""
    call = graph.network.calls[index]
    if target.expectation.quantity != "output" or (call.failure is not None and index != graph.refused_call):
        return None
    spec = with_free_batch(target.expectation.spec)  # no layer's argument makes the batch
    specs = spec.leaves if isinstance(spec, StructureSpec) else (spec,)
    values = call.outputs if call.failure is None else ()
    more = tuple(refused_value(index, slot) for slot in range(len(values), len(specs)))
    structure = call.failure is None and len(values) != len(specs)
    return Constraint(index, call.layer, (*values, *more), specs, target=target, structure=structure)


def _constraints_of_built(graph: Graph) -> Iterator[Constraint]:
    """What a built layer that refused its first call takes: the sizes that its weights were made for."""
    node = graph.refused
    if node is None or node.call.number > 1 or not getattr(node.call.operation, "built", False):
        return
    specs = node.call.operation.input_spec or ()
    for value, spec in zip(node.inputs, specs if isinstance(specs, list | tuple) else (specs,), strict=False):
        shape, maker = graph.shapes[value], graph.producer.get(value)
        accepted = _built_for(spec, len(shape))
        if maker is not None and not shapes_agree(shape, accepted):
            yield Constraint(maker, graph.nodes[maker].call.layer, (value,), accepted_shapes=(accepted,))


def _constraints_of_ready_made(graph: Graph) -> Iterator[Constraint]:
    """What the models inside the model, and those that a program calls, declare of what enters them."""
    around = set(_calls_around(graph))
    for call in graph.network.calls:
        is_refused_inside = call.index in around  # by a layer that was built for what the model declares
        is_entered = isinstance(call.operation, keras.Model) and call.path != "" and bool(call.args)
        if is_entered and (call.failure is None or is_refused_inside):
            yield from _constraints_of_declared(graph, call, is_refused_inside=is_refused_inside)


def _constraints_of_declared(graph: Graph, call: Call, *, is_refused_inside: bool) -> Iterator[Constraint]:
    """What a model declares of what it is called with: what holds, or what does not if it was refused inside."""
    for leaf, declared in ready_made.declared_inputs(call.operation, call.args[0], graph.construction_of):
        maker = graph.producer.get(leaf.index) if isinstance(leaf, ValueRef) else None
        accepted = ready_made.accepted_shapes(declared)
        fits = maker is not None and any(shapes_agree(graph.shapes[leaf.index], each) for each in accepted)
        if maker is not None and fits is not is_refused_inside:
            layer = graph.nodes[maker].call.layer
            yield Constraint(maker, layer, (leaf.index,), accepted_shapes=accepted, is_fixed=True)


def _calls_around(graph: Graph) -> Iterator[int]:
    """The indices of the calls inside of which Keras refused one, innermost first."""
    around = None if graph.refused is None else graph.refused.call.parent
    while around is not None:
        yield around
        around = graph.network.calls[around].parent


def _built_for(spec: Any, ndim: int) -> tuple[int | None, ...]:
    """The sizes of an `InputSpec` for an input of this rank, `None` on axes of which it says nothing."""
    sizes = {axis % ndim: size for axis, size in (spec.axes or {}).items() if -ndim <= axis < ndim}
    return tuple(sizes.get(axis) for axis in range(ndim))


def constraints_of_feed(
    graph: Graph, targets: Sequence[Shape | None], losses: Sequence[CompiledLoss | None], *, raised: bool = False
) -> list[Constraint]:
    """What the targets and the loss ask of the model's outputs; where Keras `raised`, also one output a sample."""
    outputs = graph.network.outputs
    samples = _samples(graph) if raised else None
    constraints = []
    for slot, (value, shape, loss) in enumerate(zip(outputs, targets, losses, strict=False)):
        if shape is None:
            continue
        accepted = tuple((samples, *pattern) for pattern in accepted_outputs(shape, loss))
        maker = graph.producer.get(value)
        takes = partial(_takes, samples, shape, loss)
        if not accepted and not accepts(graph.shapes[value][1:], shape, loss):  # a loss of the user's own
            accepted = ((samples, *shape),)
            takes = partial(shapes_agree, accepted[0])
        if accepted and maker is not None:
            layer = graph.nodes[maker].call.layer
            constraints.append(Constraint(maker, layer, (value,), accepted_shapes=accepted, output=slot, accepts=takes))
    return constraints


def _takes(samples: int | None, targets: Shape, loss: CompiledLoss | None, output: Shape) -> bool:
    """Whether the loss takes the whole output, which should have so many samples."""
    return shapes_agree(output[:1], (samples,)) and accepts(output[1:], targets, loss)


def _samples(graph: Graph) -> int | None:
    """How many samples the inputs have, `None` where that is not known or they differ."""
    known = {graph.shapes[value][0] for value in graph.network.inputs if graph.shapes[value]}
    return known.pop() if len(known) == 1 else None
