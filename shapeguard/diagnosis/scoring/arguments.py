"""Features of a change of arguments by itself: which arguments, and which values instead of which."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapeguard.diagnosis.argument_values import value_of
from shapeguard.diagnosis.keras_fallback import names_in_keras
from shapeguard.diagnosis.repairs import is_keras_1_repair
from shapeguard.diagnosis.scoring import weights
from shapeguard.layers import argument_traits

if TYPE_CHECKING:
    from shapeguard.diagnosis.graph import Node
    from shapeguard.diagnosis.scoring.context import Context
    from shapeguard.layers import Change

MOST_UNWRITTEN = 3
SMALL = 12
"""Below it every count is common."""


def far_fetched(context: Context) -> float:
    """How far-fetched the layer's own rule finds the value."""
    return context.change.cost * weights.EFFORT


def argument_prior(context: Context) -> float:
    """How seldom the arguments are at fault."""
    changed = (name for name, _ in context.change.arguments)
    return sum(weights.PRIORS.get(name, weights.OTHER_PRIOR) for name in names_in_keras(context.node.rule, changed))


def several_arguments(context: Context) -> float:
    """Whether more than one argument of a call would be wrong."""
    return weights.SEVERAL_ARGUMENTS if len(context.change.arguments) > 1 else 0


def not_written(context: Context) -> float:
    """In how many places a size would be wrong that nobody wrote."""
    change = context.change
    if change.inner or not any(argument_traits(name).on_purpose for name, _ in change.arguments):
        return 0
    places = {context.groups.of_span(context.graph.nodes[index])[0] for index in context.repair.nodes}
    unwritten = [_count_unwritten(context.graph.nodes[index], change) for index in places]
    rare = weights.RARELY_WRITTEN if context.name == "dilation_rate" and any(unwritten) else 0
    return weights.NOT_WRITTEN * min(sum(unwritten), MOST_UNWRITTEN) + rare


def _count_unwritten(node: Node, change: Change) -> int:
    construction = node.construction
    if construction is None or construction.indirect:
        return 0
    written = {argument.name for argument in construction.arguments}
    return sum(argument_traits(name).on_purpose and name not in written for name, _ in change.arguments)


def exchanges_numbers(context: Context) -> float:
    """Whether the suggestion is the user's own numbers in another order."""
    if len(context.change.arguments) > 1:
        return 0
    name, suggestion = context.change.arguments[0]
    now = value_of(context.node.config, context.change, name)
    old, new = sorted(_numbers(now)), sorted(_numbers(suggestion))
    return weights.EXCHANGED if len(old) > 1 and old == new else 0


def _numbers(value: object) -> list[int]:
    if isinstance(value, list | tuple):
        return [n for item in value for n in _numbers(item)]
    return [value] if isinstance(value, int) else []


def keras_1_form(context: Context) -> float:
    """Whether all the calls were written as Keras 1 wanted them, and the suggestion is what that meant."""
    return weights.KERAS_1_FORM if is_keras_1_repair(context.repair, context.graph) else 0


def uncommon_width(context: Context) -> float:
    """Whether an unusual number of units stands for a usual one; a last layer has as many as there are classes."""
    if not argument_traits(context.name).counts or set(context.node.outputs) & set(context.graph.network.outputs):
        return 0
    name, suggestion = context.change.arguments[0]
    now = value_of(context.node.config, context.change, name)
    if _is_common(now) and not _is_common(suggestion):
        return weights.UNCOMMON_WIDTH
    return weights.NO_POWER_OF_TWO if _is_power_of_two(now) and not _is_power_of_two(suggestion) else 0


def _is_common(count: object) -> bool:
    return isinstance(count, int) and (count <= SMALL or count % 8 == 0 or count % 10 == 0 or count % 25 == 0)


def _is_power_of_two(count: object) -> bool:
    return isinstance(count, int) and count > 0 and count & (count - 1) == 0
