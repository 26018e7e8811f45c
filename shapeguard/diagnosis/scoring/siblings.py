"""The feature of what layers of the same class are like."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapeguard.diagnosis.argument_values import value_of
from shapeguard.diagnosis.layer_groups import variable_of
from shapeguard.diagnosis.number_change import ChangeNumber
from shapeguard.diagnosis.repairs import ChangeArguments
from shapeguard.diagnosis.scoring import weights
from shapeguard.layers import argument_traits, arguments_with
from shapeguard.source.value_equality import same_value

if TYPE_CHECKING:
    from shapeguard.diagnosis.graph import Node
    from shapeguard.diagnosis.repairs import Repair
    from shapeguard.diagnosis.scoring.context import Context

MANY = 3


def unlike_siblings(context: Context) -> float:
    """Whether layers of the class have the suggested values or the present ones, and windows like it as a whole."""
    own = set(context.repair.nodes)
    others = context.groups.nearest(context.node, own)
    arguments = context.change.arguments
    total: float = 0
    for name, suggestion in arguments:
        total += _agreement(context, _peers(context, others, name, suggestion), name, suggestion)
    passed = any(_is_passed_in(context.node, name) for name, _ in arguments)
    return total / len(arguments) + (0 if passed else _likeness(context, others))


def _peers(context: Context, others: list[Node], name: str, suggestion: object) -> list[Node]:
    """The layers whose value of this argument tells something about that of the repair.

    None if a variable was written: who passes a value in means it to differ, and so does a loop that gives each layer
    one of its own. A convolution of single pixels says
    nothing of the windows of a few others; among many, the window may be the slip.
    """
    node = context.node
    traits = argument_traits(name)
    if traits.by_position or _is_passed_in(node, name) or _is_of_loop(context.repair):
        return []
    if traits.of_window and len(others) < MANY:
        return [other for other in others if is_pointwise(other) == is_pointwise(node)]
    return _with_format(context, name, suggestion) if traits.of_network else others


def _with_format(context: Context, name: str, suggestion: object) -> list[Node]:
    """The layers of any class that have a format.

    Who did not write one has the default: that speaks for the default, not against another format.
    """
    own = set(context.repair.nodes)
    others = [other for other in context.graph.nodes.values() if other.index not in own and name in other.config]
    is_default = suggestion == "channels_last" or not _is_written(context.node, name)
    return others if is_default else [other for other in others if _is_written(other, name)]


def _is_written(node: Node, name: str) -> bool:
    """Whether the constructor call names the argument; also if that is not known."""
    construction = node.construction
    if construction is None or construction.indirect:
        return True
    return any(argument.name == name for argument in construction.arguments)


def _is_passed_in(node: Node, name: str) -> bool:
    return name == "strides" and variable_of(node.construction, name) is not None


def _is_of_loop(repair: Repair) -> bool:
    """Whether a loop gives each layer of a line its own value, or a name that is right for each of them."""
    match repair:
        case ChangeNumber():
            return repair.is_of_round
        case ChangeArguments():
            return repair.wording is not None
        case _:
            return False


def is_pointwise(node: Node) -> bool:
    """Whether the layer is a convolution of single pixels."""
    kernel = node.config.get("kernel_size")
    return isinstance(kernel, list | tuple) and all(size == 1 for size in kernel)


def _agreement(context: Context, peers: list[Node], name: str, suggestion: object) -> float:
    node, change = context.node, context.change
    now = _from_front(context, value_of(context.graph.config_of(node), change, name), name)
    wanted = _from_front(context, suggestion, name)
    values = [_from_front(context, value_of(peer.config, change, name), name) for peer in peers]
    agree = sum(same_value(v, wanted) for v in values) / max(len(values), 1)
    stay = sum(same_value(v, now) for v in values) / max(len(values), 1)
    cost = weights.SIBLING_AGREES * agree + weights.SIBLING_DISAGREES * stay
    if argument_traits(name).of_network:
        cost *= weights.DATA_FORMAT_SIBLINGS
    if argument_traits(name).of_window and peers:
        trust = min(len(peers), 2) / 2
        cost += trust * (weights.NOBODY_USES * (not agree) + weights.ODD_ONE_OUT * (agree > 0 and not stay))
    if name == "kernel_size" and not agree and same_value(suggestion, 1):
        cost += weights.FIRST_OF_ITS_KIND
    return cost


def _from_front(context: Context, value: object, name: str) -> object:
    """An axis counted from the front, so that -1 and 3 are one; any other value as it is."""
    if name != "axis" or not isinstance(value, int) or not context.node.inputs:
        return value
    ndim = len(context.graph.inputs_of(context.node)[0])
    return value % ndim if -ndim <= value < ndim else value


def _likeness(context: Context, others: list[Node]) -> float:
    """Whether the layer's whole window is that of a sibling after the change, and was not before, or the reverse."""
    config, change = context.node.config, context.change
    names = [name for name in arguments_with("of_window") if name in config]
    if change.inner or "kernel_size" not in names or not any(name in names for name, _ in change.arguments):
        return 0
    changed = {**config, **dict(change.arguments)}
    before = any(all(same_value(o.config.get(n), config[n]) for n in names) for o in others)
    after = any(all(same_value(o.config.get(n), changed[n]) for n in names) for o in others)
    return weights.LIKE_A_SIBLING * (before - after)
