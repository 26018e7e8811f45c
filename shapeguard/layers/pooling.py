"""Poolings: sliding, adaptive and global."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from shapeguard.layers.arguments import DATA_FORMAT, POOL_SIZE, SLIDING
from shapeguard.layers.base import Change, Derivation, Family, Refusal
from shapeguard.layers.conv import HABITS, STRIDE_COST, STRIDES, cost_in
from shapeguard.layers.costs import FORGOTTEN, GUESSED_SIZE, KEPT_AXES, OTHER_FORMAT, SOLVED
from shapeguard.layers.keras1 import BORDERS, NOTHING_OF_KERAS_1, ORDERING, Keras1
from shapeguard.layers.numbers import fill, uniform
from shapeguard.layers.spatial import NAMES, as_tuple, is_last, other_format, spatial_index, with_known
from shapeguard.layers.traits import Role, Traits
from shapeguard.layers.windowed import Window, Windowed, lopsided, single, wrong_sizes
from shapeguard.layers.windows import pools_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.layers.base import Config
    from shapeguard.layers.windows import Interval
    from shapeguard.records.network import Shape
    from shapeguard.records.source import Construction

POOLS = (2, 3, 4, 5, 1, 6, 7, 8)
POOL_COST = {2: 0.4, 3: 0.5, 4: 0.8, 1: 1.0, 5: 1.0}
"""By width of the window: nearly all are 2 or 3."""
TILING = 0.2
"""The default strides, which make windows adjacent; added if the window changes too."""
WITH_PADDING = 0.3
"""Added for the other padding, together with another window."""
DROPPED_AXES = 0.2
"""`keepdims=False`: somebody wrote the other value, which leaves axes of one."""
KEEPDIMS_AND_FORMAT = 1.0
"""The other value of `keepdims` and the other `data_format`."""


class Pooling(Windowed):
    """Max and average pooling. `strides=None` in the config stands for `pool_size`, as in the constructor."""

    arguments = ("strides", "pool_size", "padding", "data_format")
    size_argument = "pool_size"
    refuses_nothing_since = (3, 15)

    def __init__(self, name: str, rank: int, traits: Traits) -> None:
        super().__init__(name, rank, traits)
        self.ones = (1,) * rank

    def window(self, config: Config) -> Window:
        pool, strides = config["pool_size"], config["strides"]
        if type(pool) is not tuple:
            pool = as_tuple(pool, self.rank)
        if strides is None:
            strides = pool
        elif type(strides) is not tuple:
            strides = as_tuple(strides, self.rank)
        return Window(pool, strides, self.ones, config["padding"])

    def refused(self, config: Config, channels: int | None, window: Window) -> str | None:  # noqa: ARG002
        kernel, strides, _, padding = window
        if not (len(kernel) == len(strides) == self.rank and min(kernel + strides) > 0):
            names = ("pool_size",) if config["strides"] is None else ("pool_size", "strides")
            return wrong_sizes(config, names, self.rank)
        if padding not in {"valid", "same"}:
            return f"`padding` must be 'valid' or 'same', got {padding!r}"
        return None

    def channels(self, config: Config, channels: int | None) -> int | None:  # noqa: ARG002
        return channels

    def changes(
        self, config: Config, inputs: tuple[Shape, ...], wanted: tuple[Shape, ...] | None = None
    ) -> Iterator[Change]:
        if len(inputs[0]) != self.rank + 2:
            return
        pool, strides, _, padding = self.window(config)
        for value in self.solved_strides(config, inputs, wanted):
            yield single("strides", value, cost_in(STRIDE_COST, value), solved=True)
        for value in self._solved_pools(config, inputs, wanted):
            yield single("pool_size", value, cost_in(POOL_COST, value), solved=True)
        yield single("padding", "same" if padding == "valid" else "valid", FORGOTTEN)
        for value in uniform(STRIDES, strides):
            yield single("strides", value, cost_in(STRIDE_COST, value))
        for value in uniform(POOLS, pool):
            yield single("pool_size", value, cost_in(POOL_COST, value))
        if config["strides"] is not None and strides != pool:
            yield single("strides", None, TILING)
        yield single("data_format", other_format(config), OTHER_FORMAT)

    def _solved_pools(
        self, config: Config, inputs: tuple[Shape, ...], wanted: tuple[Shape, ...] | None
    ) -> Iterator[tuple[int, ...]]:
        if config["strides"] is not None:
            yield from self.solved_kernels(config, inputs, wanted)
            return
        window = self.window(config)

        def solve(size: int, output: int, index: int) -> Interval | None:  # noqa: ARG001
            return pools_for(size, output, window.padding)

        yield from fill(self.intervals(config, inputs, wanted, solve), window.kernel)

    def pairs(
        self, config: Config, inputs: tuple[Shape, ...], wanted: tuple[Shape, ...] | None = None
    ) -> Iterator[Change]:
        if len(inputs[0]) != self.rank + 2:
            return
        pool, strides, _, padding = self.window(config)
        other = "same" if padding == "valid" else "valid"
        tied = {**config, "strides": None}
        for value in dict.fromkeys((*self._solved_pools(tied, inputs, wanted), *uniform(POOLS[:4], pool))):
            yield Change((("pool_size", value), ("strides", None)), cost_in(POOL_COST, value) + TILING)
        for value in dict.fromkeys(
            (*self.solved_strides(config, inputs, wanted, other), *uniform(STRIDES[:3], strides))
        ):
            yield Change((("strides", value), ("padding", other)), cost_in(STRIDE_COST, value) + WITH_PADDING)
        for value in uniform(POOLS[:4], pool):
            yield Change((("pool_size", value), ("padding", other)), cost_in(POOL_COST, value) + WITH_PADDING)

    def derive_size(self, config: Config, size: int, index: int, axis: int) -> Derivation:
        found = super().derive_size(config, size, index, axis)
        if config["strides"] is not None:
            return found
        arguments = tuple(dict.fromkeys("pool_size" if name == "strides" else name for name in found.arguments))
        return Derivation(axis, found.name, found.arithmetic, arguments)

    def hint(self, construction: Construction | None, config: Config, change: Change) -> str:
        name, value = change.arguments[0]
        unwritten = construction is not None and all(entry.name != "strides" for entry in construction.arguments)
        if name in {"strides", "pool_size"} and (unwritten or config["strides"] is None or value is None):
            return "The strides of a pooling layer default to its pool_size, not to 1."
        if name == "padding":
            return "padding='valid' (default) drops windows that do not fit; 'same' outputs ceil(size / strides)."
        return HABITS.get(name, "") if name == "data_format" else ""


class AdaptivePooling(Family):
    """The output size is the argument itself. No `input_spec`: only an axis that does not exist is refused."""

    arguments = ("output_size", "data_format")

    def __init__(self, name: str, rank: int) -> None:
        super().__init__(name, Traits(role=Role.ADAPTIVE_POOLING, axes=rank))
        self.rank = rank

    def forward(self, config: Config, inputs: tuple[Shape, ...]) -> tuple[Shape, ...] | Refusal:
        shape = inputs[0]
        if len(shape) != self.rank + 2:
            return Refusal(f"it needs rank {self.rank + 2}, got rank {len(shape)} {shape}")
        reason = wrong_sizes(config, ("output_size",), self.rank)
        if reason is not None:
            return Refusal(reason)
        sizes = as_tuple(config["output_size"], self.rank)
        return ((shape[0], *sizes, shape[-1]),) if is_last(config) else ((shape[0], shape[1], *sizes),)

    def changes(
        self,
        config: Config,
        inputs: tuple[Shape, ...],  # noqa: ARG002
        wanted: tuple[Shape, ...] | None = None,
    ) -> Iterator[Change]:
        current = as_tuple(config["output_size"], self.rank)
        if wanted and len(wanted[0]) == self.rank + 2:
            sizes = wanted[0][1:-1] if is_last(config) else wanted[0][2:]
            value = as_tuple(with_known(sizes, current), self.rank)
            if value != current:
                yield single("output_size", value, SOLVED + lopsided(value), solved=True)
        yield single("data_format", other_format(config), OTHER_FORMAT)
        for value in uniform((1, 2, 3, 4, 5, 6, 7, 8), current):
            yield single("output_size", value, GUESSED_SIZE)

    def explain_axis(self, config: Config, inputs: tuple[Shape, ...], axis: int) -> Derivation | None:  # noqa: ARG002
        index = spatial_index(axis % (self.rank + 2), self.rank, last=is_last(config))
        if index is None:
            return None
        size = as_tuple(config["output_size"], self.rank)[index]
        return Derivation(axis, NAMES[self.rank][index], f"output_size = {size}", ("output_size",))


class GlobalPooling(Family):
    """One value per channel."""

    arguments = ("keepdims", "data_format")

    def __init__(self, name: str, rank: int, traits: Traits) -> None:
        super().__init__(name, replace(traits, axes=rank, takes_ndim=rank + 2))
        self.rank = rank

    def forward(self, config: Config, inputs: tuple[Shape, ...]) -> tuple[Shape, ...] | Refusal:
        shape = inputs[0]
        if len(shape) != self.rank + 2:
            return Refusal(f"it needs rank {self.rank + 2}, got rank {len(shape)} {shape}")
        last = is_last(config)
        channels = shape[-1] if last else shape[1]
        if not config["keepdims"]:
            return ((shape[0], channels),)
        ones = (1,) * self.rank
        return ((shape[0], *ones, channels),) if last else ((shape[0], channels, *ones),)

    def changes(
        self,
        config: Config,
        inputs: tuple[Shape, ...],
        wanted: tuple[Shape, ...] | None = None,  # noqa: ARG002
    ) -> Iterator[Change]:
        if len(inputs[0]) == self.rank + 2:
            yield single("keepdims", not config["keepdims"], DROPPED_AXES if config["keepdims"] else KEPT_AXES)
            yield single("data_format", other_format(config), OTHER_FORMAT)

    def pairs(
        self,
        config: Config,
        inputs: tuple[Shape, ...],
        wanted: tuple[Shape, ...] | None = None,  # noqa: ARG002
    ) -> Iterator[Change]:
        if len(inputs[0]) == self.rank + 2:
            yield Change(
                (("keepdims", not config["keepdims"]), ("data_format", other_format(config))), KEEPDIMS_AND_FORMAT
            )

    def explain_axis(self, config: Config, inputs: tuple[Shape, ...], axis: int) -> Derivation | None:
        rank, last = len(inputs[0]), is_last(config)
        if not config["keepdims"]:
            if axis % 2 == 0:
                return None
            channels = inputs[0][-1] if last else inputs[0][1]
            return Derivation(
                axis, "channels", f"one value for each of {channels} channels", ("keepdims", "data_format")
            )
        index = spatial_index(axis % rank, self.rank, last=last)
        return None if index is None else Derivation(axis, NAMES[self.rank][index], "keepdims = 1", ("keepdims",))

    def hint(self, construction: Construction | None, config: Config, change: Change) -> str:  # noqa: ARG002
        name = change.arguments[0][0]
        if name == "keepdims":
            return "Global pooling returns (batch, channels); with keepdims=True the pooled axes stay, with size 1."
        return HABITS.get(name, "")


OVER_STEPS = Keras1(renamed={"pool_length": "pool_size", "stride": "strides", "border_mode": "padding"})
OVER_MAPS = Keras1(first_size=0, renamed=BORDERS)
POOLED = Traits(
    ends_maps=True,
    by_channels=True,
    positionals=("pool_size", "strides", "padding", "data_format", "name"),
    arguments=(*SLIDING, POOL_SIZE),
    nicknames={"pool": 8},
)
KINDS = {
    "Max": replace(
        POOLED,
        role=Role.MAX_POOLING,
        often_missing=True,
        missing_with=(("pool_size", 2),),
        confused_with=(Role.UPSAMPLING,),
        inverse=Role.UPSAMPLING,
        shrinks=True,
    ),
    "Average": replace(POOLED, role=Role.AVERAGE_POOLING),
}
GLOBAL = Traits(
    role=Role.GLOBAL_POOLING,
    gives_ndim=2,
    by_channels=True,
    positionals=("data_format", "keepdims"),
    arguments=(DATA_FORMAT,),
)
GLOBAL_KINDS = {
    "Average": replace(GLOBAL, nicknames={"pool": 8}, often_missing=True, confused_with=(Role.FLATTEN,)),
    "Max": replace(GLOBAL, confused_with=(Role.FLATTEN, Role.MAX_POOLING)),
}
SHORT = {"Max": "MaxPool", "Average": "AvgPool"}
"""The beginning of Keras' other names of poolings."""


def sliding(kind: str, rank: int) -> Traits:
    """The traits of a pooling with a window."""
    keras1 = OVER_STEPS if rank == 1 else OVER_MAPS
    return replace(KINDS[kind], aliases=(f"{SHORT[kind]}{rank}D",), keras1=keras1)


def over_all(kind: str, rank: int) -> Traits:
    """The traits of a global pooling."""
    keras1 = Keras1(renamed=ORDERING) if rank == 2 else NOTHING_OF_KERAS_1
    return replace(GLOBAL_KINDS[kind], aliases=(f"Global{SHORT[kind]}{rank}D",), keras1=keras1)


RULES = (
    *(Pooling(f"{kind}Pooling{rank}D", rank, sliding(kind, rank)) for kind in KINDS for rank in (1, 2, 3)),
    *(
        GlobalPooling(f"Global{kind}Pooling{rank}D", rank, over_all(kind, rank))
        for kind in GLOBAL_KINDS
        for rank in (1, 2, 3)
    ),
    *(AdaptivePooling(f"Adaptive{kind}Pooling{rank}D", rank) for kind in ("Max", "Average") for rank in (1, 2, 3)),
)
