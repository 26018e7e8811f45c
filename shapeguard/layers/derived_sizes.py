"""Why each size of an output is what it is: derived by the layer's rule, kept from the input, or neither."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shapeguard.records.derivations import Size

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from shapeguard.layers.base import Derivation
    from shapeguard.records.derivations import Given

    Dims = tuple[Any, ...]


def sizes(
    output: Dims,
    entering: Dims,
    explain: Callable[[int], Derivation | None],
    arguments: Callable[[Derivation], tuple[Given, ...]],
) -> Iterator[Size]:
    """One value per axis of a layer's first output.

    Args:
        output: Its shape.
        entering: The shape of the first input.
        explain: The rule's derivation of an axis.
        arguments: The constructor arguments that a derivation depends on.

    Yields:
        The axes in order.
    """
    for axis, size in enumerate(output):
        derivation = explain(axis)
        if derivation is not None:
            yield Size(axis, derivation.name, size, "derived", derivation.arithmetic, arguments(derivation))
            continue
        name = "batch" if axis == 0 else f"axis {axis}"
        if _is_kept(axis, output, entering):
            yield Size(axis, name, size, "kept")
        else:
            yield Size(axis, name, size, "open" if size is None else "unexplained")


def _is_kept(axis: int, output: Dims, entering: Dims) -> bool:
    """Whether the axis has the size of the same axis of the input, counted from the front or from the back."""
    if axis == 0 or len(output) == len(entering):
        return axis < len(entering) and bool(output[axis] == entering[axis])
    place = axis - len(output) + len(entering)
    counterparts = entering[axis : axis + 1] + entering[max(place, 0) : place + 1]
    return output[axis] is not None and output[axis] in counterparts


def in_short(value: object) -> object:
    """3 for (3, 3), as people write it."""
    if isinstance(value, tuple) and value and all(type(entry) is int and entry == value[0] for entry in value):
        return value[0]
    return value
