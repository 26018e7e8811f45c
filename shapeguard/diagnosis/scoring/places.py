"""Features of where a program would change: how far from the fault, in how many lines, and which must be split."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapeguard.diagnosis.calculated_arguments import is_over_calculation
from shapeguard.diagnosis.number_change import ChangeNumber
from shapeguard.diagnosis.repairs import ChangeArguments, Joint, change_of, is_keras_1_repair
from shapeguard.diagnosis.scenarios import refused_value
from shapeguard.diagnosis.scoring import weights
from shapeguard.layers import argument_traits, traits_of
from shapeguard.source.coming_calls import takers_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapeguard.diagnosis.layer_groups import LayerGroups
    from shapeguard.diagnosis.repairs import Repair
    from shapeguard.diagnosis.scoring.context import Context

MOST_SPANS = 3


def base_cost(context: Context) -> float:
    """What its proposer says that the repair costs."""
    return context.repair.cost


def distance(context: Context) -> float:
    """How many calls lie between the last change and the first fault."""
    if not context.repair.nodes or not context.faults:
        return 0
    between = context.graph.between(max(context.repair.nodes), context.faults[0])
    steps = sum(1 for node in between if not node.is_input) - 1
    return min(weights.DISTANCE * max(steps, 0), weights.FARTHEST)


def near_the_input(context: Context) -> float:
    """Whether hardly a layer lies between the input and the fault."""
    if not context.faults:
        return 0
    between = context.graph.between(context.repair.nodes[0], min(context.faults))
    return weights.AT_INPUT.get(len([node for node in between if not node.is_input]), 0)


def unknown_outcome(context: Context) -> float:
    """Whether the change reaches a layer without a formula, so that something of the outcome is not known."""
    return weights.UNKNOWN if context.evaluated.is_open else 0


def refused_behind(context: Context) -> float:
    """Whether a layer in a line behind takes another rank than the refused call would give."""
    refused = context.refused
    made = None if refused is None else refused.construction
    shape = None if refused is None else context.scenario.shapes.get(refused_value(refused.index))
    if made is None or made.call is None or shape is None:
        return 0
    ranks = {traits_of(name).takes_ndim for name in takers_of(made.call)} - {None}
    return weights.REFUSED_BEHIND if ranks and len(shape) not in ranks else 0


def places(context: Context) -> float:
    """How many lines would change, and which line that makes several layers would have to be split."""
    match context.repair:
        case ChangeNumber() as number:
            return _of_number(number)
        case ChangeArguments(wording=str()):
            return weights.WHOLE_SPAN
        case _:
            return _of_layers(context)


def _of_layers(context: Context) -> float:
    repair, groups = context.repair, context.groups
    own, node = set(repair.nodes), context.node
    whole_network = argument_traits(repair.argument).of_network
    if whole_network and own == set(groups.with_data_format(node.config.get("data_format"))):
        return weights.WHOLE_SPAN
    if len(own) == 1:
        return weights.SPLIT_LINE if len(groups.of_span(node)) > 1 else 0
    variables = [set(group) for group in groups.of_variable(node, repair.argument) if len(group) > 1]
    if own in variables:
        return weights.WHOLE_SPAN + weights.WIDTH_OF_A_CALLER * argument_traits(repair.argument).counts
    spans = {frozenset(groups.of_span(context.graph.nodes[index])) for index in own}
    split = sum(weights.SPLIT_LINE for span in spans if not span <= own)
    if is_keras_1_repair(repair, context.graph):
        return weights.WHOLE_SPAN + split
    return weights.WHOLE_SPAN + split + weights.EACH_OTHER_SPAN * min(len(spans) - 1, MOST_SPANS)


def _of_number(repair: ChangeNumber) -> float:
    """One place changes; as a width of several layers, or in one round of a loop, it was chosen by a caller."""
    is_chosen = argument_traits(repair.argument).counts and repair.rewrite is None
    chosen = weights.WIDTH_OF_A_CALLER * is_chosen
    if len(repair.nodes) > 1:
        return weights.WHOLE_SPAN + chosen
    return chosen if repair.is_of_round else 0


def overrides_a_name(context: Context) -> float:
    """Whether a number would be written over a name that stands for one, or over what an operation calculates."""
    repair = context.repair
    is_over = isinstance(repair, ChangeArguments) and repair.overrides and repair.wording is None
    return weights.OVERRIDDEN if is_over or is_over_calculation(repair, context.graph) else 0


def penalise_supersets(repairs: Sequence[Repair], scores: Sequence[float], groups: LayerGroups) -> list[float]:
    """The scores, with a change of several layers dearer than the same change of fewer that are whole lines."""
    penalised = list(scores)
    alike: dict[str, list[int]] = {}
    for place, repair in enumerate(repairs):
        change = change_of(repair)
        whole_network = argument_traits(repair.argument).of_network
        if change is not None and not isinstance(repair, Joint | ChangeNumber) and not whole_network:
            alike.setdefault(repr((change.inner, change.arguments)), []).append(place)
    for group in alike.values():
        for larger in group:
            nodes = set(repairs[larger].nodes)
            smaller = [place for place in group if set(repairs[place].nodes) < nodes]
            enough = [penalised[place] for place in smaller if _is_whole(repairs[place], groups)]
            if enough:
                penalised[larger] = max(penalised[larger], min(enough) + weights.LARGER_THAN_ENOUGH)
    return _penalise_common_numbers(repairs, penalised)


def _penalise_common_numbers(repairs: Sequence[Repair], scores: Sequence[float]) -> list[float]:
    """The scores, with a number that serves other layers as well dearer than a change of the one where it is wrong."""
    penalised = list(scores)
    over: dict[tuple[int, str, str], float] = {}
    for place, repair in enumerate(repairs):
        if isinstance(repair, ChangeArguments) and repair.overrides:
            keys = [(node, repair.argument, repr(repair.suggestion)) for node in repair.nodes]
            over |= {key: min(scores[place], over.get(key, scores[place])) for key in keys}
    for place, repair in enumerate(repairs):
        if isinstance(repair, ChangeNumber) and repair.rewrite is None:
            enough = [over[key] for key in _given_by(repair) if key in over]
            if enough:
                penalised[place] = max(penalised[place], min(enough) + weights.SERVES_OTHERS)
    return penalised


def _given_by(number: ChangeNumber) -> list[tuple[int, str, str]]:
    """(call, argument, value) of all that follows from a number."""
    return [(index, name, repr(value)) for index, change in number.changes for name, value in change.arguments]


def _is_whole(repair: Repair, groups: LayerGroups) -> bool:
    own = set(repair.nodes)
    return all(set(groups.of_span(groups.graph.nodes[index])) <= own for index in own)
