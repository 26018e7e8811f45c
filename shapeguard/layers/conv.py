"""Plain convolutions."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from shapeguard.layers.arguments import DILATION_RATE, FILTERS, GROUPS, KERNEL_SIZE, SLIDING, USE_BIAS
from shapeguard.layers.base import Change, Derivation
from shapeguard.layers.costs import FORGOTTEN, GUESSED_COUNT, SOLVED
from shapeguard.layers.keras1 import ORDERING, WEIGHTS, Keras1
from shapeguard.layers.numbers import uniform
from shapeguard.layers.spatial import as_tuple, channel_axis, is_last, other_format
from shapeguard.layers.traits import Role, Traits
from shapeguard.layers.windowed import Window, Windowed, lopsided, single, wrong_sizes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.layers.base import Config
    from shapeguard.records.network import Shape
    from shapeguard.records.source import Construction

STRIDES = (1, 2, 3, 4, 5)
KERNELS = (3, 1, 5, 2, 7, 4, 6, 9, 8, 11, 10)
DILATIONS = (1, 2, 4, 8, 16)

STRIDE_COST = {1: 0.0, 2: 0.3, 3: 0.8, 4: 1.0}
"""By stride: 1 is the default, 2 halves the map, more is rare."""
KERNEL_COST = {3: 0.9, 1: 1.0, 5: 0.9, 7: 1.1, 2: 1.2, 4: 1.2}
"""By width of the kernel: seldom the mistake, and usually odd."""
DILATION_COST = {1: 0.4, 2: 1.0, 4: 1.4, 8: 1.8, 16: 2.4}
"""By dilation: most convolutions have none."""
RARE = 1.8
"""A value that is in no such table."""
CAUSAL = 1.0
"""`padding="causal"`, which nobody forgets."""
CONVOLVED_FORMAT = 0.5
"""The other `data_format` of a convolution, which unlike a pooling has weights for its channels."""
UNGROUPED = 0.6
"""No groups where there were several."""
AS_KERNEL = 0.4
"""The strides as the second size of the kernel: `Conv2D(32, 3, 5)` was a 3x5 kernel in Keras 1."""
WITH_PADDING = 0.6
"""Added for the other padding, together with another window."""
FORMAT_WITH_PADDING = 1.0
"""The other `data_format` and the other padding."""
WITH_CHANNELS = 0.3
"""Added for the wanted number of channels, together with another window."""


def cost_in(table: dict[int, float], value: tuple[int, ...]) -> float:
    """The cost of a value by its rarest entry."""
    return max(table.get(entry, RARE) for entry in value) + lopsided(value)


class Convolution(Windowed):
    """Conv1D to Conv3D; `input_spec` asks for min_ndim, but the shape formula refuses every other rank."""

    arguments: tuple[str, ...] = (
        "strides",
        "padding",
        "data_format",
        "filters",
        "dilation_rate",
        "groups",
        "kernel_size",
    )
    size_argument = "kernel_size"
    channel_argument = "filters"
    paddings: tuple[str, ...] = ("valid", "same")

    def __init__(self, name: str, rank: int, traits: Traits, paddings: tuple[str, ...] = ("valid", "same")) -> None:
        super().__init__(name, rank, traits)
        self.paddings = paddings

    @property
    def is_exclusive(self) -> bool:
        """Whether Keras refuses strides larger than 1 together with a dilation larger than 1."""
        return True

    def window(self, config: Config) -> Window:
        rank = self.rank
        kernel, strides, dilation = config["kernel_size"], config["strides"], config["dilation_rate"]
        if type(kernel) is tuple and type(strides) is tuple and type(dilation) is tuple:
            return Window(kernel, strides, dilation, config["padding"])
        return Window(as_tuple(kernel, rank), as_tuple(strides, rank), as_tuple(dilation, rank), config["padding"])

    def refused(self, config: Config, channels: int | None, window: Window) -> str | None:
        kernel, strides, dilation, padding = window
        rank = self.rank
        if not (len(kernel) == len(strides) == len(dilation) == rank and min(kernel + strides + dilation) > 0):
            return wrong_sizes(config, ("kernel_size", "strides", "dilation_rate"), rank)
        if padding not in self.paddings:
            return f"`padding` must be one of {', '.join(map(repr, self.paddings))}, got {padding!r}"
        if self.is_exclusive and max(strides) > 1 and max(dilation) > 1:
            return f"`strides` {strides} and `dilation_rate` {dilation} cannot both be larger than 1"
        if channels is None:
            return "the channels of the input must be known"
        return self.refused_channels(config, channels)

    def refused_channels(self, config: Config, channels: int) -> str | None:
        """Why Keras refuses the channels of input or output."""
        filters, groups = config["filters"], config.get("groups", 1)
        if not isinstance(filters, int) or filters < 1:
            return f"`filters` must be a positive integer, got {filters!r}"
        if groups < 1 or filters % groups or channels % groups:
            return f"`groups` {groups} must divide both the {channels} input channels and the {filters} filters"
        return None

    def channels(self, config: Config, channels: int | None) -> int | None:  # noqa: ARG002
        return config["filters"]  # type: ignore[no-any-return]

    def solved_channels(self, channels: int | None, output: int) -> int | None:  # noqa: ARG002
        """The value of the channel argument for `output` channels."""
        return output

    def derive_channels(self, config: Config, channels: int | None, axis: int) -> Derivation | None:  # noqa: ARG002
        return Derivation(axis, "channels", f"filters = {config['filters']}", ("filters",))

    def changes(
        self, config: Config, inputs: tuple[Shape, ...], wanted: tuple[Shape, ...] | None = None
    ) -> Iterator[Change]:
        if len(inputs[0]) != self.rank + 2:
            return
        yield from self.spatial_changes(config, inputs, wanted)
        yield single("data_format", other_format(config), CONVOLVED_FORMAT)
        yield from self.channel_changes(config, inputs, wanted)
        yield from self.kernel_changes(config, inputs, wanted)

    def spatial_changes(
        self, config: Config, inputs: tuple[Shape, ...], wanted: tuple[Shape, ...] | None
    ) -> Iterator[Change]:
        """Strides, padding and dilation."""
        kernel, strides, dilation, padding = self.window(config)
        for value in self.solved_strides(config, inputs, wanted):
            yield single("strides", value, cost_in(STRIDE_COST, value), solved=True)
        for value in self.solved_dilations(config, inputs, wanted):
            yield single("dilation_rate", value, cost_in(DILATION_COST, value), solved=True)
        for other in self.paddings:
            if other != padding:
                yield single("padding", other, FORGOTTEN if other != "causal" else CAUSAL)
        for value in uniform(STRIDES, strides):
            yield single("strides", value, cost_in(STRIDE_COST, value))
        if max(kernel) > 1:
            for value in uniform(DILATIONS, dilation):
                yield single("dilation_rate", value, cost_in(DILATION_COST, value))

    def channel_changes(
        self, config: Config, inputs: tuple[Shape, ...], wanted: tuple[Shape, ...] | None
    ) -> Iterator[Change]:
        """Filters or the depth multiplier, and the groups."""
        name, last = self.channel_argument, is_last(config)
        current, axis = config[name], channel_axis(self.rank, last=last)
        if wanted and len(wanted[0]) == self.rank + 2:
            output = wanted[0][axis]
            value = None if output is None else self.solved_channels(inputs[0][axis], output)
            if value is not None and value > 0 and value != current:
                yield single(name, value, SOLVED, solved=True)
        if config.get("groups", 1) > 1:
            yield single("groups", 1, UNGROUPED)
        for value in (current * 2, current // 2):
            if value > 0:
                yield single(name, value, GUESSED_COUNT)

    def kernel_changes(
        self, config: Config, inputs: tuple[Shape, ...], wanted: tuple[Shape, ...] | None
    ) -> Iterator[Change]:
        """The kernel size, which is seldom the mistake."""
        for value in self.solved_kernels(config, inputs, wanted):
            yield single("kernel_size", value, cost_in(KERNEL_COST, value), solved=True)
        for value in uniform(KERNELS, self.window(config).kernel):
            yield single("kernel_size", value, cost_in(KERNEL_COST, value))

    def pairs(
        self, config: Config, inputs: tuple[Shape, ...], wanted: tuple[Shape, ...] | None = None
    ) -> Iterator[Change]:
        if len(inputs[0]) != self.rank + 2:
            return
        yield from self._swapped(config)
        yield from self._with_padding(config, inputs, wanted)
        strides = self.window(config).strides
        for stride in (1, 2, 3):
            steps = (stride,) * self.rank
            for size in self.solved_kernels(config, inputs, wanted, steps) if steps != strides else ():
                together = cost_in(STRIDE_COST, steps) + cost_in(KERNEL_COST, size)
                yield Change((("strides", steps), ("kernel_size", size)), together, (), solved=True)
        yield from self.channel_pairs(config, inputs, wanted)

    def _swapped(self, config: Config) -> Iterator[Change]:
        """Keras 1: `Conv2D(32, 3, 5)` meant a 3x5 kernel."""
        kernel, strides, _, _ = self.window(config)
        ones = (1,) * self.rank
        if self.rank == 2 and len(set(kernel)) == len(set(strides)) == 1 and strides not in {kernel, ones}:
            yield Change((("kernel_size", (kernel[0], strides[0])), ("strides", ones)), AS_KERNEL)

    def _with_padding(
        self, config: Config, inputs: tuple[Shape, ...], wanted: tuple[Shape, ...] | None
    ) -> Iterator[Change]:
        """The other padding, together with strides, kernel or data_format."""
        kernel, strides, _, padding = self.window(config)
        rank = self.rank
        for other in ("same", "valid"):
            if other == padding or other not in self.paddings:
                continue
            solved = self.solved_strides(config, inputs, wanted, other)
            for value in dict.fromkeys(((1,) * rank, (2,) * rank, *solved)):
                if value != strides:
                    yield Change((("strides", value), ("padding", other)), WITH_PADDING + cost_in(STRIDE_COST, value))
            for value in ((size,) * rank for size in (3, 5, 2, 1, 7)):
                if value != kernel:
                    yield Change(
                        (("kernel_size", value), ("padding", other)), WITH_PADDING + cost_in(KERNEL_COST, value)
                    )
            yield Change((("data_format", other_format(config)), ("padding", other)), FORMAT_WITH_PADDING)

    def channel_pairs(
        self, config: Config, inputs: tuple[Shape, ...], wanted: tuple[Shape, ...] | None
    ) -> Iterator[Change]:
        """The channels as wanted together with one spatial argument."""
        channels = [change for change in self.channel_changes(config, inputs, wanted) if change.solved]
        for first in channels:
            for second in self.spatial_changes(config, inputs, wanted):
                if second.solved or second.arguments[0][0] == "padding":
                    yield Change(
                        second.arguments + first.arguments,
                        second.cost + first.cost + WITH_CHANNELS,
                        (),
                        solved=True,
                    )

    def hint(self, construction: Construction | None, config: Config, change: Change) -> str:
        return " ".join(filter(None, (self._habit_of(name, construction, config) for name, _ in change.arguments)))

    def _habit_of(self, name: str, construction: Construction | None, config: Config) -> str:
        if name == "strides":
            return _positional_strides(self.name, construction, config) or (
                "padding='same' keeps a size only with strides=1; otherwise the size is ceil(size / strides)."
                if config["padding"] == "same"
                else ""
            )
        return HABITS.get(name, "")


HABITS = {
    "padding": (
        "padding='valid' (default) takes kernel_size - 1 off every spatial axis; 'same' outputs ceil(size / strides)."
    ),
    "data_format": (
        "Keras expects images as (batch, height, width, channels) unless data_format='channels_first' is set; "
        "the default comes from keras.config.image_data_format()."
    ),
    "dilation_rate": "A dilated kernel covers dilation_rate * (kernel_size - 1) + 1 inputs.",
    "depth_multiplier": "A depthwise convolution outputs depth_multiplier channels per input channel.",
    "groups": "groups must divide both the input channels and the filters.",
    "output_padding": (
        "output_padding=None (the default) differs from output_padding=0: with None and padding='same' the size "
        "is input * strides; with an int p it is (input - 1) * strides + kernel_size % 2 + p."
    ),
}


def _positional_strides(name: str, construction: Construction | None, config: Config) -> str:
    """The hint for the Keras 1 form `Conv2D(32, 3, 3)`, or for any third positional integer."""
    if construction is None:
        return ""
    values = {argument.position: argument.value for argument in construction.arguments}
    third = values.get(2)
    if not isinstance(third, int) or isinstance(third, bool):
        return ""
    takes = f"{name} takes ({', '.join(_leading(config))}, ...)."
    if third == values.get(1):
        form = f"({values.get(0)}, {third}, {third}), meaning a {third}x{third} kernel,"
        return f"{takes} The form {form} is Keras 1 syntax."
    return f"{takes} The third positional integer is the stride."


def _leading(config: Config) -> tuple[str, ...]:
    return ("filters", "kernel_size", "strides") if "filters" in config else ("kernel_size", "strides", "padding")


PLACEMENT = {"nb_filter": "filters", "border_mode": "padding", "subsample": "strides", **ORDERING}
CONVOLUTION = Traits(
    ends_maps=True,
    by_channels=True,
    positionals=("filters", "kernel_size", "strides", "padding", "data_format", "dilation_rate"),
    arguments=(*SLIDING, KERNEL_SIZE, FILTERS, DILATION_RATE, GROUPS, USE_BIAS),
)


def plain(rank: int, keras1: Keras1) -> Traits:
    """The traits of the convolution over `rank` axes."""
    return replace(
        CONVOLUTION,
        role=Role.CONVOLUTION,
        aliases=(f"Convolution{rank}D",),
        keras1=keras1,
        nicknames={"conv": 6},
        often_missing=True,
        changes_channels=True,
        confused_with=(Role.TRANSPOSED,),
        inverse=Role.TRANSPOSED,
        shrinks=True,
    )


RULES = (
    Convolution(
        "Conv1D",
        1,
        plain(1, Keras1(renamed=WEIGHTS | PLACEMENT | {"filter_length": "kernel_size", "subsample_length": "strides"})),
        ("valid", "same", "causal"),
    ),
    *(Convolution(f"Conv{n}D", n, plain(n, Keras1(renamed=WEIGHTS | PLACEMENT, first_size=1))) for n in (2, 3)),
)
