"""What comes of an expression written otherwise: no formula tells, so that the pass is made again with it."""

from __future__ import annotations

import contextlib
import functools
import io
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from shapeguard.diagnosis.crossings import PAIR, crossings
from shapeguard.diagnosis.evaluated import Evaluated
from shapeguard.diagnosis.judged_targets import is_worse, keeps_samples
from shapeguard.diagnosis.rebuilding import Rebuild
from shapeguard.diagnosis.rerun_shapes import observed
from shapeguard.diagnosis.scenarios import Patch, Scenario
from shapeguard.keras_compat import keras_layers, keras_trainers, states
from shapeguard.layers.operations import is_elementwise
from shapeguard.spec import shapes_agree

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.diagnosis.faults import Fault
    from shapeguard.diagnosis.graph import Graph
    from shapeguard.diagnosis.rewritten_expressions import RewriteExpression
    from shapeguard.records.network import Call, Network

ADDED = 1
"""The calls that an expression written otherwise makes more."""
PRODUCTS = frozenset({"dot", "matmul"})
"""Operations that take matrices."""


def evaluated_by_rerun(repair: RewriteExpression, fault: Fault) -> Evaluated:
    """The repair with what a pass gives in which it is made; it will do if that comes to its end, and as it should."""
    none = Evaluated(repair, Patch(), Scenario(), satisfies=False, score=repair.cost)
    network = _made_again(none, fault)
    if network is None or not _is_right(repair, network, fault):
        return none
    scenario = observed(fault.graph, network)
    if not fault.constraints.met(scenario, []):
        return none
    fault.budget.found_by_rerun()
    return replace(none, scenario=scenario, satisfies=True)


def _made_again(evaluated: Evaluated, fault: Fault) -> Network | None:
    """The pass with the repair; `None` where it may not be made, or does not come to its end."""
    rerun, refused = fault.analysis.problem.rerun, fault.graph.refused
    if rerun is None or not fault.budget.may_rerun(len(fault.graph.network.calls)):
        return None
    try:
        quiet = contextlib.redirect_stdout(io.StringIO())  # it would be printed once for each expression
        with quiet, states.leaving_no_mark(_not_built_yet(fault.graph), stateless=False):
            again = functools.partial(rerun, entered=-1 if refused is None else refused.index + ADDED)
            network = Rebuild(fault.graph, (evaluated,)).network(again)
    except Exception:  # noqa: BLE001  whatever the user's own code raises with another expression in it
        return None
    return None if any(call.failure is not None for call in network.calls) else network


def _not_built_yet(graph: Graph) -> list[Any]:
    """The layers of the user's own that nothing has built yet: each rerun builds them afresh."""
    called = [each.operation for each in graph.network.calls if isinstance(each.operation, keras_layers.Layer)]
    own = {id(inner): inner for layer in called for inner in keras_trainers.own_layers(layer)}
    return [each for each in own.values() if not keras_layers.is_builtin(each) and not each.built]


def _is_right(repair: RewriteExpression, network: Network, fault: Fault) -> bool:
    """Whether nothing is worse with the repair: samples stay samples, and no axis is new that nothing else has.

    Beside a size that is left over another size of a reshape decides how many samples there are, as the program says.
    """
    problem = fault.analysis.problem
    keeps = repair.other.manner == "size of its tensor" or keeps_samples(problem, network)
    if is_worse(problem, network, []) or not keeps or _loses_batch(network):
        return False
    if not _is_as_meant(repair, network, fault.graph):
        return False
    return _is_as_declared(network) and _is_reached(fault.graph, network) and _is_taken(fault.graph, network)


def _is_as_meant(repair: RewriteExpression, network: Network, graph: Graph) -> bool:
    """Whether it fits by more than an axis that anything fits to: what is meant differs by the manner of the slip."""
    before = graph.network
    match repair.other.manner:
        case "vector":
            return any(_meets_vector(graph, call) for call in before.calls)
        case "reduced":
            return _spread(network) <= _spread(before)
        case "axes of one" | "axes of one everywhere":
            return _squeezed_open(network) <= _squeezed_open(before)
        case "axis" | "new axis" | "one of new axes":
            return _most_axes(network) <= _most_axes(before) and _crossed(network) <= _crossed(before)
        case "bound":
            return not _is_stretched(graph, network)
        case _:
            return True


def _is_stretched(graph: Graph, network: Network) -> bool:
    """Whether the call that was refused gets a slice of one element, which fits anything, beside several."""
    place = -1 if graph.refused is None else graph.refused.index
    again = network.calls[place] if 0 <= place < len(network.calls) else None
    if again is None or not is_elementwise(again.layer_type) or len(again.inputs) != PAIR:
        return False
    one, other = (network.values[value].shape for value in again.inputs)
    return any(1 in pair and pair != (1, 1) for pair in zip(reversed(one), reversed(other), strict=False))


def _loses_batch(network: Network) -> bool:
    """Whether a size that is no number of samples stands where the batch was, and is taken for it."""
    for call in network.calls:
        given = [network.values[value].shape[:1] for value in call.inputs]
        made = [network.values[value].shape[:1] for value in call.outputs]
        keeps_samples = is_elementwise(call.layer_type) or isinstance(call.operation, keras_layers.Layer)
        if keeps_samples and (None,) in given and (None,) not in made:
            return True
    return False


def _is_as_declared(network: Network) -> bool:
    """Whether every model is given what its Inputs declare: a symbolic call does not ask the layers inside."""
    for call in network.calls:
        functional = keras_layers.functional_of(call.operation)
        declared = () if functional is None else functional.inputs
        if len(declared) == len(call.inputs):
            for tensor, value in zip(declared, call.inputs, strict=True):
                if not shapes_agree(tuple(tensor.shape)[1:], network.values[value].shape[1:]):
                    return False
    return True


def _meets_vector(graph: Graph, call: Call) -> bool:
    """Whether a product is one of a vector, or of one for each sample, with a matrix."""
    ranks = sorted(len(graph.shapes[value]) for value in call.inputs if value in graph.shapes)
    return call.layer_type.lower() in PRODUCTS and len(ranks) == PAIR and 1 in {ranks[0], ranks[1] - ranks[0]}


def _squeezed_open(network: Network) -> int:
    """How often axes may go whose size only a batch tells."""
    squeezed = [call.inputs[0] for call in network.calls if call.layer_type.lower() == "squeeze" and call.inputs]
    return sum(None in network.values[value].shape[1:] for value in squeezed)


def _crossed(network: Network) -> int:
    """How many sums and products cross their tensors."""
    return sum(1 for _ in crossings(network))


def _spread(network: Network) -> int:
    """How many sums and products give one number to every sample: a mean over all of them has taken these together."""
    two = [call for call in network.calls if is_elementwise(call.layer_type) and len(call.inputs) == 2]
    given = [[network.values[value].shape for value in call.inputs] for call in two]
    return sum(() in shapes and any(shapes) for shapes in given)


def _most_axes(network: Network) -> int:
    """The rank of what has the most axes: one that a tensor lacks, another one beside it has."""
    return max(len(value.shape) for value in network.values)


def _is_reached(graph: Graph, network: Network) -> bool:
    """Whether the layer around what was refused was called again: a model may be told its output, and not run it."""
    refused = None if graph.refused is None else graph.refused.call
    if refused is None or refused.parent is None:
        return True
    around = {refused.identity, graph.network.calls[refused.parent].identity}
    is_called = any(call.identity in around for call in network.calls)
    return is_called or _is_traced_whole(graph.network, refused, network)


def _is_taken(graph: Graph, network: Network) -> bool:
    """Whether a layer of Keras' that was refused takes what it is given now: its symbolic call may not look at it."""
    refused = graph.refused
    operation = None if refused is None else refused.call.operation
    if refused is None or not isinstance(operation, keras_layers.Layer) or not keras_layers.is_builtin(operation):
        return True
    again = [call for call in network.calls if call.identity == refused.call.identity]
    shapes = [tuple(network.values[value].shape for value in call.inputs) for call in again]
    if not again:
        return _is_traced_whole(graph.network, refused.call, network)
    return all(isinstance(graph.forward(refused, each, refused.config), tuple) for each in shapes)


def _is_traced_whole(before: Network, refused: Call, network: Network) -> bool:
    """Whether a layer around a call was not entered now: the backend has traced its call, with all that is inside."""
    around = {call.identity for call in _around(before, refused) if not keras_layers.is_builtin(call.operation)}
    whole = {each.index for each in network.calls if each.identity in around}
    return bool(whole) and not any(each.parent in whole for each in network.calls)


def _around(network: Network, call: Call) -> Iterator[Call]:
    """The calls inside which a call was made, the nearest first."""
    while call.parent is not None:
        call = network.calls[call.parent]
        yield call
