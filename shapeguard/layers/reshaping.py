"""Layers that arrange the same elements on other axes."""

from __future__ import annotations

from itertools import islice, permutations
from math import prod
from typing import TYPE_CHECKING

from shapeguard.layers.base import Derivation, Family, Refusal
from shapeguard.layers.costs import EXCHANGED, GUESSED_SIZE, SOLVED
from shapeguard.layers.numbers import factorings
from shapeguard.layers.traits import ArgumentTraits, Role, Traits
from shapeguard.layers.versions import since
from shapeguard.layers.windowed import single

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.layers.base import Change, Config
    from shapeguard.records.network import Shape
    from shapeguard.records.source import Construction


REFACTORED = 0.4
"""One or two sizes solved so that the elements fit."""
LEFT_OVER = 0.5
"""A -1 in the place of one size."""
OTHER_RANK = 0.6
"""One axis more, or one less."""
EACH_OTHER_RANK = 0.01
"""Added per earlier target of this kind."""
OTHER_ORDER = 0.6
"""Another order of axes, without evidence."""


def product(shape: Shape) -> int | None:
    """The number of elements; `None` if a size is not known."""
    return None if None in shape else prod(shape)  # type: ignore[arg-type]


class Flatten(Family):
    """(batch, product of the rest); `data_format` permutes the elements, not the shape."""

    traits = Traits(
        role=Role.FLATTEN,
        gives_ndim=2,
        positionals=("data_format",),
        nicknames={"flat": 9},
        often_missing=True,
        confused_with=(Role.GLOBAL_POOLING,),
    )

    def forward(self, config: Config, inputs: tuple[Shape, ...]) -> tuple[Shape, ...] | Refusal:  # noqa: ARG002
        shape = inputs[0]
        if not shape:
            return Refusal("it needs rank 1 or more, got a scalar")
        return ((shape[0], product(shape[1:])),)

    def explain_axis(self, config: Config, inputs: tuple[Shape, ...], axis: int) -> Derivation | None:  # noqa: ARG002
        shape = inputs[0]
        size = product(shape[1:])
        if axis % 2 == 0 or size is None or len(shape) <= 2:
            return None
        return Derivation(axis, "features", f"{' * '.join(map(str, shape[1:]))} = {size}", ())


class Reshape(Family):
    """The batch stays, the rest becomes `target_shape`, in which one -1 is computed from the others."""

    arguments = ("target_shape",)
    traits = Traits(
        role=Role.RESHAPE,
        positionals=("target_shape",),
        arguments=(ArgumentTraits("target_shape", unbounded=True, example=(-1,), unnamed=True, regroups=True),),
        always_fits=("target_shape",),
    )

    def forward(self, config: Config, inputs: tuple[Shape, ...]) -> tuple[Shape, ...] | Refusal:
        shape, target = inputs[0], tuple(config["target_shape"])
        if not shape:
            return Refusal("it needs rank 1 or more, got a scalar")
        if target.count(-1) > 1 or any(size is None or size < -1 for size in target):
            return Refusal(f"`target_shape` {target} must contain sizes and at most one -1")
        filled = _filled(shape[1:], target)
        return filled if isinstance(filled, Refusal) else ((shape[0], *filled),)

    def changes(
        self, config: Config, inputs: tuple[Shape, ...], wanted: tuple[Shape, ...] | None = None
    ) -> Iterator[Change]:
        shape, current = inputs[0], tuple(config["target_shape"])
        total = product(shape[1:])
        found: dict[tuple[int, ...], tuple[float, bool]] = {}
        for target in _wanted_targets(wanted, total):
            found.setdefault(target, (SOLVED, True))
        for target in islice(permutations(current), 24):
            found.setdefault(target, (EXCHANGED, False))
        if -1 not in current:
            for index in range(len(current)):
                found.setdefault((*current[:index], -1, *current[index + 1 :]), (LEFT_OVER, False))
        if total is not None:
            for target in factorings(total, len(current), current):
                found.setdefault(target, (REFACTORED, True))
            known = tuple(size for size in current if size > 0)
            for place, target in enumerate(_reranked(total, known)):
                found.setdefault(target, (OTHER_RANK + EACH_OTHER_RANK * place, False))
        for target, (cost, solved) in found.items():
            if target != current:
                yield single("target_shape", target, cost, solved=solved)

    def explain_axis(self, config: Config, inputs: tuple[Shape, ...], axis: int) -> Derivation | None:
        shape, target = inputs[0], tuple(config["target_shape"])
        axis_of_target = axis % (len(target) + 1) - 1
        if axis_of_target < 0:
            return None
        size, total = target[axis_of_target], product(shape[1:])
        if size != -1:
            return Derivation(
                axis, f"axis {axis_of_target + 1}", f"target_shape[{axis_of_target}] = {size}", self.arguments
            )
        known = prod(entry for entry in target if entry != -1)
        if total is None or not known:
            return None
        arithmetic = f"{total} / {known} = {total // known}"
        return Derivation(axis, f"axis {axis_of_target + 1}", arithmetic, self.arguments)

    def hint(self, construction: Construction | None, config: Config, change: Change) -> str:  # noqa: ARG002
        return "target_shape omits the batch axis; its product must be the number of elements per sample."


def _filled(shape: Shape, target: tuple[int, ...]) -> Shape | Refusal:
    """`target` with its -1 solved; with `None` instead if the number of elements is not known."""
    total = product(shape)
    if total is None:
        return tuple(None if size == -1 else size for size in target)
    known = prod(size for size in target if size != -1)
    if -1 not in target:
        if known == total:
            return target
        return Refusal(f"{_times(shape)} elements do not fill {target}, which holds {known}")
    if known == 0 or total % known:
        return Refusal(f"{_times(shape)} elements cannot be divided by the {known} of {target}")
    return tuple(total // known if size == -1 else size for size in target)


def _times(shape: Shape) -> str:
    product_of = " * ".join(map(str, shape)) or "1"
    return product_of if len(shape) < 2 else f"{product_of} = {product(shape)}"


def _wanted_targets(wanted: tuple[Shape, ...] | None, total: int | None) -> Iterator[tuple[int, ...]]:
    """The wanted shape; if one size is unknown, it is solved from the total, and then -1."""
    if not wanted or not wanted[0]:
        return
    target = wanted[0][1:]
    left_over = tuple(-1 if size is None else size for size in target)
    if None not in target:
        yield left_over
    if target.count(None) != 1:
        return
    rest = -prod(left_over)
    if total is not None and rest and total % rest == 0:
        yield tuple(total // rest if size is None else size for size in target)
    yield left_over


def _reranked(total: int, known: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    """Targets with one axis more or less: flat, with another size at an end, with a 1 at an end."""
    yield (total,)
    if prod(known) == total:
        yield (*known, 1)
        yield (1, *known)
        return
    rest = prod(known)
    if rest and total % rest == 0:
        yield (*known, total // rest)
        yield (total // rest, *known)


class Permute(Family):
    """`dims` counts from 1 and leaves the batch where it is."""

    arguments = ("dims",)
    traits = Traits(
        keeps_ndim=True,
        positionals=("dims",),
        arguments=(ArgumentTraits("dims", chooses_axes=True, reorders=True),),
    )

    def forward(self, config: Config, inputs: tuple[Shape, ...]) -> tuple[Shape, ...] | Refusal:
        shape, dims = inputs[0], tuple(config["dims"])
        if sorted(dims) != list(range(1, len(dims) + 1)):
            return Refusal(f"`dims` must be a permutation of 1 to {len(dims)}, got {dims}")
        if len(shape) != len(dims) + 1:
            return Refusal(f"`dims` {dims} needs rank {len(dims) + 1}, got rank {len(shape)} {shape}")
        return ((shape[0], *(shape[dim] for dim in dims)),)

    def changes(
        self, config: Config, inputs: tuple[Shape, ...], wanted: tuple[Shape, ...] | None = None
    ) -> Iterator[Change]:
        shape, current = inputs[0], tuple(config["dims"])
        target = wanted[0][1:] if wanted and len(wanted[0]) == len(shape) else None
        others = []
        for dims in islice(permutations(range(1, len(shape))), 120):
            if dims == current:
                continue
            sizes = tuple(shape[dim] for dim in dims)
            if target is not None and all(new is None or new == old for new, old in zip(target, sizes, strict=True)):
                yield single("dims", dims, SOLVED, solved=True)
            else:
                others.append(dims)
        for dims in others[:24]:
            yield single("dims", dims, OTHER_ORDER)

    def explain_axis(self, config: Config, inputs: tuple[Shape, ...], axis: int) -> Derivation | None:
        dims = tuple(config["dims"])
        place = axis % (len(dims) + 1) - 1
        if place < 0 or len(inputs[0]) != len(dims) + 1:
            return None
        dim = dims[place]
        return Derivation(axis, f"axis {place + 1}", f"axis {dim} of the input = {inputs[0][dim]}", ("dims",))

    def hint(self, construction: Construction | None, config: Config, change: Change) -> str:  # noqa: ARG002
        return "The dims of Permute count from 1 and omit the batch axis: (2, 1) swaps axes 1 and 2."


class RepeatVector(Family):
    """(batch, features) becomes (batch, n, features)."""

    arguments = ("n",)
    traits = Traits(
        role=Role.REPEAT,
        takes_ndim=2,
        gives_ndim=3,
        positionals=("n",),
        arguments=(ArgumentTraits("n", unbounded=True, example=1),),
    )

    def forward(self, config: Config, inputs: tuple[Shape, ...]) -> tuple[Shape, ...] | Refusal:
        shape, n = inputs[0], config["n"]
        least = 1 if since(3, 15) else 0  # before, Keras lets 0 pass
        if type(n) is not int or n < least:
            return Refusal(f"`n` must be a positive integer, got {n!r}")
        if len(shape) != 2:
            return Refusal(f"it needs rank 2 (batch, features), got rank {len(shape)} {shape}")
        return ((shape[0], n, shape[1]),)

    def changes(
        self,
        config: Config,
        inputs: tuple[Shape, ...],  # noqa: ARG002
        wanted: tuple[Shape, ...] | None = None,
    ) -> Iterator[Change]:
        current = config["n"]
        if wanted and len(wanted[0]) == 3 and wanted[0][1] not in {None, current}:
            yield single("n", wanted[0][1], SOLVED, solved=True)
        for value in (current + 1, current - 1, current * 2, current // 2):
            if value > 0:
                yield single("n", value, GUESSED_SIZE)

    def explain_axis(self, config: Config, inputs: tuple[Shape, ...], axis: int) -> Derivation | None:  # noqa: ARG002
        return Derivation(axis, "steps", f"n = {config['n']}", ("n",)) if axis in {1, -2} else None


RULES = (
    Flatten("Flatten"),
    Reshape("Reshape"),
    Permute("Permute"),
    RepeatVector("RepeatVector"),
)
