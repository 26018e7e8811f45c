"""Preprocessing of images: most layers change pixels, three change sizes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shapeguard.layers.base import Change, Derivation, Family, Refusal
from shapeguard.layers.conv import HABITS
from shapeguard.layers.costs import EXCHANGED, OTHER_FORMAT, SHAPE_SOLVED, SOLVED
from shapeguard.layers.spatial import is_last, other_format
from shapeguard.layers.windowed import single

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.layers.base import Config
    from shapeguard.records.network import Shape
    from shapeguard.records.source import Construction

IMAGE_RANKS = (3, 4)


def refused_image(shape: Shape) -> Refusal | None:
    """Why the shape is not that of an image, of rank 3, or 4 with a batch."""
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
                yield single(name, size, SOLVED, solved=True)
        yield single("data_format", other_format(config), OTHER_FORMAT)

    def pairs(
        self, config: Config, inputs: tuple[Shape, ...], wanted: tuple[Shape, ...] | None = None
    ) -> Iterator[Change]:
        height, width = config["height"], config["width"]
        if height != width:
            yield Change((("height", width), ("width", height)), EXCHANGED)
        if wanted and len(wanted[0]) == len(inputs[0]):
            sizes = tuple(wanted[0][axis] for axis in self._axes(config))
            if None not in sizes and height not in sizes[:1] and width not in sizes[1:]:
                yield Change((("height", sizes[0]), ("width", sizes[1])), SHAPE_SOLVED, (), solved=True)

    def explain_axis(self, config: Config, inputs: tuple[Shape, ...], axis: int) -> Derivation | None:
        place = axis % len(inputs[0]) - len(inputs[0])
        names = dict(zip(self._axes(config), ("height", "width"), strict=True))
        if place not in names:
            return None
        name = names[place]
        return Derivation(axis, name, f"{name} = {config[name]}", (name,))

    def hint(self, construction: Construction | None, config: Config, change: Change) -> str:  # noqa: ARG002
        name = change.arguments[0][0]
        return f"{self.name} takes (height, width), in this order." if name != "data_format" else HABITS[name]


COLOURED = ("RandomColorDegeneration", "RandomGrayscale", "RandomHue", "RandomSaturation")

PIXELS = (
    "AugMix",
    "AutoContrast",
    "ContrastLimitedAdaptiveHistogramEqualization",
    "CutMix",
    "Equalization",
    "MixUp",
    "RandAugment",
    "RandomBrightness",
    "RandomColorJitter",
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
)
