"""Features of windows that slide: whether people choose such a one, and what it does to its map."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapeguard.diagnosis.argument_values import value_of
from shapeguard.diagnosis.scoring import weights
from shapeguard.layers import argument_traits
from shapeguard.source.value_equality import same_value

if TYPE_CHECKING:
    from shapeguard.diagnosis.graph import Node
    from shapeguard.diagnosis.scoring.context import Context
    from shapeguard.layers import Change

LEAST_STRIDE = 3
"""Strides of 2 skip nothing that anybody misses, as in a convolution of single pixels that halves its map."""


def skips_pixels(context: Context) -> float:
    """Whether strides would be larger than the window."""
    config = next(iter(context.evaluated.patch.configs.values()), {})
    strides, window = config.get("strides"), config.get("kernel_size") or config.get("pool_size")
    if not isinstance(strides, tuple) or not isinstance(window, tuple):
        return 0
    skips = any(s >= LEAST_STRIDE and s > w for s, w in zip(strides, window, strict=False))
    return weights.SKIPPING if skips else 0


def even_kernel(context: Context) -> float:
    """Whether a kernel without a middle would get one, or padding that takes one for granted."""
    name, suggestion = context.change.arguments[0]
    kernel = context.node.config.get("kernel_size")
    if not _is_single(context.change) or not isinstance(kernel, list | tuple) or all(size % 2 for size in kernel):
        return 0
    if name == "kernel_size" and isinstance(suggestion, tuple) and all(size % 2 for size in suggestion):
        return -weights.EVEN_KERNEL
    return weights.EVEN_KERNEL if (name, suggestion) == ("padding", "same") else 0


def _is_single(change: Change) -> bool:
    """Whether one argument of the layer itself changes."""
    return not change.inner and len(change.arguments) == 1


def window_exceeds_map(context: Context) -> float:
    """Whether a window would be larger than the map that it slides over."""
    for index, config in context.evaluated.patch.configs.items():
        window = config.get("kernel_size") or config.get("pool_size")
        inputs = context.graph.inputs_of(context.graph.nodes[index], context.scenario)
        if not isinstance(window, list | tuple) or not inputs or len(inputs[0]) != len(window) + 2:
            continue
        spatial = inputs[0][2:] if config.get("data_format") == "channels_first" else inputs[0][1:-1]
        dilation = config.get("dilation_rate") or (1,) * len(window)
        for size, width, step in zip(spatial, window, dilation, strict=False):
            if size is not None and (width - 1) * step + 1 > size:
                return weights.WINDOW_EXCEEDS_MAP
    return 0


def does_nothing(context: Context) -> float:
    """Whether the layer would do nothing any more: a pooling of one pixel, an enlarging by one, one step kept."""
    costs = (_cost_of_idling(context, name, suggestion) for name, suggestion in context.change.arguments)
    return next((cost for cost in costs if cost), 0)


def _cost_of_idling(context: Context, name: str, suggestion: object) -> float:
    config = context.node.config
    idle = argument_traits(name).idle
    if idle is not None and same_value(suggestion, idle):
        return 0 if same_value(value_of(config, context.change, name), idle) else weights.NO_OP
    if name == "keepdims" and suggestion is True and context.refused is not None:
        return weights.ONE_STEP if _takes_steps(context) else 0
    if name == "strides" and "pool_size" in config and same_value(suggestion, 1):
        return -weights.KEEPS_SIZE if _meant_to_keep_size(context.node) else weights.KEEPS_SIZE
    return 0


def _takes_steps(context: Context) -> bool:
    return len(context.graph.inputs_of(context.node)[0]) == 3


def _meant_to_keep_size(node: Node) -> bool:
    """Whether somebody wrote `same` for a pooling and no strides, which are its width then."""
    construction = node.construction
    written = {} if construction is None else {argument.name: argument.value for argument in construction.arguments}
    return written.get("padding") == "same" and "strides" not in written
