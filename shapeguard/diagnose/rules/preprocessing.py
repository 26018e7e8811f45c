"""Preprocessing: images, categories, text and sound."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shapeguard.diagnose.rules.base import Change, Derivation, Family, Refusal
from shapeguard.diagnose.rules.conv import HABITS
from shapeguard.diagnose.rules.passing import OnAxis
from shapeguard.diagnose.rules.spatial import is_last, other_format
from shapeguard.diagnose.rules.windowed import single
from shapeguard.diagnose.rules.windows import output_size

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.diagnose.rules.base import Config
    from shapeguard.records import Construction, Shape

IMAGE_RANKS = (3, 4)


def refused_image(shape: Shape) -> Refusal | None:
    """Why this is no image: rank 3, or 4 with a batch."""
    if len(shape) in IMAGE_RANKS:
        return None
    return Refusal(f"it needs images of rank 3 or, with a batch, 4, got rank {len(shape)} {shape}")


class Image(Family):
    """Changes pixels only; whatever else is fed beside the images passes through."""

    def __init__(self, name: str, *, coloured: bool = False) -> None:
        super().__init__(name)
        self.coloured = coloured

    def forward(self, config: Config, inputs: tuple[Shape, ...]) -> tuple[Shape, ...] | Refusal:
        refusal = refused_image(inputs[0]) if len(inputs) == 1 else None
        if refusal is not None:
            return refusal
        if self.coloured and len(inputs) == 1:
            axis = -1 if is_last(config) else -3
            if inputs[0][axis] not in {None, 3}:
                return Refusal(f"it needs 3 channels, got {inputs[0][axis]}", axis % len(inputs[0]))
        return inputs


class Sized(Family):
    """Resizing and cropping to `height` and `width`."""

    arguments = ("height", "width", "data_format")

    def _axes(self, config: Config) -> tuple[int, int]:
        return (-3, -2) if is_last(config) else (-2, -1)

    def forward(self, config: Config, inputs: tuple[Shape, ...]) -> tuple[Shape, ...] | Refusal:
        refusal = refused_image(inputs[0])
        if refusal is not None:
            return refusal
        sizes: list[Any] = list(inputs[0])
        for axis, name in zip(self._axes(config), ("height", "width"), strict=True):
            sizes[axis] = config[name]
        return (tuple(sizes),)

    def changes(
        self, config: Config, inputs: tuple[Shape, ...], wanted: tuple[Shape, ...] | None = None
    ) -> Iterator[Change]:
        for axis, name in zip(self._axes(config), ("height", "width"), strict=True):
            size = wanted[0][axis] if wanted and len(wanted[0]) == len(inputs[0]) else None
            if size is not None and size != config[name]:
                yield single(name, size, 0.2, solved=True)
        yield single("data_format", other_format(config), 0.6)

    def pairs(
        self, config: Config, inputs: tuple[Shape, ...], wanted: tuple[Shape, ...] | None = None
    ) -> Iterator[Change]:
        height, width = config["height"], config["width"]
        if height != width:
            yield Change((("height", width), ("width", height)), 0.3)
        if wanted and len(wanted[0]) == len(inputs[0]):
            sizes = tuple(wanted[0][axis] for axis in self._axes(config))
            if None not in sizes and height not in sizes[:1] and width not in sizes[1:]:
                yield Change((("height", sizes[0]), ("width", sizes[1])), 0.3, (), solved=True)

    def derive(self, config: Config, inputs: tuple[Shape, ...], axis: int) -> Derivation | None:
        place = axis % len(inputs[0]) - len(inputs[0])
        names = dict(zip(self._axes(config), ("height", "width"), strict=True))
        if place not in names:
            return None
        name = names[place]
        return Derivation(axis, name, f"{name} = {config[name]}", (name,))

    def habit(self, construction: Construction | None, config: Config, change: Change) -> str:  # noqa: ARG002
        name = change.arguments[0][0]
        return f"{self.name} takes (height, width), in this order." if name != "data_format" else HABITS[name]


class Encoding(Family):
    """Integers become vectors of `depth`: one each, or one for all of the last axis.

    What the layers do, which is not what every version's own formula says: Hashing(output_mode="one_hot") promises
    (2, 3) in 3.15 and gives (2, 3, 3), Discretization and the lookups do so in 3.6.
    """

    def __init__(self, name: str, *depths: str) -> None:
        super().__init__(name)
        self.depths = depths
        self.arguments = ("output_mode", *depths)

    def covers(self, config: Config) -> bool:
        return config["output_mode"] == "int" or self.depth(config) is not None

    def depth(self, config: Config) -> int | None:
        """The size of a vector; `None` where the config does not tell."""
        return next((config[name] for name in self.depths if isinstance(config.get(name), int)), None)

    def forward(self, config: Config, inputs: tuple[Shape, ...]) -> tuple[Shape, ...] | Refusal:
        shape, mode, depth = inputs[0], config["output_mode"], self.depth(config)
        if mode == "int":
            return (shape,)
        if depth is None or depth < 1:
            return Refusal(f"`{self.depths[0]}` must be a positive integer, got {depth!r}")
        if mode == "one_hot" and (len(shape) < 2 or shape[-1] != 1):  # noqa: PLR2004
            return ((*shape, depth),)
        return ((*shape[:-1], depth),)

    def changes(
        self, config: Config, inputs: tuple[Shape, ...], wanted: tuple[Shape, ...] | None = None
    ) -> Iterator[Change]:
        for mode in ("one_hot", "multi_hot", "int"):
            if mode != config["output_mode"] and self.takes(mode):
                yield single("output_mode", mode, 0.4)
        size = wanted[0][-1] if wanted and wanted[0] else None
        if size is not None and config["output_mode"] != "int":
            for name in self.depths:
                if isinstance(config.get(name), int) and config[name] != size:
                    yield single(name, size, 0.2, solved=True)

    def takes(self, mode: str) -> bool:  # noqa: ARG002
        """Whether the constructor knows this `output_mode`."""
        return True

    def derive(self, config: Config, inputs: tuple[Shape, ...], axis: int) -> Derivation | None:
        built = self.forward(config, inputs)
        if isinstance(built, Refusal) or config["output_mode"] == "int" or axis not in {-1, len(built[0]) - 1}:
            return None
        name = next(name for name in self.depths if isinstance(config.get(name), int))
        return Derivation(axis, "categories", f"{name} = {config[name]}", (name, "output_mode"))


class CategoryEncoding(Encoding):
    """Always encodes: it has no output_mode="int"."""

    def takes(self, mode: str) -> bool:
        return mode != "int"


class Discretization(Encoding):
    """As many categories as bins; several values a sample are encoded over axis 1."""

    def depth(self, config: Config) -> int | None:
        boundaries = config["bin_boundaries"]
        return config["num_bins"] if boundaries is None else len(boundaries) + 1

    def covers(self, config: Config) -> bool:
        return config["output_mode"] in {"int", "one_hot"}


class HashedCrossing(Encoding):
    """Two columns of one shape, (batch,) or (batch, 1), crossed into one."""

    def forward(self, config: Config, inputs: tuple[Shape, ...]) -> tuple[Shape, ...] | Refusal:
        if len(inputs) != 2 or inputs[0] != inputs[1]:  # noqa: PLR2004
            return Refusal(f"it needs 2 inputs of one shape, got {' and '.join(map(str, inputs))}")
        if len(inputs[0]) > 2 or (len(inputs[0]) == 2 and inputs[0][-1] != 1):  # noqa: PLR2004
            return Refusal(f"it needs inputs of shape (batch,) or (batch, 1), got {inputs[0]}")
        return super().forward(config, inputs[:1])

    def takes(self, mode: str) -> bool:
        return mode != "multi_hot"


class Lookup(Encoding):
    """Terms become indices; the size of an encoding is known only where it is padded to `max_tokens`."""

    def depth(self, config: Config) -> int | None:
        return config["max_tokens"] if config.get("pad_to_max_tokens") else None


class TextVectorization(Lookup):
    """One row of `output_sequence_length` indices a text."""

    def covers(self, config: Config) -> bool:
        return config["output_mode"] == "int" and not config["ragged"] and config["split"] is not None

    def forward(self, config: Config, inputs: tuple[Shape, ...]) -> tuple[Shape, ...] | Refusal:
        shape = inputs[0]
        if len(shape) > 2 or (len(shape) == 2 and shape[-1] not in {1, None}):  # noqa: PLR2004
            return Refusal(f"it splits texts of shape (batch,) or (batch, 1), got {shape}")
        return ((shape[0] if shape else None, config["output_sequence_length"]),)

    def changes(
        self,
        config: Config,
        inputs: tuple[Shape, ...],  # noqa: ARG002
        wanted: tuple[Shape, ...] | None = None,
    ) -> Iterator[Change]:
        size = wanted[0][-1] if wanted and len(wanted[0]) == 2 else None  # noqa: PLR2004
        if size is not None and size != config["output_sequence_length"]:
            yield single("output_sequence_length", size, 0.2, solved=True)

    def derive(self, config: Config, inputs: tuple[Shape, ...], axis: int) -> Derivation | None:  # noqa: ARG002
        if axis not in {1, -1} or config["output_sequence_length"] is None:
            return None
        size = config["output_sequence_length"]
        return Derivation(axis, "steps", f"output_sequence_length = {size}", ("output_sequence_length",))


class Normalization(OnAxis):
    """The kept axes must be known, and `mean`, where given, must fit them."""

    def forward(self, config: Config, inputs: tuple[Shape, ...]) -> tuple[Shape, ...] | Refusal:
        found = super().forward(config, inputs)
        mean, axis = config.get("mean"), config["axis"]
        if isinstance(found, Refusal) or not isinstance(mean, (list, tuple)) or len(axis) != 1:
            return found
        size = inputs[0][axis[0]]
        if len(mean) not in {1, size}:
            return Refusal(f"`mean` has {len(mean)} entries, axis {axis[0]} has {size}")
        return found

    def changes(
        self,
        config: Config,
        inputs: tuple[Shape, ...],
        wanted: tuple[Shape, ...] | None = None,  # noqa: ARG002
    ) -> Iterator[Change]:
        for axis in (-1, None, *range(1, len(inputs[0]) - 1)):
            if axis is None or (axis,) != tuple(config["axis"]):
                yield single("axis", axis, 0.5)


class MelSpectrogram(Family):
    """Sound of shape (batch, samples) becomes (batch, num_mel_bins, frames)."""

    arguments = ("num_mel_bins", "sequence_stride")

    def forward(self, config: Config, inputs: tuple[Shape, ...]) -> tuple[Shape, ...] | Refusal:
        shape, stride = inputs[0], config["sequence_stride"]
        if len(shape) not in {1, 2}:
            return Refusal(f"it needs sound of rank 1 or, with a batch, 2, got rank {len(shape)} {shape}")
        frames = None if shape[-1] is None else (shape[-1] + stride + 1) // stride
        return ((*shape[:-1], config["num_mel_bins"], frames),)

    def changes(
        self, config: Config, inputs: tuple[Shape, ...], wanted: tuple[Shape, ...] | None = None
    ) -> Iterator[Change]:
        if wanted and len(wanted[0]) == len(inputs[0]) + 1:
            bins, frames = wanted[0][-2:]
            if bins is not None and bins != config["num_mel_bins"]:
                yield single("num_mel_bins", bins, 0.2, solved=True)
            size = inputs[0][-1]
            if frames is not None and size is not None and frames > 1:
                stride = (size + 1) // (frames - 1)
                if (size + stride + 1) // stride == frames and stride != config["sequence_stride"]:
                    yield single("sequence_stride", stride, 0.4, solved=True)
        for stride in (128, 256, 512, 1024):
            if stride != config["sequence_stride"]:
                yield single("sequence_stride", stride, 0.8)

    def derive(self, config: Config, inputs: tuple[Shape, ...], axis: int) -> Derivation | None:
        ndim = len(inputs[0]) + 1
        if axis % ndim == ndim - 2:
            return Derivation(axis, "mel bins", f"num_mel_bins = {config['num_mel_bins']}", ("num_mel_bins",))
        size, stride = inputs[0][-1], config["sequence_stride"]
        if axis % ndim != ndim - 1 or size is None:
            return None
        arithmetic = f"floor(({size} + {stride} + 1) / {stride}) = {(size + stride + 1) // stride}"
        return Derivation(axis, "frames", arithmetic, ("sequence_stride",))


class STFTSpectrogram(Family):
    """A window slides over the steps; every channel gives fft_length // 2 + 1 frequencies, twice that for "stft"."""

    arguments = ("frame_step", "frame_length", "fft_length", "padding", "mode", "expand_dims", "data_format")

    def frequencies(self, config: Config) -> int:
        """Frequencies of one channel."""
        length = config["fft_length"] or 1 << (config["frame_length"] - 1).bit_length()
        return (length // 2 + 1) * (2 if config["mode"] == "stft" else 1)  # type: ignore[no-any-return]

    def forward(self, config: Config, inputs: tuple[Shape, ...]) -> tuple[Shape, ...] | Refusal:
        shape = inputs[0]
        if len(shape) != 3:  # noqa: PLR2004
            return Refusal(f"it needs rank 3 (batch, steps, channels), got rank {len(shape)} {shape}")
        last = is_last(config)
        steps, channels = (shape[1], shape[2]) if last else (shape[2], shape[1])
        if channels is None:
            return Refusal("the channels of the input must be known")
        step, length = config["frame_step"] or config["frame_length"] // 2, config["frame_length"]
        frames = None if steps is None else output_size(steps, length, step, 1, config["padding"])
        if frames is not None and frames < 1:
            return Refusal(f"`frame_length` {length} is larger than the {steps} steps", 1 if last else 2)
        bins = self.frequencies(config)
        if config["expand_dims"]:
            return ((shape[0], frames, bins, channels),) if last else ((shape[0], channels, frames, bins),)
        return ((shape[0], frames, bins * channels),) if last else ((shape[0], bins * channels, frames),)

    def changes(
        self,
        config: Config,
        inputs: tuple[Shape, ...],  # noqa: ARG002
        wanted: tuple[Shape, ...] | None = None,  # noqa: ARG002
    ) -> Iterator[Change]:
        length = config["frame_length"]
        yield single("padding", "same" if config["padding"] == "valid" else "valid", 0.2)
        yield single("expand_dims", not config["expand_dims"], 0.4)
        for step in (length // 2, length // 4, length):
            if step > 0 and step != config["frame_step"]:
                yield single("frame_step", step, 0.6)
        for fft in (length, 2 * length, 4 * length):
            if fft != config["fft_length"]:
                yield single("fft_length", fft, 0.8)
        if config["mode"] == "stft":
            yield single("mode", "log", 0.8)


COLOURED = ("RandomColorDegeneration", "RandomColorJitter", "RandomGrayscale", "RandomHue", "RandomSaturation")

PIXELS = (
    "AugMix",
    "AutoContrast",
    "ContrastLimitedAdaptiveHistogramEqualization",
    "CutMix",
    "Equalization",
    "MixUp",
    "RandAugment",
    "RandomBrightness",
    "RandomContrast",
    "RandomElasticTransform",
    "RandomErasing",
    "RandomFlip",
    "RandomGaussianBlur",
    "RandomInvert",
    "RandomPerspective",
    "RandomPosterization",
    "RandomRotation",
    "RandomSharpness",
    "RandomShear",
    "RandomTranslation",
    "RandomZoom",
    "Solarization",
)

RULES = (
    *(Image(name) for name in PIXELS),
    *(Image(name, coloured=True) for name in COLOURED),
    *(Sized(name) for name in ("Resizing", "CenterCrop", "RandomCrop")),
    CategoryEncoding("CategoryEncoding", "num_tokens"),
    Encoding("Hashing", "num_bins"),
    HashedCrossing("HashedCrossing", "num_bins"),
    Discretization("Discretization", "num_bins"),
    Lookup("IntegerLookup", "max_tokens"),
    Lookup("StringLookup", "max_tokens"),
    TextVectorization("TextVectorization", "output_sequence_length"),
    Normalization("Normalization"),
    MelSpectrogram("MelSpectrogram"),
    STFTSpectrogram("STFTSpectrogram"),
)
