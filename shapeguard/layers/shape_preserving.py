"""Layers whose output has the shape of their input: activations, normalisations, dropouts, noise."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from shapeguard.layers.arguments import AXIS, GROUPS
from shapeguard.layers.base import Family, Refusal
from shapeguard.layers.costs import OTHER_AXIS
from shapeguard.layers.keras1 import NOTHING_OF_KERAS_1, Keras1
from shapeguard.layers.traits import ArgumentTraits, Traits
from shapeguard.layers.windowed import single

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.layers.base import Change, Config
    from shapeguard.records.network import Shape
    from shapeguard.records.source import Construction

OTHER_GROUPS = 0.5
"""Groups that divide the channels, as the default may not."""
SHARED = 0.4
"""Slopes shared over all axes but the channels, as images of unknown size need."""
UNSHARED = 0.8
"""One slope per element, the default."""


class ShapePreserving(Family):
    """The output has the shape of the input; `ndim` is the rank that `input_spec` requires."""

    traits = Traits(keeps_ndim=True)

    def __init__(self, name: str, ndim: int | None = None, traits: Traits | None = None) -> None:
        super().__init__(name, traits)
        self.ndim = ndim

    def forward(self, config: Config, inputs: tuple[Shape, ...]) -> tuple[Shape, ...] | Refusal:  # noqa: ARG002
        if self.ndim is not None and len(inputs[0]) != self.ndim:
            return Refusal(f"it needs rank {self.ndim}, got rank {len(inputs[0])} {inputs[0]}")
        return (inputs[0],)


class Identity(Family):
    """The outputs are the inputs, however many there are."""

    traits = Traits(keeps_ndim=True, positionals=())

    def forward(self, config: Config, inputs: tuple[Shape, ...]) -> tuple[Shape, ...] | Refusal:  # noqa: ARG002
        return inputs


class Activation(ShapePreserving):
    """`glu` is not covered: it halves an axis, unlike Keras' own shape formula."""

    traits = Traits(keeps_ndim=True, by_channels=True, positionals=("activation",))

    def covers(self, config: Config) -> bool:
        return bool(config["activation"] != "glu")


def axes_of(config: Config) -> tuple[int, ...]:
    """`axis` as a tuple; `None` names no axis."""
    axis = config["axis"]
    return (axis,) if isinstance(axis, int) else tuple(axis or ())


class AxisWeights(Family):
    """A layer with weights along `axis`, which must exist and have a known size."""

    arguments: tuple[str, ...] = ("axis",)
    traits = Traits(
        keeps_ndim=True,
        arguments=(AXIS, ArgumentTraits("center", of_weights=True), ArgumentTraits("scale", of_weights=True)),
    )

    def __init__(self, name: str, traits: Traits | None = None, *, weights: bool = True) -> None:
        super().__init__(name, traits)
        self.weights = weights

    def forward(self, config: Config, inputs: tuple[Shape, ...]) -> tuple[Shape, ...] | Refusal:
        shape = inputs[0]
        for entry in axes_of(config):
            if not -len(shape) <= entry < len(shape):
                return Refusal(f"`axis` {entry} does not exist at rank {len(shape)}")
            if self.weights and shape[entry] is None:
                return Refusal(f"the size of axis {entry} must be known", entry % len(shape))
        return (shape,)

    def changes(
        self,
        config: Config,
        inputs: tuple[Shape, ...],
        wanted: tuple[Shape, ...] | None = None,  # noqa: ARG002
    ) -> Iterator[Change]:
        if not isinstance(config["axis"], int):
            return
        for axis in (-1, *range(1, len(inputs[0]) - 1)):
            if axis != config["axis"]:
                yield single("axis", axis, OTHER_AXIS)

    def hint(self, construction: Construction | None, config: Config, change: Change) -> str:  # noqa: ARG002
        return "axis=-1 is the channel axis of channels_last data; channels_first data needs axis=1."


class RMSNormalization(AxisWeights):
    """Its scale is multiplied as it is: on another axis than the last its size has to fit there (ops/nn.py, 3.15)."""

    def forward(self, config: Config, inputs: tuple[Shape, ...]) -> tuple[Shape, ...] | Refusal:
        found = super().forward(config, inputs)
        if isinstance(found, Refusal):
            return found
        shape = inputs[0]
        scale = tuple(shape[axis] for axis in sorted(axes_of(config)))
        for size, given in zip(reversed(scale), reversed(shape), strict=False):
            if size != 1 and given not in {None, size}:
                return Refusal(f"the scale {scale} of axis {config['axis']} does not fit the last axes of {shape}")
        return found


class GroupNormalization(AxisWeights):
    """`groups` must divide the channels; -1 makes every channel a group."""

    arguments = ("groups", "axis")
    traits = replace(AxisWeights.traits, arguments=(*AxisWeights.traits.arguments, GROUPS))

    def forward(self, config: Config, inputs: tuple[Shape, ...]) -> tuple[Shape, ...] | Refusal:
        groups = config["groups"]
        if not isinstance(groups, int) or (groups < 1 and groups != -1):
            return Refusal(f"`groups` must be a positive integer or -1, got {groups!r}")
        found = super().forward(config, inputs)
        if isinstance(found, Refusal):
            return found
        size = inputs[0][config["axis"]]
        if groups > 0 and size is not None and size % groups:
            axis = config["axis"] % len(inputs[0])
            return Refusal(f"`groups` {groups} does not divide the {size} of axis {axis}", axis)
        return found

    def changes(
        self, config: Config, inputs: tuple[Shape, ...], wanted: tuple[Shape, ...] | None = None
    ) -> Iterator[Change]:
        axis = config["axis"]
        size = inputs[0][axis] if -len(inputs[0]) <= axis < len(inputs[0]) else None
        for groups in (16, 8, 4, 2, 1, -1):
            if groups != config["groups"] and size is not None and (groups < 0 or size % groups == 0):
                yield single("groups", groups, OTHER_GROUPS)
        yield from super().changes(config, inputs, wanted)

    def hint(self, construction: Construction | None, config: Config, change: Change) -> str:
        if change.arguments[0][0] == "groups":
            return "groups defaults to 32 and must divide the channels."
        return super().hint(construction, config, change)


class PReLU(Family):
    """One slope per element, so the size of every axis but the batch must be known unless it is shared."""

    arguments = ("shared_axes",)
    traits = Traits(keeps_ndim=True, positionals=("alpha_initializer",))

    def forward(self, config: Config, inputs: tuple[Shape, ...]) -> tuple[Shape, ...] | Refusal:
        shape = inputs[0]
        sizes = list(shape[1:])
        for axis in config["shared_axes"] or ():
            if not -len(sizes) <= axis - 1 < len(sizes):
                return Refusal(f"`shared_axes` {axis} does not exist at rank {len(shape)}")
            sizes[axis - 1] = 1
        if None in sizes:
            axis = sizes.index(None) + 1
            return Refusal(f"axis {axis} has no known size and is not in `shared_axes`", axis)
        return (shape,)

    def changes(
        self,
        config: Config,
        inputs: tuple[Shape, ...],
        wanted: tuple[Shape, ...] | None = None,  # noqa: ARG002
    ) -> Iterator[Change]:
        spatial = list(range(1, len(inputs[0]) - 1))
        for axes in (spatial, None) if spatial else (None,):
            if axes != config["shared_axes"]:
                yield single("shared_axes", axes, SHARED if axes else UNSHARED)

    def hint(self, construction: Construction | None, config: Config, change: Change) -> str:  # noqa: ARG002
        return "PReLU learns a slope for every element; shared_axes=[1, 2] shares it over an image, whatever its size."


RATE = Keras1(renamed={"p": "rate"})
UNCHANGED = {
    "ELU": Traits(keeps_ndim=True, positionals=("alpha",)),
    "LeakyReLU": Traits(keeps_ndim=True, by_channels=True, positionals=("negative_slope",)),
    "ReLU": Traits(keeps_ndim=True, by_channels=True, positionals=("max_value",)),
    "Softmax": Traits(keeps_ndim=True, by_channels=True, positionals=("axis",)),
    "Masking": Traits(keeps_ndim=True, positionals=("mask_value",)),
    "ActivityRegularization": Traits(keeps_ndim=True, positionals=("l1", "l2")),
    "AlphaDropout": Traits(keeps_ndim=True, positionals=("rate",)),
    "Dropout": Traits(keeps_ndim=True, by_channels=True, positionals=("rate", "noise_shape"), keras1=RATE),
    "GaussianDropout": Traits(keeps_ndim=True, positionals=("rate",), keras1=RATE),
    "GaussianNoise": Traits(keeps_ndim=True, positionals=("stddev",), keras1=Keras1(renamed={"sigma": "stddev"})),
    "Rescaling": Traits(keeps_ndim=True, positionals=("scale", "offset")),
}


def spatial_dropout(rank: int) -> ShapePreserving:
    """The rule of SpatialDropout over `rank` axes, the only dropout that accepts a single rank."""
    ndim, keras1 = rank + 2, RATE if rank < 3 else NOTHING_OF_KERAS_1
    traits = Traits(axes=rank, takes_ndim=ndim, gives_ndim=ndim, positionals=("rate",), keras1=keras1)
    return ShapePreserving(f"SpatialDropout{rank}D", ndim, traits)


RULES = (
    *(ShapePreserving(name, traits=traits) for name, traits in UNCHANGED.items()),
    *map(spatial_dropout, (1, 2, 3)),
    Activation("Activation"),
    Identity("Identity"),
    PReLU("PReLU"),
    AxisWeights(
        "BatchNormalization",
        replace(
            AxisWeights.traits,
            by_channels=True,
            positionals=("axis", "momentum", "epsilon"),
            keras1=Keras1(
                renamed={"beta_init": "beta_initializer", "gamma_init": "gamma_initializer"}, removed=("mode",)
            ),
        ),
    ),
    AxisWeights("LayerNormalization", replace(AxisWeights.traits, positionals=("axis", "epsilon"))),
    RMSNormalization("RMSNormalization"),
    AxisWeights("UnitNormalization", weights=False),
    GroupNormalization("GroupNormalization"),
)
