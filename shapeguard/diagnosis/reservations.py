"""Why a repair that Keras builds is not called verified: what it leaves open, in a few words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapeguard.diagnosis.calculated_arguments import is_over_calculation
from shapeguard.diagnosis.data_edits import are_targets_alike
from shapeguard.diagnosis.number_change import ChangeNumber
from shapeguard.diagnosis.regrouping import is_regrouping
from shapeguard.diagnosis.repairs import ChangeInput, ConvertData, Insert, is_guessed, parts_of
from shapeguard.records.reservations import HALF_WAY, OTHER_FAULTS

if TYPE_CHECKING:
    from shapeguard.diagnosis.analysis import Analysis
    from shapeguard.diagnosis.evaluated import Evaluated
    from shapeguard.diagnosis.faults import Fault
    from shapeguard.diagnosis.graph import Graph
    from shapeguard.diagnosis.repairs import Repair, SingleRepair
    from shapeguard.records.network import Shape

GUESSED = "its sizes are guessed"
REGROUPED = "only the number of elements fits; which of them belong together is a guess"
WHICH_LAYERS = "several layers take the tensor, and which of them is meant is a guess"
AGAINST_EXPECTATION = "another shape is expected of this layer"
OTHER_DATA = "the data does not fit another input"
UNSEEN_DATA = "the program stopped before its data was seen, which decides the shape of an input"
WITHOUT_DATA = "what real batches give could not be told without the data"
READ_ELSEWHERE = "the number is also read in line"
CALCULATED = "a number would stand in the place of a calculation"
NO_TEXT = "Keras builds it, but no one place in the source says it"


def reservation(evaluated: Evaluated, fault: Fault, *, is_whole: bool) -> str:
    """What keeps a repair from being called verified although Keras builds it; "" if nothing does.

    `is_whole`: although Keras refused the pass, with the repair it came to the model's outputs.
    """
    return _of_change(evaluated, fault.analysis) or _of_pass(evaluated, fault, is_whole=is_whole)


def _of_change(evaluated: Evaluated, analysis: Analysis) -> str:
    """What is a guess about the change itself."""
    if is_guessed(evaluated.repair):
        return GUESSED
    if is_regrouping(analysis, evaluated):
        return REGROUPED
    if is_over_calculation(evaluated.repair, analysis.graph):
        return CALCULATED
    return WHICH_LAYERS if _parts_at_merge(evaluated.repair, analysis.graph) else ""


def _of_pass(evaluated: Evaluated, fault: Fault, *, is_whole: bool) -> str:
    """What the pass and its data leave open."""
    analysis = fault.analysis
    if not analysis.problem.network.complete and (fault.ignored or not _is_reached(analysis, is_whole=is_whole)):
        return HALF_WAY
    if fault.ignored and not _mends_targets(evaluated.repair, analysis):
        return OTHER_FAULTS
    if _awaits_data(analysis, evaluated.repair):
        return UNSEEN_DATA
    return OTHER_DATA if _leaves_data(analysis, evaluated) else _read_elsewhere(analysis, evaluated.repair)


def _mends_targets(repair: Repair, analysis: Analysis) -> bool:
    """Whether the targets are converted with the data, and nothing but them was violated."""
    is_data = all(isinstance(part, ConvertData) and part.code for part in parts_of(repair))
    return is_data and are_targets_alike(analysis)


def _read_elsewhere(analysis: Analysis, repair: Repair) -> str:
    """Where a literal that changes is read for something that the search knows nothing of; "" for nowhere."""
    numbers = [part for part in parts_of(repair) if isinstance(part, ChangeNumber)]
    places = (analysis.homes.read_elsewhere(number) for number in numbers)
    place = next((each for each in places if each is not None), None)
    return "" if place is None else f"{READ_ELSEWHERE} {place.line}"


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
