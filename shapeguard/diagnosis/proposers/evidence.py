"""What speaks for or against an annotation: other expectations that hold, and targets."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

import keras

from shapeguard.diagnosis.constraints import filled_up
from shapeguard.diagnosis.keras_fallback import OperationRule
from shapeguard.diagnosis.proposers.conflicting_symbols import restates_input
from shapeguard.diagnosis.scenarios import Patch
from shapeguard.diagnosis.target_shapes import accepted_outputs, accepts
from shapeguard.diagnosis.what_if import propagate
from shapeguard.keras_compat.keras_layers import functional_of
from shapeguard.spec import wanted

if TYPE_CHECKING:
    from shapeguard.diagnosis.constraints import Constraint
    from shapeguard.diagnosis.faults import Fault
    from shapeguard.diagnosis.graph import Graph, Node
    from shapeguard.diagnosis.scenarios import Scenario
    from shapeguard.records.network import Network, Shape
    from shapeguard.records.targets import CompiledLoss


class Say(Enum):
    """What the targets say of an annotation."""

    SAME = auto()
    """They are made for the annotated shape, and not for the observed one."""
    OTHER = auto()
    """They are made for the observed shape, and not for the annotated one."""
    NOTHING = auto()


@dataclass(frozen=True, slots=True)
class Evidence:
    """The expectations that say something of an annotation, all of which hold, and what the targets say."""

    witnesses: tuple[Constraint, ...]
    targets: Say


def evidence_on(fault: Fault, constraint: Constraint) -> Evidence | None:
    """What speaks against an annotation; `None` if nothing does, or if others do not hold either."""
    of_user = [each for each in fault.constraints.all if each is not constraint and each.target is not None]
    others = [each for each in of_user if not restates_input(fault.graph, each)]
    if set(others) & set(fault.constraints.violated):
        return None
    evidence = Evidence(tuple(each for each in others if _is_evidence(fault, each)), say_of_targets(fault, constraint))
    speaks = bool(evidence.witnesses) or evidence.targets is Say.OTHER
    return evidence if speaks and evidence.targets is not Say.SAME else None


def _is_evidence(fault: Fault, other: Constraint) -> bool:
    """Whether an expectation that holds says anything: it names a size, and its layer could have given another one.

    A layer that Keras made, or that lies in a model that was made before, is not for the program to choose; one that
    passes its input on repeats what is said of that.
    """
    graph, node = fault.graph, fault.graph.nodes.get(other.call)
    names_size = any(size is not None for spec in other.specs for size in (wanted(spec, spec.ndim or 0) or ())[1:])
    if node is None or not names_size or (node.construction is not None and node.construction.indirect):
        return False
    return not _is_of_ready_made(graph.network, node) and _could_differ(graph, node)


def _could_differ(graph: Graph, node: Node) -> bool:
    """Whether an argument of the layer could give another shape for the same inputs; code of the user's own could."""
    if node.rule is None or node.opaque or isinstance(node.rule, OperationRule):
        return True
    inputs, outputs = graph.inputs_of(node), graph.outputs_of(node)
    explained = (node.rule.explain_axis(node.config, inputs, axis) for axis in range(len(outputs[0])))
    if any(each is not None and each.arguments for each in explained):
        return True
    changes = node.rule.changes(node.config, inputs)
    return any(node.rule.forward({**node.config, **dict(each.arguments)}, inputs) != outputs for each in changes)


def _is_of_ready_made(network: Network, node: Node) -> bool:
    """Whether this is a call of a model in the functional style, or of a layer inside one, other than the whole."""
    chain, around = [node.call], node.call.parent
    while around is not None:
        chain.append(network.calls[around])
        around = chain[-1].parent
    models = [call.operation for call in chain if call.path and isinstance(call.operation, keras.Model)]
    return any(functional_of(model) is not None for model in models)


def as_annotated(fault: Fault, constraint: Constraint, required: Shape) -> Scenario:
    """What would be behind a layer that had the annotated shape."""
    shape = filled_up(required, fault.graph.shapes.get(constraint.values[0], ()))
    return propagate(fault.graph, Patch(values={constraint.values[0]: shape}))


def say_of_targets(fault: Fault, constraint: Constraint) -> Say:
    """What the targets say, where the annotated shape leads to an output that they are compared with."""
    feed, graph = fault.analysis.problem.feed, fault.graph
    required = next(iter(fault.constraints.required_shapes(constraint)), None)
    if feed is None or required is None:
        return Say.NOTHING
    scenario = as_annotated(fault, constraint, required)
    said = []
    for value, targets, loss in zip(graph.network.outputs, feed.targets, feed.loss, strict=False):
        then, now = fault.constraints.shape(value, scenario), graph.shapes.get(value)
        if targets is not None and then and now and scenario.refusal is None:
            said.append(_say_of_target(targets, loss, then[1:], now[1:]))
    return next((say for say in (Say.SAME, Say.OTHER) if say in said), Say.NOTHING)


def _say_of_target(targets: Shape, loss: CompiledLoss | None, then: Shape, now: Shape) -> Say:
    """What a target says, of the output as annotated and as it is.

    Beside a loss whose rule is not known it still speaks for an annotation that has its shape.
    """
    has_rule = bool(accepted_outputs(targets, loss))
    fits_then, fits_now = (accepts(x, targets, loss) if has_rule else x == targets for x in (then, now))
    if fits_then == fits_now:
        return Say.NOTHING
    if fits_then:
        return Say.SAME
    return Say.OTHER if has_rule else Say.NOTHING
