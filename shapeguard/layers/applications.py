"""What the models of `keras.applications` give, as far as it follows from their arguments."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shapeguard.records.network import Shape

CLASSES = 1000
STRIDE = 32

CHANNELS = {
    **dict.fromkeys(("ConvNeXtTiny", "ConvNeXtSmall"), 768),
    "ConvNeXtBase": 1024,
    "ConvNeXtLarge": 1536,
    "ConvNeXtXLarge": 2048,
    "DenseNet121": 1024,
    "DenseNet169": 1664,
    "DenseNet201": 1920,
    "EfficientNetB0": 1280,
    "EfficientNetB1": 1280,
    "EfficientNetB2": 1408,
    "EfficientNetB3": 1536,
    "EfficientNetB4": 1792,
    "EfficientNetB5": 2048,
    "EfficientNetB6": 2304,
    "EfficientNetB7": 2560,
    "EfficientNetV2B0": 1280,
    "EfficientNetV2B1": 1280,
    "EfficientNetV2B2": 1408,
    "EfficientNetV2B3": 1536,
    **dict.fromkeys(("EfficientNetV2S", "EfficientNetV2M", "EfficientNetV2L"), 1280),
    "InceptionResNetV2": 1536,
    "InceptionV3": 2048,
    "Xception": 2048,
    "MobileNet": 1024,
    "MobileNetV2": 1280,
    "MobileNetV3Large": 960,
    "MobileNetV3Small": 576,
    "NASNetLarge": 4032,
    "NASNetMobile": 1056,
    **dict.fromkeys(("ResNet50", "ResNet101", "ResNet152", "ResNet50V2", "ResNet101V2", "ResNet152V2"), 2048),
    **dict.fromkeys(("VGG16", "VGG19"), 512),
}
"""The channels of the last map of each model."""

UNEVEN = frozenset({"InceptionResNetV2", "InceptionV3", "NASNetLarge", "NASNetMobile", "Xception"})
"""Models whose maps lose a border on their way, or are padded, so that no whole fraction of the picture is left."""


def features_of(name: str, shape: Shape) -> Shape | None:
    """The last map of a model for a picture of this shape, batch first; a side is `None` where no formula is known.

    Without a border that is lost a side that 32 divides is halved five times.
    """
    if name not in CHANNELS or len(shape) != 4:
        return None
    is_even = name not in UNEVEN
    sides = (size // STRIDE if is_even and size is not None and size % STRIDE == 0 else None for size in shape[1:3])
    return (shape[0], *sides, CHANNELS[name])
