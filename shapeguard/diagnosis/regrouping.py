"""Repairs that arrange the same numbers on other axes: which of them belong together, their count does not tell."""

from __future__ import annotations

from itertools import permutations
from typing import TYPE_CHECKING

from shapeguard.diagnosis.data_edits import fed_and_wanted
from shapeguard.diagnosis.repairs import ChangeArguments, ConvertData, parts_of
from shapeguard.diagnosis.scenarios import refused_value
from shapeguard.layers import arguments_with

if TYPE_CHECKING:
    from shapeguard.diagnosis.analysis import Analysis
    from shapeguard.diagnosis.evaluated import Evaluated
    from shapeguard.diagnosis.graph import Node
    from shapeguard.diagnosis.repairs import SingleRepair
    from shapeguard.records.network import Shape

    Order = tuple[int, ...]


def is_regrouping(analysis: Analysis, evaluated: Evaluated) -> bool:
    """Whether a part of the repair fits by the number of elements alone, or sizes leave several orders of axes."""
    return any(_is_guess(analysis, evaluated, part) for part in parts_of(evaluated.repair))


def _is_guess(analysis: Analysis, evaluated: Evaluated, repair: SingleRepair) -> bool:
    if isinstance(repair, ConvertData):
        fed, declared = fed_and_wanted(analysis, repair)
        return not (_keeps_axes(fed or (), declared) if repair.regroups else _is_certain(fed or (), declared))
    if not isinstance(repair, ChangeArguments):
        return False
    regroups = any(name in arguments_with("regroups") for name, _ in repair.change.arguments)
    reorders = any(name in arguments_with("reorders") for name, _ in repair.change.arguments)
    nodes = [analysis.graph.nodes[index] for index in repair.nodes] if regroups or reorders else []
    return any(_is_guess_of(analysis, evaluated, node, regroups=regroups) for node in nodes)


def _is_guess_of(analysis: Analysis, evaluated: Evaluated, node: Node, *, regroups: bool) -> bool:
    """Whether a layer that only arranges elements would give a shape that nobody asked of it."""
    if _is_expected(analysis, node):
        return False
    value = node.outputs[0] if node.outputs else refused_value(node.index)
    given = analysis.constraints.shape(value, evaluated.scenario)
    if given is None:
        return True
    taken = analysis.graph.inputs_of(node, evaluated.scenario)[0][1:]
    if regroups:
        return not (_keeps_axes(taken, given[1:]) or _is_learned_row(analysis, node, taken))
    dims = evaluated.patch.configs[node.index].get("dims", ())
    return not _is_certain(taken, given[1:], tuple(dim - 1 for dim in dims))


def _is_expected(analysis: Analysis, node: Node) -> bool:
    """Whether the user says what the layer gives, all sizes but the batch: of it, or of one that keeps its shape."""
    expected = [each for each in analysis.constraints.all if each.target is not None and each.values]
    own = [e for e in expected if e.call == node.index or analysis.graph.source_of(e.values[0]) is node]
    shapes = [shape for each in own for shape in analysis.constraints.required_shapes(each)]
    return any(None not in shape[1:] for shape in shapes)


def _is_learned_row(analysis: Analysis, node: Node, taken: Shape) -> bool:
    """Whether a layer with weights makes one row of numbers, which stand in no order before they are learned."""
    maker = analysis.graph.source_of(node.inputs[0])
    learns = maker is not None and any(name in maker.config for name in arguments_with("counts"))
    return learns and sum(size != 1 for size in taken) == 1


def _keeps_axes(taken: Shape, given: Shape) -> bool:
    """Whether only axes of one come or go, or all axes become one."""
    return len(given) == 1 or [size for size in taken if size != 1] == [size for size in given if size != 1]


def _is_certain(taken: Shape, given: Shape, order: Order | None = None) -> bool:
    """Whether the sizes leave no other order of the axes, or no other than to move one axis to one place.

    `order` is the one that is meant; without it, it is a move. Where other sizes come out, it is none.
    """
    if sorted(map(str, taken)) != sorted(map(str, given)):
        return True
    orders = [order for order in permutations(range(len(taken))) if tuple(taken[axis] for axis in order) == given]
    moves = [each for each in orders if _is_move(each)]
    return len(orders) == 1 or (len(moves) == 1 and order in {None, moves[0]})


def _is_move(order: Order) -> bool:
    """Whether one axis goes elsewhere and the others keep their order."""
    stays = sorted(order)
    without = ([axis for axis in order if axis != moved] for moved in order)
    return list(order) != stays and any(rest == sorted(rest) for rest in without)
