"""`keras.applications` calls as suspects: `pooling`, `include_top`, `classes` are arguments like any other."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import keras

from shapeguard.diagnosis.repairs import ChangeApplication
from shapeguard.diagnosis.required_outputs import required_outputs
from shapeguard.diagnosis.scoring import costs
from shapeguard.records.source import Opaque

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from shapeguard.diagnosis.faults import Fault
    from shapeguard.diagnosis.graph import Graph
    from shapeguard.records.network import Call, Shape
    from shapeguard.records.source import Construction


def propose_applications(fault: Fault) -> Iterator[ChangeApplication]:
    """Other arguments of the `keras.applications` functions on which the whole fault depends."""
    common = {node.index for node in fault.common}
    for call in _calls(fault.graph):
        maker = fault.graph.producer.get(call.outputs[0])
        if maker in common:
            yield from _changes(fault.graph, call, required_outputs(fault, fault.graph.nodes[maker]))


def _calls(graph: Graph) -> list[Call]:
    """The calls of models that a `keras.applications` function made, or of the last layer of such a model."""
    called = [call for call in graph.network.calls if function_of(call.construction) is not None and call.outputs]
    inside = {value for call in called for value in call.outputs}
    ended = [
        replace(call, construction=call.application)
        for call in graph.network.calls
        if function_of(call.application) is not None and call.outputs and not inside.intersection(call.outputs)
    ]
    return called + ended


def function_of(made: Construction | None) -> Callable[..., Any] | None:
    """The `keras.applications` function behind a construction; `None` for anything else."""
    if made is None or made.indirect:
        return None
    function = getattr(keras.applications, made.layer_type, None)
    return function if callable(function) and not isinstance(function, type) else None


def _changes(graph: Graph, call: Call, required: Iterable[Shape]) -> Iterator[ChangeApplication]:
    """Other values of the arguments that shape what the application gives."""
    shape = graph.shapes[call.outputs[0]]
    features = _features(graph, call)
    made = call.construction
    written = {a.name: a.value for a in made.arguments} if made is not None else {}
    if written.get("include_top", True):
        if features is not None:
            yield _change(call, (("include_top", False),), features)
            yield _change(call, (("include_top", False), ("pooling", "avg")), (shape[0], features[-1]))
        for other in required:
            if len(other) == len(shape) and isinstance(other[-1], int):
                yield _change(call, (("classes", other[-1]),), other)
        return
    if len(shape) > 2:
        for pooling in ("avg", "max"):
            yield _change(call, (("pooling", pooling),), (shape[0], shape[-1]))
    elif features is not None:
        yield _change(call, (("pooling", None),), features)
    yield _change(call, (("include_top", True),), (shape[0], 1000))


def _change(call: Call, arguments: tuple[tuple[str, object], ...], shape: Shape) -> ChangeApplication:
    cost: float = sum(costs.APPLICATION_PRIORS[name] for name, _ in arguments)
    cost += costs.EACH_OTHER_ARGUMENT * (len(arguments) - 1)
    return ChangeApplication(call, arguments, shape, cost)


def _features(graph: Graph, call: Call) -> Shape | None:
    """The last feature map inside the application: what it gives without its top."""
    if call.application is not None:
        return _features_before(graph, call)
    below = {call.index}
    found = None
    for inner in graph.network.calls:
        if inner.parent in below:
            below.add(inner.index)
            shapes = [graph.shapes[v] for v in inner.outputs]
            if shapes and len(shapes[0]) == 4:
                found = shapes[0]
    return found


def _features_before(graph: Graph, call: Call) -> Shape | None:
    node = graph.nodes.get(call.index)
    while node is not None:
        shapes = graph.outputs_of(node)
        if shapes and len(shapes[0]) == 4:
            return shapes[0]
        maker = graph.producer.get(node.inputs[0]) if node.inputs else None
        node = None if maker is None else graph.nodes[maker]
    return None


def rebuilt(call: Call, changes: Iterable[tuple[str, object]]) -> Any | None:
    """The application made again with other arguments and without weights; `None` where its arguments are not known."""
    function, made = function_of(call.construction), call.construction
    if function is None or made is None or any(isinstance(a.value, Opaque) for a in made.arguments):
        return None
    arguments = {a.name: a.value for a in made.arguments}
    arguments.update(changes)
    arguments["weights"] = None
    return function(**arguments)
