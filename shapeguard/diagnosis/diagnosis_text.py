"""The diagnosis as a value: code, headline, what was expected and seen, the way a size came about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapeguard.diagnosis.keras_fallback import OperationRule
from shapeguard.diagnosis.proposers.tensor_indexing import propose_indexing
from shapeguard.keras_compat import messages
from shapeguard.layers import Refusal
from shapeguard.records.findings import Diagnosis
from shapeguard.spec import display_dims

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapeguard.diagnosis.analysis import Analysis
    from shapeguard.diagnosis.budget import SearchBudget
    from shapeguard.diagnosis.constraints import Constraint
    from shapeguard.diagnosis.faults import Fault
    from shapeguard.diagnosis.graph import Graph, Node
    from shapeguard.diagnosis.problem import Problem
    from shapeguard.diagnosis.repairs import Evaluated
    from shapeguard.records.expectations import Mismatch
    from shapeguard.records.findings import Cause
    from shapeguard.records.network import Shape

TRAIL = 8
LONGEST = 160
FAMILIES = {"argument": "arguments", "pairs": "two arguments", "structure": "structure", "data": "data"}


def diagnosis(fault: Fault, consequences: tuple[str, ...], causes: tuple[Cause, ...]) -> Diagnosis:
    """The diagnosis of one fault, named by the first constraint that it violates."""
    problem, graph, violated = fault.analysis.problem, fault.analysis.graph, fault.outputs
    told = _told_by(problem, graph, violated)
    end = graph.crashed if graph.crashed is not None else (told.call if told is not None else None)
    causes = propose_indexing(graph, end, causes)
    expected, actual, axes = _shapes(problem, graph, told)
    if told is None and not causes:
        expected = _expected_of_refused(graph, violated)
    layer, layer_type = _layer(graph, told)
    return Diagnosis(
        code=code_of(problem, told, causes, layer),
        layer=layer,
        layer_type=layer_type,
        expected=expected,
        actual=actual,
        axes=axes,
        causes=causes,
        consequences=consequences,
        original=None if problem.failure is None else f"{problem.failure.exception_type}: {problem.failure.text}",
        declared=told.target.expectation.declared if told is not None and told.target is not None else None,
        origin=told.target.expectation.origin if told is not None and told.target is not None else "targets",
        headline=_headline(problem, graph, told, layer, layer_type),
        trail=_trail(graph, told, axes, causes, layer),
        tried="" if causes else _tried(fault.budget),
        raised_at=problem.raised_at,
    )


def diagnosis_of_data(problem: Problem, graph: Graph, node: Node, fed: Shape, causes: tuple[Cause, ...]) -> Diagnosis:
    """The diagnosis of data that an input of the model does not take."""
    declared = graph.shapes[node.outputs[0]]
    batch = problem.feed.batch_size if problem.feed is not None else None
    expected, actual = (batch, *declared[1:]), (batch, *fed)
    return Diagnosis(
        code="SG301" if problem.failure is None or (causes and causes[0].kind == "data") else "SG601",
        layer=node.call.layer,
        layer_type=node.call.layer_type,
        expected=expected,
        actual=actual,
        axes=_axes(expected, actual),
        causes=causes,
        original=None if problem.failure is None else f"{problem.failure.exception_type}: {problem.failure.text}",
        headline=f"input '{node.call.layer}': expected {expected}, got {actual}",
        raised_at=problem.raised_at,
        tried="" if causes else "another shape for the input, moved, added and dropped axes of the data",
    )


def _told_by(problem: Problem, graph: Graph, violated: list[Constraint]) -> Constraint | None:
    """The goal that the first line speaks of: the user's own words first; none where Keras raised earlier."""
    if problem.failure is not None and graph.crashed is not None:
        own = [g for g in violated if g.target is not None and g.call < graph.crashed]
        return own[0] if own else None
    return violated[0] if violated else None


def _layer(graph: Graph, told: Constraint | None) -> tuple[str, str]:
    if told is not None:
        return told.layer, graph.network.calls[told.call].layer_type
    if graph.crashed is not None:
        call = graph.nodes[graph.crashed].call
        return call.layer, call.layer_type
    last = list(graph.nodes.values())[-1].call if graph.nodes else None
    return ("", "") if last is None else (last.layer, last.layer_type)


def _shapes(problem: Problem, graph: Graph, told: Constraint | None) -> tuple[object, object, tuple[int, ...]]:
    if told is None:
        return None, _crash_inputs(graph), ()
    mismatch = _mismatch(problem, told)
    if mismatch is not None:
        return mismatch.expected, mismatch.actual, mismatch.axes
    actual = graph.shapes.get(told.values[0]) if told.values else None
    if told.specs:
        return (
            display_dims(told.specs[0], actual or ()),
            actual,
            _axes(display_dims(told.specs[0], actual or ()), actual),
        )
    expected = told.accepted_shapes[0]
    return expected, actual, _axes(expected, actual)


def _expected_of_refused(graph: Graph, violated: list[Constraint]) -> object:
    """What the user expects of the call that Keras refused; `None` where they say nothing of it."""
    own = next((constraint for constraint in violated if constraint.call == graph.crashed and constraint.specs), None)
    return None if own is None else display_dims(own.specs[0], ())


def _axes(expected: tuple[object, ...], actual: object) -> tuple[int, ...]:
    if not isinstance(actual, tuple) or len(actual) != len(expected):
        return ()
    return tuple(
        i
        for i, (e, a) in enumerate(zip(expected, actual, strict=True))
        if isinstance(e, int) and a is not None and e != a
    )


def _mismatch(problem: Problem, told: Constraint) -> Mismatch | None:
    return next((m for m in problem.mismatches if m.target is told.target), None)


def _crash_inputs(graph: Graph) -> object:
    if graph.crashed is None:
        return None
    inputs = graph.inputs_of(graph.nodes[graph.crashed])
    return inputs[0] if len(inputs) == 1 else inputs


CODES = {"data": "SG301", "structure": "SG201", "annotation": "SG501", "symbol": "SG401", "targets": "SG303"}


def code_of(problem: Problem, told: Constraint | None, causes: tuple[Cause, ...], layer: str) -> str:
    """The error code that fits the causes."""
    if problem.failure is not None:
        return "SG601"
    if told is not None and told.target is None:
        return "SG303"
    if not causes:
        return "SG190"
    return CODES.get(causes[0].kind) or _code_of_argument(causes, layer)


def _code_of_argument(causes: tuple[Cause, ...], layer: str) -> str:
    first = causes[0]
    if first.confidence == "possible" and len(causes) > 1:
        return "SG103"
    if len(first.edits) > 1:
        return "SG104"
    return "SG101" if layer in first.edits[0].layers else "SG102"


def _headline(problem: Problem, graph: Graph, told: Constraint | None, layer: str, layer_type: str) -> str:
    if told is not None and told.target is not None and told.target.expectation.origin == "unpacking":
        given = len(graph.network.calls[told.call].outputs)
        tensors = "1 tensor" if given == 1 else f"{given} tensors"
        return f"layer '{layer}' ({layer_type}) gives {tensors}, taken apart into {len(told.specs)}"
    if problem.failure is None or (told is not None and told.target is not None):
        return _targets_headline(problem, graph, told, layer, layer_type)
    if graph.crashed is not None:
        node = graph.nodes[graph.crashed]
        inputs = graph.inputs_of(node)
        refused = graph.forward(node, inputs, node.config)
        shapes = str(inputs[0]) if len(inputs) == 1 else ", ".join(map(str, inputs))
        reason = _refusal_in(getattr(refused, "reason", "") or problem.failure.text)
        return f"layer '{layer}' ({layer_type}) cannot take {shapes}: {_cut(reason)}".rstrip(": ")
    return _targets_headline(problem, graph, told, layer, layer_type)


def _refusal_in(text: str) -> str:
    """The first line of what Keras says, without the layer and the shape that the headline names itself."""
    return messages.RECEIVED.sub("", messages.REFUSED_INPUT.sub("", text.partition("\n")[0]))


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 3] + "..."


def _targets_headline(problem: Problem, graph: Graph, told: Constraint | None, layer: str, layer_type: str) -> str:
    feed = problem.feed
    compared = None if feed is None or told is None or told.output is None else feed.targets[told.output]
    if feed is None or told is None or told.output is None or compared is None:
        return ""
    actual = graph.shapes.get(told.values[0], ())
    count = min((size for size in (feed.batch_size, feed.samples) if size), default=None)
    targets, loss = (count, *compared), feed.loss[told.output]
    return f"targets {targets} do not fit the output {actual} of layer '{layer}' ({layer_type}) under loss '{loss}'"


def _trail(graph: Graph, told: Constraint | None, axes: tuple[int, ...], causes: tuple[Cause, ...], layer: str) -> str:
    """The sizes along the first axis that disagrees; "" where the layer itself is to blame or the size never changes.

    It begins at the input, or at the last layer that changed the rank: an axis means something else before it.
    """
    if causes and causes[0].edits and (layer in causes[0].edits[0].layers or causes[0].kind == "targets"):
        return ""
    end = told.call if told is not None else graph.crashed
    axis = _axis_told(graph, told, axes)
    if end is None or end not in graph.nodes or axis is None:
        return ""
    steps: list[tuple[str, int | None]] = []
    node = graph.nodes[end]
    ndim: int | None = None
    while True:
        shapes = graph.outputs_of(node)
        if shapes and (len(shapes[0]) <= axis or len(shapes[0]) != (ndim or len(shapes[0]))):
            break
        ndim = len(shapes[0]) if shapes else ndim
        if shapes and not isinstance(node.rule, OperationRule):
            steps.append((node.call.layer, shapes[0][axis]))
        maker = graph.producer.get(node.inputs[0]) if node.inputs else None
        if maker is None:
            break
        node = graph.nodes[maker]
    kept = _changing(list(reversed(steps)))
    if len({size for _, size in kept}) < 2:
        return ""
    return f"size along axis {axis}:  " + " -> ".join(f"{name} {size}" for name, size in kept)


def _axis_told(graph: Graph, told: Constraint | None, axes: tuple[int, ...]) -> int | None:
    """The axis that the fault is about; `None` where it is about the rank, or only Keras knows."""
    if axes:
        return axes[0]
    if told is not None or graph.crashed is None:
        return None
    node = graph.nodes[graph.crashed]
    refused = graph.forward(node, graph.inputs_of(node), node.config)
    if not isinstance(refused, Refusal):
        return None
    return (None if "rank" in refused.reason else 1) if refused.axis is None else refused.axis


def _changing(steps: list[tuple[str, int | None]]) -> list[tuple[str, int | None]]:
    """The first and last step, and those in between that change the size."""
    kept = [step for i, step in enumerate(steps) if i in (0, len(steps) - 1) or step[1] != steps[i - 1][1]]
    return kept if len(kept) <= TRAIL else [kept[0], *kept[-TRAIL + 1 :]]


def _tried(budget: SearchBudget) -> str:
    counts = ", ".join(
        f"{count} changes of {FAMILIES.get(family, family)}" for family, count in sorted(budget.families.items())
    )
    if not counts:
        return "there is no argument that could be changed"
    capped = "; the search was cut short" if budget.partial else ""
    return f"{counts}; none makes every expectation hold{capped}"


def advice(analysis: Analysis, chosen: Sequence[Evaluated]) -> str:
    """What to annotate to tell possible causes apart: the layer whose shape differs under most of them."""
    if len(chosen) < 2:
        return ""
    graph, constraints = analysis.graph, analysis.constraints
    spoken_of = {constraint.call for constraint in constraints.all}
    best: tuple[int, str, Shape] | None = None
    for node in graph.nodes.values():
        if node.index in spoken_of or isinstance(node.rule, OperationRule) or not node.outputs:
            continue
        if node.construction is not None and node.construction.indirect:
            continue  # Keras made it, as inside keras.applications: there is no line to annotate
        shapes = [constraints.shape(node.outputs[0], candidate.scenario) for candidate in chosen]
        if shapes[0] is not None and (best is None or len(set(shapes)) > best[0]):
            best = (len(set(shapes)), node.call.layer, shapes[0])
    if best is None or best[0] < 2:
        return ""
    dims = " ".join(["B", *("_" if d is None else str(d) for d in best[2][1:])])
    return f"to tell them apart, annotate '{best[1]}', for example \"{dims}\""
