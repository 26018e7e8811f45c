"""Whether the first of some repairs is the cause, or one of several possible ones."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from shapeguard.diagnosis.axis_repairs import IndexInput
from shapeguard.diagnosis.calculated_arguments import is_number_over_calculation, leaves_calculation
from shapeguard.diagnosis.call_repairs import RedirectCall
from shapeguard.diagnosis.keras_fallback import OperationRule, names_in_keras
from shapeguard.diagnosis.learned_weights import TRAINED
from shapeguard.diagnosis.number_change import ChangeNumber
from shapeguard.diagnosis.repairs import (
    ChangeArguments,
    ChangeInput,
    ConvertData,
    Insert,
    Replace,
    is_beside,
    is_guessed,
)
from shapeguard.diagnosis.reservations import CALCULATED, READ_ELSEWHERE, REGROUPED
from shapeguard.diagnosis.reshape_behind import ReshapeBehind
from shapeguard.diagnosis.rewritten_expressions import RewriteExpression
from shapeguard.diagnosis.scenarios import refused_value
from shapeguard.diagnosis.scoring import weights
from shapeguard.diagnosis.scoring.evidence import proves_nothing
from shapeguard.diagnosis.written_shapes import scaling_of
from shapeguard.keras_compat.own_steps import LossStep, OwnStep
from shapeguard.layers import Refusal, Role, argument_traits, role_of
from shapeguard.records.reservations import PAST
from shapeguard.source.other_expressions import KEEPDIMS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapeguard.diagnosis.analysis import Analysis
    from shapeguard.diagnosis.evaluated import Evaluated
    from shapeguard.diagnosis.graph import Graph, Node
    from shapeguard.layers import Change


EQUATION = "subscripts"
"""What Keras calls the letters of the axes of several tensors."""


def is_sure(chosen: Sequence[Evaluated], analysis: Analysis) -> bool:
    """Whether the first is clearly likelier than the next, and its fitting says something."""
    if not chosen or (not chosen[0].is_verified and proves_nothing(chosen[0], analysis.graph)):
        return False
    first = chosen[0]
    if _is_guess(first, analysis):
        return False
    rivals = (
        each
        for each in chosen[1:]
        if not is_beside(each.repair, first.repair) and not (is_guessed(each.repair) and each.score > weights.GUESS)
    )
    rival = next(rivals, None)
    return rival is None or rival.score - first.score >= weights.MARGIN


def _is_guess(first: Evaluated, analysis: Analysis) -> bool:
    """Whether something else is as likely as what fits: another layer, another calculation, another weight.

    So it is where Keras refuses another call behind: what mends both was not found.
    """
    graph = analysis.graph
    if (
        _is_beside_targets(graph)
        or first.score > weights.FAR_FETCHED
        or first.reservation in {REGROUPED, CALCULATED} | PAST
    ):
        return True
    if isinstance(first.repair, RewriteExpression) or _declares_otherwise_than_trained(first) or _encodes(first):
        return True
    if is_number_over_calculation(analysis, first.repair) or leaves_calculation(first.repair, graph):
        return True
    return _has_rivals(first, analysis) or (graph.refused is not None and graph.takes_weights(graph.refused))


def _encodes(first: Evaluated) -> bool:
    """Whether whole numbers become rows, which may be larger than there are columns, or no numbers of classes."""
    return isinstance(first.repair, ConvertData) and first.repair.encodes


def _has_rivals(first: Evaluated, analysis: Analysis) -> bool:
    """Whether the data, or something that nothing proves, may be wrong as well."""
    graph = analysis.graph
    if _goes_by_data(first, analysis) or _serves_unseen(first) or _takes_wrong_data_for_right(first, analysis):
        return True
    return _may_be_meant_otherwise(first, graph) or _keeps_axis_in_step(first, graph)


def _is_beside_targets(graph: Graph) -> bool:
    """Whether a loss or metric of the user's own was refused: its lines, the targets and the model may be wrong."""
    return any(isinstance(call.operation, LossStep) for call in graph.network.calls)


def _declares_otherwise_than_trained(first: Evaluated) -> bool:
    """Whether an Input would declare other data than what the model was trained with: that was as it is."""
    return isinstance(first.repair, ChangeInput) and first.reservation.endswith(TRAINED.partition("}")[2])


def _goes_by_data(first: Evaluated, analysis: Analysis) -> bool:
    """Whether it fits the data in a way that nobody may have meant, or takes other data for one shape's sake."""
    graph = analysis.graph
    return _moves_batch(first, graph) or _makes_all_as_wide_as_data(first, graph) or _resizes_for_one(first, analysis)


def _takes_wrong_data_for_right(first: Evaluated, analysis: Analysis) -> bool:
    """Whether a network would be rebuilt for targets that may be the wrong ones, or for steps that it was to drop.

    Targets of the shape of the inputs are handed over by mistake as easily as by intent. Where a recurrent layer was
    told to give all steps, that may be wrong, and no layer is missing that takes their mean.
    """
    repair, graph = first.repair, analysis.graph
    if isinstance(repair, ReshapeBehind):
        given = {graph.shapes[value][1:] for value in graph.network.inputs}
        feed = analysis.problem.feed
        return feed is not None and any(shape in given for shape in feed.targets if shape is not None)
    if not isinstance(repair, Insert) or role_of(repair.layer.name) is not Role.GLOBAL_POOLING:
        return False
    before = (graph.nodes[index] for node in repair.nodes for index in graph.nodes[node].upstream)
    return any(
        node.config.get("return_sequences") and role_of(node.call.layer_type) is Role.RECURRENT for node in before
    )


def _resizes_for_one(first: Evaluated, analysis: Analysis) -> bool:
    """Whether data that nothing declares would have other sizes for the sake of one shape, which may be wrong."""
    repair, graph = first.repair, analysis.graph
    if not isinstance(repair, ConvertData) or repair.shape is None or graph.refused is not None:
        return False
    given = graph.outputs_of(graph.nodes[repair.node])[0]
    is_moved = Counter(given) == Counter(repair.shape)
    return not is_moved and len(analysis.violated) == 1


def _moves_batch(first: Evaluated, graph: Graph) -> bool:
    """Whether a number would let a refused operation pass with another number of samples than it takes."""
    if graph.refused is None or not isinstance(first.repair, ChangeNumber):
        return False
    taken = [shape[:1] for shape in graph.inputs_of(graph.refused, first.scenario)]
    given = first.scenario.shapes.get(refused_value(graph.refused.index), ())[:1]
    is_known = bool(taken and given) and None not in {*taken[0], *given}
    return is_known and graph.refused.index in first.repair.nodes and given not in taken


def _makes_all_as_wide_as_data(first: Evaluated, graph: Graph) -> bool:
    """Whether one number would make several layers as wide as what comes in: whoever chose a width meant it.

    Where the data itself is added to what they give, a layer that should widen it is missing or takes something else.
    """
    repair = first.repair
    if graph.refused is None or not isinstance(repair, ChangeNumber) or len(repair.nodes) < 2:
        return False
    widths = {graph.shapes[value][-1] for value in graph.network.inputs if len(graph.shapes[value]) > 1}
    return argument_traits(repair.argument).counts and any(
        value in widths for _, change in repair.changes for _, value in change.arguments
    )


def _may_be_meant_otherwise(first: Evaluated, graph: Graph) -> bool:
    """Whether the same line may lack something else.

    For a guessed layer nothing speaks but its absence, a layer that is called elsewhere may have its use where it is,
    what is joined before a weight may have been meant to be added, as may tensors that are to be spread first, and a
    size may be calculated in another way.
    """
    match first.repair:
        case IndexInput() as repair:
            return _drops_before_refusal(repair, graph) or _fits_elsewhere(repair, graph)
        case RedirectCall():
            return first.score > 0
        case Replace(node=node) if _only_spreads(graph, node):
            return True
        case ChangeNumber() as repair if repair.rewrite is not None or _levels(repair):
            return True
        case ChangeArguments(nodes=(node, *_), suggestion=wanted) if _is_one_of_several(
            graph.nodes[node], wanted, graph
        ):
            return True
        case _:
            return is_guessed(first.repair) and first.score > 0


def _is_one_of_several(node: Node, wanted: object, graph: Graph) -> bool:
    """Whether another size is that of something else that fits as well, or is calculated."""
    return _gives_what_fits(node, graph) or scaling_of(node, wanted) is not None


def _only_spreads(graph: Graph, node: int) -> bool:
    """Whether another merge would only take the tensors of a refused call because it spreads axes of one."""
    refused = graph.refused
    return refused is not None and refused.index == node and len(set(graph.inputs_of(refused))) > 1


def _keeps_axis_in_step(first: Evaluated, graph: Graph) -> bool:
    """Whether a step of the user's own would keep an axis for another one's sake: parts of a loss are all reduced."""
    arguments = [name for change in _changes_of(first) for name, _ in change.arguments]
    return KEEPDIMS in arguments and any(isinstance(each.call.operation, OwnStep) for each in graph.nodes.values())


def _changes_of(first: Evaluated) -> list[Change]:
    return [first.repair.change] if isinstance(first.repair, ChangeArguments) else []


def _gives_what_fits(node: Node, graph: Graph) -> bool:
    """Whether Keras refused one of the tensors that a call gives, and would take another of them in its place."""
    refused = graph.refused
    if refused is None or len(node.outputs) < 2:
        return False
    shapes = graph.inputs_of(refused)
    instead = (
        (*shapes[:slot], graph.shapes[other], *shapes[slot + 1 :])
        for slot, value in enumerate(refused.inputs)
        if value in node.outputs
        for other in node.outputs
        if graph.shapes[other] != graph.shapes[value]
    )
    return any(isinstance(graph.forward(refused, each, refused.config), tuple) for each in instead)


def _fits_elsewhere(repair: IndexInput, graph: Graph) -> bool:
    """Whether an axis more fits as well at another place, or an equation took a letter away before."""
    if not repair.adds or graph.refused is None or graph.refused.index not in repair.nodes:
        return False
    node, shapes = graph.refused, graph.inputs_of(graph.refused)
    if type(node.rule) is not OperationRule:  # of a layer's mask it is told which axis is meant
        return False
    if EQUATION in names_in_keras(node.rule, node.config):
        return True
    own = repair.entering(shapes)
    for axis in range(1, repair.ndim + 1):
        other = replace(repair, axis=axis)
        entering = other.entering(shapes)
        if entering == own or isinstance(entering, Refusal) or other.stretched(shapes) > repair.stretched(shapes):
            continue
        if isinstance(graph.forward(node, entering, node.config), tuple):
            return True
    return False


def _serves_unseen(first: Evaluated) -> bool:
    """Whether a number behind several calls is read for something else, too, which nobody followed."""
    is_common = isinstance(first.repair, ChangeNumber) and len(first.repair.nodes) > 1
    return is_common and first.reservation.startswith(READ_ELSEWHERE)


def _levels(repair: ChangeNumber) -> bool:
    """Whether a number becomes 1 for several calls, as a window of one step: that fits anything, and does nothing."""
    return repair.value == 1 and len(repair.nodes) > 1


def _drops_before_refusal(repair: IndexInput, graph: Graph) -> bool:
    """Whether Keras took a tensor with an axis too many, and refused what came of it: another may be meant there."""
    return not repair.adds and graph.refused is not None and graph.refused.index not in repair.nodes


def proven_first(chosen: Sequence[Evaluated], graph: Graph) -> list[Evaluated]:
    """If Keras refused a call, what cannot be proven comes behind what was.

    That is a layer of guessed sizes, which always fits, a number that decides about more than layers, and an expression
    that was meant otherwise.
    """
    if graph.refused is None or not any(each.is_verified for each in chosen):
        return list(chosen)
    return sorted(chosen, key=lambda each: _is_unprovable(each) and each.score > 0)


def _is_unprovable(evaluated: Evaluated) -> bool:
    is_unproven_slip = isinstance(evaluated.repair, RewriteExpression) and not evaluated.is_verified
    return is_guessed(evaluated.repair) or is_unproven_slip or evaluated.reservation.startswith(READ_ELSEWHERE)


def is_far_fetched(first: Evaluated, axes: tuple[int, ...]) -> bool:
    """Whether a wrong annotation is likelier; a kernel size is seldom at fault, but no stranger than others then.

    Nobody mistypes the same size on two axes: a change that explains both is believed further.
    """
    kernel = weights.KERNEL_TYPO if first.repair.argument == "kernel_size" else 0
    return first.score > weights.TYPO + kernel + (weights.TWO_AXES_TYPO if len(axes) > 1 else 0)
