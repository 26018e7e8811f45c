"""A layer that takes axes away before the last one that needs them, as a Flatten before a pooling."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from shapeguard.diagnosis.evaluated import Evaluated
from shapeguard.diagnosis.keras_fallback import OperationRule
from shapeguard.diagnosis.layer_specs import from_config, spec_of
from shapeguard.diagnosis.moved_layers import MoveLayer
from shapeguard.diagnosis.rebuilding import Rebuild
from shapeguard.diagnosis.repairs import Remove
from shapeguard.diagnosis.scenarios import Scenario
from shapeguard.diagnosis.scoring import costs
from shapeguard.keras_compat import keras_layers
from shapeguard.layers import Refusal, Role, config_of, role_of, rule_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.diagnosis.faults import Fault
    from shapeguard.diagnosis.graph import Graph, Node
    from shapeguard.diagnosis.layer_specs import LayerSpec
    from shapeguard.records.network import Call, Network, Shape

ENDS = {Role.FLATTEN, Role.GLOBAL_POOLING}


def propose_later_calls(fault: Fault) -> Iterator[MoveLayer]:
    """What takes axes away before the refused call, called behind the last layer that needs them.

    Only inside a `call`, where the rest of the pass is written already: while a model is built nobody knows it.
    """
    graph, refused = fault.graph, fault.graph.refused
    if refused is None or refused.call.parent is None:
        return
    for node in fault.suspects:
        moved = _end_of_grid(graph, node)
        if moved is not None:
            last = _last_in_need(fault, node)
            yield from () if last is None else _moved(graph, node, moved, *last)
            return


def _end_of_grid(graph: Graph, node: Node) -> LayerSpec | None:
    """What takes the axes of a sample away, as a layer; `None` of anything else."""
    if node is graph.refused or not len(node.inputs) == len(node.outputs) == 1:
        return None
    taken, given = graph.inputs_of(node)[0], graph.outputs_of(node)[0]
    if len(given) != 2 or len(taken) < 3:
        return None
    if isinstance(node.rule, OperationRule):
        return spec_of(Role.FLATTEN) if _elements(taken) == _elements(given) else None
    is_end = role_of(node.call.layer_type) in ENDS
    rule = rule_for(type(node.call.operation)) if is_end else None
    return None if rule is None else from_config(rule, node.config)


def _elements(shape: Shape) -> int | None:
    sizes = [size for size in shape[1:] if size is not None]
    return prod(sizes) if len(sizes) == len(shape) - 1 else None


def _moved(graph: Graph, node: Node, moved: LayerSpec, call: Call, taken: Shape) -> Iterator[MoveLayer]:
    rule = rule_for(type(call.operation))
    first = None if rule is None else from_config(rule, config_of(call.operation))
    if first is not None:
        shape = graph.inputs_of(node)[0]
        yield MoveLayer(node.index, node.outputs[0], shape, call, first, moved, taken, costs.CALLED_TOO_EARLY)


def _last_in_need(fault: Fault, node: Node) -> tuple[Call, Shape] | None:
    """The last call that needs the axes, and what it gives, in the pass without the layer that takes them away."""
    graph, refused = fault.graph, fault.graph.refused
    removal = Remove(node.index, node.outputs[0], graph.inputs_of(node)[0], 0)
    rebuild = Rebuild(graph, (Evaluated(removal, removal.patch(graph), Scenario(), satisfies=True, score=0),))
    network = _rebuilt(fault, rebuild)
    if network is None or refused is None:
        return None
    known = [(call.identity, call.number) for call in network.calls]
    here = (refused.call.identity, refused.call.number)
    behind = network.calls[known.index(here) :] if here in known else ()
    needing = [call for call in behind if _needs_axes(network, call)]
    if not needing or known.count((needing[-1].identity, 2)):
        return None
    given = network.values[needing[-1].outputs[0]].shape
    return (needing[-1], given) if len(given) > 2 else None


def _rebuilt(fault: Fault, rebuild: Rebuild) -> Network | None:
    """The pass as Keras makes it with a repair, as far as it comes; `None` where it may not run again."""
    rerun = fault.analysis.problem.rerun
    if rerun is None or not fault.budget.may_call_keras(len(fault.graph.nodes)):
        return None
    try:
        return rebuild.network(rerun)
    except Exception:  # noqa: BLE001  a layer whose config Keras refuses
        return None


def _needs_axes(network: Network, call: Call) -> bool:
    """Whether a layer of Keras takes a tensor with axes, gives one, and would refuse a row of numbers."""
    if call.failure is not None or not len(call.inputs) == len(call.outputs) == 1:
        return False
    if not isinstance(call.operation, keras_layers.Layer) or not keras_layers.is_builtin(call.operation):
        return False
    config, shape = config_of(call.operation), network.values[call.inputs[0]].shape
    rule = rule_for(type(call.operation), config)
    row = (shape[0], _elements(shape))
    return rule is not None and len(shape) > 2 and isinstance(rule.forward(config, (row,)), Refusal)
