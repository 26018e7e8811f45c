"""Why a repair that Keras builds is not called verified: what it leaves open, in a few words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapeguard.diagnosis.calculated_arguments import is_over_calculation
from shapeguard.diagnosis.data_edits import are_targets_alike
from shapeguard.diagnosis.keras_fallback import OperationRule
from shapeguard.diagnosis.moved_layers import MoveLayer
from shapeguard.diagnosis.number_change import ChangeNumber
from shapeguard.diagnosis.rebuilt_calls import owners_of
from shapeguard.diagnosis.regrouping import is_regrouping
from shapeguard.diagnosis.repairs import ChangeInput, ConvertData, Insert, is_guessed, lead_of, parts_of
from shapeguard.records.reservations import HALF_WAY, OTHER_FAULTS
from shapeguard.source.origins import origins_of

if TYPE_CHECKING:
    from shapeguard.diagnosis.analysis import Analysis
    from shapeguard.diagnosis.evaluated import Evaluated
    from shapeguard.diagnosis.faults import Fault
    from shapeguard.diagnosis.graph import Graph
    from shapeguard.diagnosis.repairs import Repair, SingleRepair
    from shapeguard.records.network import Network, Shape
    from shapeguard.records.source import Span

GUESSED = "its sizes are guessed"
REGROUPED = "only the number of elements fits; which of them belong together is a guess"
WHICH_LAYERS = "several layers take the tensor, and which of them is meant is a guess"
AGAINST_EXPECTATION = "another shape is expected of this layer"
OTHER_DATA = "the data does not fit another input"
UNSEEN_DATA = "the program stopped before its data was seen, which decides the shape of an input"
WITHOUT_DATA = "what real batches give could not be told without the data"
READ_ELSEWHERE = "the number is also read in line"
CALCULATED = "a number would stand in the place of a calculation"
MOVED = "it was not run at its other place"
NO_TEXT = "Keras builds it, but no one place in the source says it"


def reservation(evaluated: Evaluated, fault: Fault, network: Network, *, is_whole: bool) -> str:
    """What keeps a repair from being called verified although Keras builds it; "" if nothing does.

    `network` is what Keras built; `is_whole`: although it refused the pass, with the repair it came to the outputs.
    """
    return _of_change(evaluated, fault.analysis) or _of_pass(evaluated, fault, network, is_whole=is_whole)


def _of_change(evaluated: Evaluated, analysis: Analysis) -> str:
    """What is a guess about the change itself."""
    if is_guessed(evaluated.repair):
        return GUESSED
    if _is_moved_operation(evaluated.repair, analysis.graph):
        return MOVED
    if is_regrouping(analysis, evaluated):
        return REGROUPED
    if is_over_calculation(evaluated.repair, analysis.graph):
        return CALCULATED
    return WHICH_LAYERS if _parts_at_merge(evaluated.repair, analysis.graph) else ""


def _is_moved_operation(repair: Repair, graph: Graph) -> bool:
    """Whether an operation is called elsewhere: it may calculate its arguments from what it is given."""
    lead = lead_of(repair)
    return isinstance(lead, MoveLayer) and isinstance(graph.nodes[lead.node].rule, OperationRule)


def _of_pass(evaluated: Evaluated, fault: Fault, network: Network, *, is_whole: bool) -> str:
    """What the pass and its data leave open."""
    analysis = fault.analysis
    if not analysis.problem.network.complete and (fault.ignored or not _is_reached(analysis, is_whole=is_whole)):
        return HALF_WAY
    if fault.ignored and not _mends_targets(evaluated.repair, analysis):
        return OTHER_FAULTS
    if _awaits_data(analysis, evaluated.repair):
        return UNSEEN_DATA
    return OTHER_DATA if _leaves_data(analysis, evaluated) else _read_elsewhere(analysis, evaluated.repair, network)


def _mends_targets(repair: Repair, analysis: Analysis) -> bool:
    """Whether the targets are converted with the data, and nothing but them was violated."""
    is_data = all(isinstance(part, ConvertData) and part.code for part in parts_of(repair))
    return is_data and are_targets_alike(analysis)


def _read_elsewhere(analysis: Analysis, repair: Repair, network: Network) -> str:
    """Where a literal that changes is read for something that the search knows nothing of; "" for nowhere."""
    numbers = [part for part in parts_of(repair) if isinstance(part, ChangeNumber)]
    places = (analysis.homes.read_elsewhere(each, _read_behind(analysis.graph, network, each)) for each in numbers)
    place = next((each for each in places if each is not None), None)
    return "" if place is None else f"{READ_ELSEWHERE} {place.line}"


def _read_behind(graph: Graph, network: Network, number: ChangeNumber) -> frozenset[Span]:
    """Where a number is read for calls that the pass comes to with the repair only: these change with it as well."""
    if graph.refused is None:
        return frozenset()
    new = [call.operation for call in network.calls if call.identity not in graph.same_layer]
    made = [(graph.construction_of(each), owners_of(graph, each)) for each in new]
    origins = [o for each, owners in made if each is not None for o in origins_of(each, owners).values()]
    return frozenset().union(*(origin.uses for origin in origins if number.literal in origin.literals))


def _awaits_data(analysis: Analysis, repair: Repair) -> bool:
    """Whether a program that was stopped while it built its model would declare another input than it has data for."""
    is_stopped = not analysis.problem.network.complete and analysis.problem.feed is None
    return is_stopped and any(_declares_input(part, analysis.graph) for part in parts_of(repair))


def _declares_input(repair: SingleRepair, graph: Graph) -> bool:
    """Whether an input would not take what it takes as it is written."""
    if isinstance(repair, ChangeNumber):
        return any(graph.nodes[index].is_input for index in repair.nodes)
    return isinstance(repair, ChangeInput) and not _differ_by_an_axis_of_one(graph.shapes[repair.value], repair.shape)


def _differ_by_an_axis_of_one(one: Shape, other: Shape) -> bool:
    """Whether one has a last axis of one that the other lacks: a functional model puts it to its data, or takes it off.

    Source: `Functional._adjust_input_rank` in Keras 3.
    """
    shorter, longer = sorted((one, other), key=len)
    return longer == (*shorter, 1)


def _leaves_data(analysis: Analysis, evaluated: Evaluated) -> bool:
    """Whether an input is given data that it does not take, and that the repair changes neither of them."""
    converted = {part.node for part in parts_of(evaluated.repair) if isinstance(part, ConvertData)}
    return any(
        node.index not in converted and node.outputs[0] not in evaluated.patch.values
        for node, _ in analysis.inputs.conflicts()
    )


def _is_reached(analysis: Analysis, *, is_whole: bool) -> bool:
    """Whether everything that was expected could be checked although building stopped: what follows is not known."""
    problem, constraints = analysis.problem, analysis.constraints
    if problem.missing or not all(each.values for each in constraints.all):
        return False
    if problem.feed is not None:
        return is_whole
    return any(not each.is_fixed for each in constraints.all) and not problem.network.open_end


def _parts_at_merge(repair: Repair, graph: Graph) -> bool:
    """Whether a layer is put in before several others, of which one takes several tensors: which, no line says."""
    several = len(repair.nodes) > 1 and isinstance(repair, Insert)
    return several and any(len(graph.nodes[index].inputs) > 1 for index in repair.nodes)
