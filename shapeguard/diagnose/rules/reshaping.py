"""Layers that move, repeat, cut or pad axes and compute nothing."""

from __future__ import annotations

from itertools import islice, permutations
from math import prod
from typing import TYPE_CHECKING, Any

from shapeguard.diagnose.rules.base import Derivation, Family, Refusal
from shapeguard.diagnose.rules.candidates import factorings, fill, splits, uniform
from shapeguard.diagnose.rules.conv import HABITS
from shapeguard.diagnose.rules.spatial import NAMES, aligned, as_tuple, is_last, other_format, sizes_of, spatial_index
from shapeguard.diagnose.rules.windowed import lopsided, single
from shapeguard.diagnose.rules.windows import ANY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.diagnose.rules.base import Change, Config
    from shapeguard.diagnose.rules.windows import Interval
    from shapeguard.records import Construction, Shape


def product(shape: Shape) -> int | None:
    """How many elements; `None` where a size is not known."""
    return None if None in shape else prod(shape)  # type: ignore[arg-type]


class Flatten(Family):
    """(batch, product of the rest); `data_format` permutes the elements, not the shape."""

    def forward(self, config: Config, inputs: tuple[Shape, ...]) -> tuple[Shape, ...] | Refusal:  # noqa: ARG002
        shape = inputs[0]
        if not shape:
            return Refusal("it needs rank 1 or more, got a scalar")
        return ((shape[0], product(shape[1:])),)

    def derive(self, config: Config, inputs: tuple[Shape, ...], axis: int) -> Derivation | None:  # noqa: ARG002
        shape = inputs[0]
        size = product(shape[1:])
        if axis % 2 == 0 or size is None or len(shape) <= 2:  # noqa: PLR2004
            return None
        return Derivation(axis, "features", f"{' * '.join(map(str, shape[1:]))} = {size}", ())


class Reshape(Family):
    """The batch stays, the rest becomes `target_shape`, in which one -1 stands for what is left over."""

    arguments = ("target_shape",)

    def forward(self, config: Config, inputs: tuple[Shape, ...]) -> tuple[Shape, ...] | Refusal:
        shape, target = inputs[0], tuple(config["target_shape"])
        if not shape:
            return Refusal("it needs rank 1 or more, got a scalar")
        if target.count(-1) > 1 or any(size is None or size < -1 for size in target):
            return Refusal(f"`target_shape` {target} must hold sizes and at most one -1")
        total = product(shape[1:])
        if total is None:
            return ((shape[0], *(None if size == -1 else size for size in target)),)
        known = prod(size for size in target if size != -1)
        if -1 not in target:
            if known != total:
                return Refusal(f"{_times(shape[1:])} = {total} elements do not fill {target}, which holds {known}")
            return ((shape[0], *target),)
        if known == 0 or total % known:
            return Refusal(f"{_times(shape[1:])} = {total} elements cannot be divided by the {known} of {target}")
        return ((shape[0], *(total // known if size == -1 else size for size in target)),)

    def changes(
        self, config: Config, inputs: tuple[Shape, ...], wanted: tuple[Shape, ...] | None = None
    ) -> Iterator[Change]:
        shape, current = inputs[0], tuple(config["target_shape"])
        total = product(shape[1:])
        found: dict[tuple[int, ...], tuple[float, bool]] = {}
        for target in _wanted_targets(wanted, total):
            found.setdefault(target, (0.2, True))
        for target in islice(permutations(current), 24):
            found.setdefault(target, (0.3, False))
        if -1 not in current:
            for index in range(len(current)):
                found.setdefault((*current[:index], -1, *current[index + 1 :]), (0.5, False))
        if total is not None:
            for target in factorings(total, len(current), current):
                found.setdefault(target, (0.4, True))
            known = tuple(size for size in current if size > 0)
            for target in _reranked(total, known):
                found.setdefault(target, (0.6, False))
        for target, (effort, solved) in found.items():
            if target != current:
                yield single("target_shape", target, effort, solved=solved)

    def derive(self, config: Config, inputs: tuple[Shape, ...], axis: int) -> Derivation | None:
        shape, target = inputs[0], tuple(config["target_shape"])
        axis_of_target = axis % (len(target) + 1) - 1
        if axis_of_target < 0:
            return None
        size, total = target[axis_of_target], product(shape[1:])
        if size != -1:
            return Derivation(axis, f"axis {axis_of_target + 1}", f"target_shape[{axis_of_target}] = {size}", self.arguments)
        known = prod(entry for entry in target if entry != -1)
        if total is None or not known:
            return None
        arithmetic = f"{total} / {known} = {total // known}"
        return Derivation(axis, f"axis {axis_of_target + 1}", arithmetic, self.arguments)

    def habit(self, construction: Construction | None, config: Config, change: Change) -> str:  # noqa: ARG002
        return "target_shape leaves out the batch axis; its product must be the number of elements of one sample."


def _times(shape: Shape) -> str:
    return " * ".join(map(str, shape)) or "1"


def _wanted_targets(wanted: tuple[Shape, ...] | None, total: int | None) -> Iterator[tuple[int, ...]]:
    """The wanted shape itself; its one unknown size is solved from the total, or left to -1."""
    if not wanted or len(wanted[0]) < 1:
        return
    target = wanted[0][1:]
    unknown = target.count(None)
    if unknown == 0:
        yield target  # type: ignore[misc]
    if unknown == 1:
        known = prod(size for size in target if size is not None)
        if total is not None and known and total % known == 0:
            yield tuple(total // known if size is None else size for size in target)
        yield tuple(-1 if size is None else size for size in target)


def _reranked(total: int, known: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    """Targets with an axis more or less: the flat one, one that lost or gained a size, one with a 1 at its end."""
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
                yield single("dims", dims, 0.2, solved=True)
            else:
                others.append(dims)
        for dims in others[:24]:
            yield single("dims", dims, 0.6)

    def derive(self, config: Config, inputs: tuple[Shape, ...], axis: int) -> Derivation | None:
        dims = tuple(config["dims"])
        place = axis % (len(dims) + 1) - 1
        if place < 0 or len(inputs[0]) != len(dims) + 1:
            return None
        dim = dims[place]
        return Derivation(axis, f"axis {place + 1}", f"axis {dim} of the input = {inputs[0][dim]}", ("dims",))

    def habit(self, construction: Construction | None, config: Config, change: Change) -> str:  # noqa: ARG002
        return "The dims of Permute count from 1 and leave out the batch axis: (2, 1) exchanges axes 1 and 2."


class RepeatVector(Family):
    """(batch, features) becomes (batch, n, features)."""

    arguments = ("n",)

    def forward(self, config: Config, inputs: tuple[Shape, ...]) -> tuple[Shape, ...] | Refusal:
        shape, n = inputs[0], config["n"]
        if type(n) is not int or n < 1:
            return Refusal(f"`n` must be a positive integer, got {n!r}")
        if len(shape) != 2:  # noqa: PLR2004
            return Refusal(f"it needs rank 2 (batch, features), got rank {len(shape)} {shape}")
        return ((shape[0], n, shape[1]),)

    def changes(
        self,
        config: Config,
        inputs: tuple[Shape, ...],  # noqa: ARG002
        wanted: tuple[Shape, ...] | None = None,
    ) -> Iterator[Change]:
        current = config["n"]
        if wanted and len(wanted[0]) == 3 and wanted[0][1] not in {None, current}:  # noqa: PLR2004
            yield single("n", wanted[0][1], 0.2, solved=True)
        for value in (current + 1, current - 1, current * 2, current // 2):
            if value > 0:
                yield single("n", value, 1.2)

    def derive(self, config: Config, inputs: tuple[Shape, ...], axis: int) -> Derivation | None:  # noqa: ARG002
        return Derivation(axis, "steps", f"n = {config['n']}", ("n",)) if axis in {1, -2} else None


class Spatial(Family):
    """Cropping, padding and upsampling: each spatial axis gets its own new size; subclasses say which."""

    formatted = True  # whether the constructor takes `data_format`

    def __init__(self, name: str, rank: int) -> None:
        super().__init__(name)
        self.rank = rank

    def entries(self, config: Config) -> tuple[Any, ...]:
        """What the argument says for each axis; `()` where Keras would refuse it."""
        value = config[self.arguments[0]]
        if self.rank == 1:
            value = (value,)
        pairs = tuple(as_tuple(entry, 2) for entry in (value if isinstance(value, (tuple, list)) else (value,) * self.rank))
        return pairs if len(pairs) == self.rank and all(pair and min(pair) >= 0 for pair in pairs) else ()

    def size(self, size: int, entry: Any) -> int:
        """The new size of an axis of `size`."""
        return size + entry[0] + entry[1]  # type: ignore[no-any-return]

    def arithmetic(self, size: int, entry: Any) -> str:
        """The same in words."""
        return f"{size} + {entry[0]} + {entry[1]} = {self.size(size, entry)}"

    def forward(self, config: Config, inputs: tuple[Shape, ...]) -> tuple[Shape, ...] | Refusal:
        shape, entries = inputs[0], self.entries(config)
        if not entries:
            return Refusal(f"`{self.arguments[0]}` does not suit {self.rank} spatial axes: {config[self.arguments[0]]!r}")
        if len(shape) != self.rank + 2:
            return Refusal(f"it needs rank {self.rank + 2}, got rank {len(shape)} {shape}")
        first = 1 if is_last(config) else 2
        sizes = list(shape)
        for index, entry in enumerate(entries, first):
            size = shape[index]
            if size is not None:
                sizes[index] = new = self.size(size, entry)
                if new < 1 and size > 0:
                    return Refusal(f"{self.arithmetic(size, entry)}: nothing is left of axis {index}", index)
        return (tuple(sizes),)

    def derive(self, config: Config, inputs: tuple[Shape, ...], axis: int) -> Derivation | None:
        last, entries = is_last(config), self.entries(config)
        index = spatial_index(axis % (self.rank + 2), self.rank, last=last)
        if index is None or not entries or len(inputs[0]) != self.rank + 2:
            return None
        size = sizes_of(inputs[0], last=last)[index]
        if size is None:
            return None
        return Derivation(axis, NAMES[self.rank][index], self.arithmetic(size, entries[index]), self.arguments[:1])

    def changes(
        self, config: Config, inputs: tuple[Shape, ...], wanted: tuple[Shape, ...] | None = None
    ) -> Iterator[Change]:
        if len(inputs[0]) != self.rank + 2 or not self.entries(config):
            return
        yield from self.solved(config, inputs, wanted)
        yield from self.grid(config)
        if self.formatted:
            yield single("data_format", other_format(config), 0.6)

    def solved(
        self, config: Config, inputs: tuple[Shape, ...], wanted: tuple[Shape, ...] | None
    ) -> Iterator[Change]:
        """Values that give the wanted sizes: symmetric first, then one side kept, then lopsided."""
        last, entries = is_last(config), self.entries(config)
        outputs = aligned(inputs[0], wanted, last=last)
        if outputs is None:
            return
        options: list[list[tuple[int, int]]] = []
        for size, output, entry in zip(sizes_of(inputs[0], last=last), outputs, entries, strict=True):
            if size is None or output is None or self.size(size, entry) == output:
                options.append([entry])
            else:
                total = abs(output - size) if self._grows() == (output > size) or output == size else -1
                options.append(list(splits(total, entry)) if total >= 0 else [])
        if all(options) and [choices[0] for choices in options] != list(entries):
            for rank in range(max(map(len, options))):
                value = tuple(choices[min(rank, len(choices) - 1)] for choices in options)
                symmetric = all(low == high for low, high in value)
                yield single(self.arguments[0], self.written(value), 0.2 if symmetric else 0.5, solved=True)

    def _grows(self) -> bool:
        return self.size(1, (1, 1)) > 1

    def grid(self, config: Config) -> Iterator[Change]:
        """Small symmetric values, and the axes exchanged."""
        current = self.entries(config)
        values = [((size, size),) * self.rank for size in (0, 1, 2, 3, 4)] + [((0, 1),) * self.rank, ((1, 0),) * self.rank]
        if len(set(current)) > 1:
            values.insert(0, tuple(reversed(current)))
        if any(low != high for low, high in current):
            values.insert(0, tuple((high, low) for low, high in current))
        for value in values:
            if value != current:
                yield single(self.arguments[0], self.written(value), 1.0)

    def written(self, value: tuple[Any, ...]) -> Any:
        """The value as the config writes it: 1D layers hold the pair itself."""
        return value[0] if self.rank == 1 else value

    def habit(self, construction: Construction | None, config: Config, change: Change) -> str:  # noqa: ARG002
        name = change.arguments[0][0]
        if name in {"padding", "cropping"} and self.rank > 1:
            axes = ", ".join(f"({axis} before, after)" for axis in NAMES[self.rank])
            return f"The pairs of `{name}` follow the axes: ({axes})."
        return HABITS.get(name, "") if name == "data_format" else ""


class ZeroPadding(Spatial):
    """Each axis grows by what is put before and after it."""

    arguments = ("padding", "data_format")


class Cropping(Spatial):
    """Each axis loses what is cut before and after it; nothing left is refused."""

    arguments = ("cropping", "data_format")

    def size(self, size: int, entry: Any) -> int:
        return size - entry[0] - entry[1]  # type: ignore[no-any-return]

    def arithmetic(self, size: int, entry: Any) -> str:
        return f"{size} - {entry[0]} - {entry[1]} = {self.size(size, entry)}"


class UpSampling(Spatial):
    """Each axis is repeated `size` times; UpSampling1D takes a plain integer."""

    arguments = ("size", "data_format")

    def entries(self, config: Config) -> tuple[Any, ...]:
        value = config["size"]
        sizes = as_tuple(value, self.rank) if self.rank > 1 or isinstance(value, int) else ()
        return sizes if sizes and min(sizes) > 0 else ()

    def size(self, size: int, entry: Any) -> int:
        return size * entry  # type: ignore[no-any-return]

    def arithmetic(self, size: int, entry: Any) -> str:
        return f"{size} * {entry} = {size * entry}"

    def solved(
        self, config: Config, inputs: tuple[Shape, ...], wanted: tuple[Shape, ...] | None
    ) -> Iterator[Change]:
        last = is_last(config)
        outputs = aligned(inputs[0], wanted, last=last)
        if outputs is None:
            return
        intervals: list[Interval | None] = []
        for size, output in zip(sizes_of(inputs[0], last=last), outputs, strict=True):
            exact = bool(size) and output is not None and output % size == 0 and output > 0  # type: ignore[operator]
            if size is None or output is None:
                intervals.append(ANY)
            else:
                intervals.append((output // size, output // size) if exact else None)
        for value in fill(intervals, self.entries(config)):
            yield single("size", self.written(value), 0.2 + lopsided(value), solved=True)

    def grid(self, config: Config) -> Iterator[Change]:
        for value in uniform((1, 2, 3, 4, 5, 8), self.entries(config)):
            yield single("size", self.written(value), 0.6 if value[0] in {2, 4} else 1.0)


class Plain1D(UpSampling):
    """UpSampling1D has no `data_format`."""

    arguments = ("size",)
    formatted = False


class Cropping1D(Cropping):
    """Cropping1D has no `data_format`."""

    arguments = ("cropping",)
    formatted = False


RULES = (
    Flatten("Flatten"),
    Reshape("Reshape"),
    Permute("Permute"),
    RepeatVector("RepeatVector"),
    *(ZeroPadding(f"ZeroPadding{rank}D", rank) for rank in (1, 2, 3)),
    Cropping1D("Cropping1D", 1),
    *(Cropping(f"Cropping{rank}D", rank) for rank in (2, 3)),
    Plain1D("UpSampling1D", 1),
    *(UpSampling(f"UpSampling{rank}D", rank) for rank in (2, 3)),
)
