"""How plausible a repair is: the sum of its features; the lower, the sooner it is named."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from shapeguard.diagnosis.number_change import ChangeNumber
from shapeguard.diagnosis.repairs import ChangeInput, ConvertData, Insert, change_of
from shapeguard.diagnosis.scoring import arguments, axes, merges, places, siblings, windows
from shapeguard.diagnosis.scoring.context import Context

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from shapeguard.diagnosis.constraints import Constraint
    from shapeguard.diagnosis.evaluated import Evaluated
    from shapeguard.diagnosis.graph import Graph
    from shapeguard.diagnosis.layer_groups import LayerGroups

    Feature = Callable[[Context], float]

OF_INPUTS: tuple[Feature, ...] = (places.base_cost, places.near_the_input, axes.axis_order)
OF_DATA: tuple[Feature, ...] = (
    places.base_cost,
    places.near_the_input,
    places.unknown_outcome,
    places.refused_behind,
)
OF_INSERTIONS: tuple[Feature, ...] = (
    places.base_cost,
    places.unknown_outcome,
    places.refused_behind,
    axes.counted_axes,
)
OF_STRUCTURE: tuple[Feature, ...] = (
    places.base_cost,
    places.distance,
    places.unknown_outcome,
    places.refused_behind,
    axes.counted_axes,
)
OF_ARGUMENTS: tuple[Feature, ...] = (
    arguments.far_fetched,
    arguments.argument_prior,
    arguments.not_written,
    siblings.unlike_siblings,
    windows.skips_pixels,
    arguments.exchanges_numbers,
    windows.window_exceeds_map,
    windows.does_nothing,
    axes.axis_order,
    axes.joined_axis,
    axes.counted_axes,
    axes.stretches,
    axes.changed_entries,
    axes.target_for_another_map,
    merges.removes_all_downsampling,
    places.places,
    places.overrides_a_name,
    places.distance,
    merges.widens_trunk,
    merges.projects,
    merges.matches_majority_width,
    axes.own_axis,
    axes.stacked_axis,
    arguments.keras_1_form,
    places.unknown_outcome,
    places.refused_behind,
    arguments.uncommon_width,
    windows.even_kernel,
    arguments.several_arguments,
)
"""What speaks for and against a change of arguments; a repair of another kind begins with its proposer's cost."""


def scored(
    evaluated: Sequence[Evaluated], graph: Graph, groups: LayerGroups, violated: Sequence[Constraint]
) -> list[Evaluated]:
    """Each repair with its score beside the others; a margin of `weights.MARGIN` to the next makes it "the cause"."""
    contexts = [Context(each, graph, groups, tuple(violated)) for each in evaluated]
    alone = [score(context) for context in contexts]
    scores = places.penalise_supersets([each.repair for each in evaluated], alone, groups)
    scores = axes.penalise_needless_axes(contexts, scores)
    return [replace(each, score=its_score) for each, its_score in zip(evaluated, scores, strict=True)]


def score(context: Context) -> float:
    """The score of one repair by itself."""
    total: float = 0
    for _, value in breakdown(context):  # no sum(): since Python 3.12 it rounds otherwise than before
        total += value
    return total


def breakdown(context: Context) -> list[tuple[str, float]]:
    """(feature, what it adds to the score) of each feature that says anything of a repair."""
    values = [(feature.__name__, feature(context)) for feature in features_of(context)]
    return [(name, value) for name, value in values if value]


def features_of(context: Context) -> tuple[Feature, ...]:
    """The features by which a repair of this kind is judged."""
    repair = context.repair
    if isinstance(repair, ChangeInput) or (isinstance(repair, ChangeNumber) and context.node.is_input):
        return OF_INPUTS
    if isinstance(repair, ConvertData) and repair.shape is not None:
        return OF_DATA
    if change_of(repair) is None:
        return OF_INSERTIONS if isinstance(repair, Insert) else OF_STRUCTURE
    return OF_ARGUMENTS
