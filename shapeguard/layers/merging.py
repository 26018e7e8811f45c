"""Layers that take several tensors: elementwise merges, Concatenate and Dot."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from shapeguard.layers.arguments import AXIS
from shapeguard.layers.base import Change, Derivation, Family, Refusal
from shapeguard.layers.costs import SOLVED
from shapeguard.layers.traits import ArgumentTraits, Role, Traits
from shapeguard.layers.windowed import single

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from shapeguard.layers.base import Config
    from shapeguard.records.network import Shape
    from shapeguard.records.source import Construction

FIRST_SECOND = ("first", "second")
TWO_AXES = 0.3
"""A different axis for each input of a Dot."""


class Elementwise(Family):
    """Add and the like: shapes align from the right, 1 stretches, and an unknown size makes the result unknown."""

    traits = Traits(role=Role.SUM)

    def __init__(self, name: str, count: int | None = None, traits: Traits | None = None) -> None:
        super().__init__(name, traits)
        self.count = count

    def forward(self, config: Config, inputs: tuple[Shape, ...]) -> tuple[Shape, ...] | Refusal:  # noqa: ARG002
        if self.count is not None and len(inputs) != self.count:
            return Refusal(f"it needs exactly {self.count} inputs, got {len(inputs)}")
        first = inputs[0]
        batches = {shape[0] for shape in inputs if shape} - {None}
        if len(batches) > 1:
            return Refusal(f"the batch sizes {' and '.join(map(str, sorted(batches)))} differ", 0)  # type: ignore[type-var]
        output = first[1:]
        for shape in inputs[1:]:
            merged = _stretched(output, shape[1:])
            if isinstance(merged, Refusal):
                return _refused(inputs, merged)
            output = merged
        return ((batches.pop() if batches else None, *output),)

    def explain_axis(self, config: Config, inputs: tuple[Shape, ...], axis: int) -> Derivation | None:  # noqa: ARG002
        ndim = max(map(len, inputs))
        place = axis % ndim - ndim
        sizes = [shape[place] if -place <= len(shape) - 1 else 1 for shape in inputs]
        if axis % ndim == 0 or len(set(sizes)) == 1:
            return None
        return Derivation(axis, f"axis {axis % ndim}", f"{' and '.join(map(str, sizes))} broadcast to one size", ())


def _refused(inputs: tuple[Shape, ...], refusal: Refusal) -> Refusal:
    """The refusal with the sizes of all inputs on its axis, if all have that axis."""
    axis = refusal.axis
    if axis is None or len({len(shape) for shape in inputs}) > 1:
        return Refusal(f"{refusal.reason} in {_listed(inputs)}", axis)
    return Refusal(f"axis {axis} has {_sizes(inputs, axis)} in {_listed(inputs)}", axis)


def _stretched(one: Shape, other: Shape) -> Shape | Refusal:
    if one == other and None not in one:
        return one
    if len(one) < len(other):
        one, other = other, one
    lead = len(one) - len(other)
    output = list(one)
    for place, (left, right) in enumerate(zip(one[lead:], other, strict=True), lead):
        if left is None or right is None:
            output[place] = None
        elif left == 1:
            output[place] = right
        elif right not in (1, left):
            return Refusal(f"axis {place + 1} has {left} and {right}", place + 1)
    return tuple(output)


def _listed(parts: Iterable[object]) -> str:
    """`a and b`, `a, b and c`."""
    texts = list(map(str, parts))
    return " and ".join([", ".join(texts[:-1]), texts[-1]] if len(texts) > 1 else texts)


class Concatenate(Family):
    """Sizes on `axis` add up, all others must be equal; an unknown size agrees with any."""

    arguments = ("axis",)
    traits = Traits(role=Role.JOIN, arguments=(AXIS,), always_fits=("axis",), confused_with=(Role.SUM,))

    def forward(self, config: Config, inputs: tuple[Shape, ...]) -> tuple[Shape, ...] | Refusal:
        first = inputs[0]
        ndim, axis = len(first), config["axis"]
        if any(len(shape) != ndim for shape in inputs):
            return Refusal(f"the ranks differ: {_listed(inputs)}")
        if not -ndim <= axis < ndim:
            return Refusal(f"`axis` {axis} does not exist at rank {ndim}")
        place = axis % ndim
        for other in range(ndim):
            sizes = {shape[other] for shape in inputs} - {None}
            if other != place and len(sizes) > 1:
                return Refusal(f"axis {other} has {_sizes(inputs, other)}, but only axis {place} may differ", other)
        total: int | None = 0
        for shape in inputs:
            size = shape[place]
            total = None if total is None or size is None else total + size
        return ((*first[:place], total, *first[place + 1 :]),)

    def changes(
        self,
        config: Config,
        inputs: tuple[Shape, ...],
        wanted: tuple[Shape, ...] | None = None,  # noqa: ARG002
    ) -> Iterator[Change]:
        ndim = len(inputs[0])
        if any(len(shape) != ndim for shape in inputs):
            return
        for axis in (-1, *range(1, ndim - 1)):
            if not -ndim <= config["axis"] < ndim or axis % ndim != config["axis"] % ndim:
                yield single("axis", axis, SOLVED)

    def explain_axis(self, config: Config, inputs: tuple[Shape, ...], axis: int) -> Derivation | None:
        ndim = len(inputs[0])
        if axis % ndim != config["axis"] % ndim or any(shape[axis] is None for shape in inputs):
            return None
        sizes = [shape[axis] for shape in inputs]
        arithmetic = f"{' + '.join(map(str, sizes))} = {sum(sizes)}"  # type: ignore[arg-type]
        return Derivation(axis, f"axis {axis % ndim}", arithmetic, ("axis",))

    def hint(self, construction: Construction | None, config: Config, change: Change) -> str:  # noqa: ARG002
        return (
            "Concatenate joins the last axis by default, counts axes from the batch (0), "
            "and needs all other axes to be equal."
        )


def _sizes(inputs: tuple[Shape, ...], axis: int) -> str:
    return _listed(shape[axis] for shape in inputs)


class Dot(Family):
    """The axes named by `axes` are summed over; an integer names the same axis in both."""

    arguments = ("axes",)
    traits = Traits(arguments=(ArgumentTraits("axes", chooses_axes=True),), tensors=FIRST_SECOND)

    def forward(self, config: Config, inputs: tuple[Shape, ...]) -> tuple[Shape, ...] | Refusal:
        if len(inputs) != 2:
            return Refusal(f"it needs exactly 2 inputs, got {len(inputs)}")
        one, other = inputs
        if len(one) < 2 or len(other) < 2:
            return Refusal(f"it needs rank 2 or more, got {_listed(inputs)}")
        places = dot_axes(config["axes"], len(one), len(other))
        if places is None:
            return Refusal(f"`axes` {config['axes']} does not exist in {_listed(inputs)}")
        refusal = _refused_product(one, other, places)
        if refusal is not None:
            return refusal
        left, right = places
        output = (*one[:left], *one[left + 1 :], *other[1:right], *other[right + 1 :])
        return (output if len(output) > 1 else (*output, 1),)

    def changes(
        self,
        config: Config,
        inputs: tuple[Shape, ...],
        wanted: tuple[Shape, ...] | None = None,  # noqa: ARG002
    ) -> Iterator[Change]:
        if len(inputs) != 2:
            return
        one, other = inputs
        written = config["axes"]
        current = dot_axes(written, len(one), len(other))
        pairs = ((left, right) for left in range(1, len(one)) for right in range(1, len(other)))
        for left, right in pairs:
            if (left, right) != current and one[left] == other[right]:
                is_plain = _are_moved(written, (left, right)) if current is None else left == right
                yield single("axes", left if left == right else (left, right), SOLVED if is_plain else TWO_AXES)

    def explain_axis(self, config: Config, inputs: tuple[Shape, ...], axis: int) -> Derivation | None:
        built = self.forward(config, inputs)
        if isinstance(built, Refusal) or axis % len(built[0]) == 0:
            return None
        one = len(inputs[0]) - 1
        place = axis % len(built[0])
        which = "first" if place < one else "second"
        if len(inputs[0]) == len(inputs[1]) == 2:
            return Derivation(axis, f"axis {place}", "one dot product of both vectors = 1", ("axes",))
        return Derivation(axis, f"axis {place}", f"kept from the {which} input = {built[0][axis]}", ("axes",))

    def hint(self, construction: Construction | None, config: Config, change: Change) -> str:  # noqa: ARG002
        return "Dot sums over `axes`, one axis of each input, and keeps the others."


def _are_moved(written: object, axes: tuple[int, int]) -> bool:
    """Whether axes are those that are written, which do not exist, moved by as many: of tensors of another rank."""
    pair = tuple(written) if isinstance(written, list | tuple) else (written, written)
    return len(pair) == 2 and pair[0] - axes[0] == pair[1] - axes[1]


def _refused_product(one: Shape, other: Shape, places: tuple[int, int]) -> Refusal | None:
    left, right = places
    if 0 in places:
        return Refusal("`axes` names the batch axis", 0)
    if one[left] != other[right]:
        return Refusal(
            f"axis {left} of the first input is {one[left]}, but axis {right} of the second is {other[right]}", left
        )
    if None not in {one[0], other[0]} and one[0] != other[0]:
        return Refusal(f"the batch sizes {one[0]} and {other[0]} differ", 0)
    return None


def dot_axes(axes: object, left: int, right: int) -> tuple[int, int] | None:
    """The two axes counted from 0; `None` if one does not exist. `left` and `right` are the ranks."""
    one, other = axes if isinstance(axes, (tuple, list)) else (axes, axes)
    if not (-left <= one < left and -right <= other < right):
        return None
    return (one % left, other % right)


RULES = (
    Elementwise("Add", traits=replace(Elementwise.traits, confused_with=(Role.JOIN,))),
    *(Elementwise(name) for name in ("Multiply", "Average", "Maximum", "Minimum")),
    Elementwise("Subtract", 2, replace(Elementwise.traits, tensors=FIRST_SECOND)),
    Concatenate("Concatenate"),
    Dot("Dot"),
)
