"""Pictures and tables of the architectures that keras.applications ships: one of each family."""

import keras
import pytest
from helpers.geometry import assert_no_label_overlaps, boxes_of

from shapeguard import check

FAMILIES = (
    "ConvNeXtTiny",
    "DenseNet121",
    "EfficientNetB0",
    "EfficientNetV2B0",
    "InceptionResNetV2",
    "InceptionV3",
    "MobileNet",
    "MobileNetV2",
    "MobileNetV3Small",
    "NASNetMobile",
    "ResNet50",
    "ResNet50V2",
    "VGG16",
    "Xception",
)
QUICK = ("MobileNet", "ResNet50")


def test_no_family_is_left_out():
    shipped = {name for name in vars(keras.applications) if name[0].isupper()}
    stems = {"".join(char for char in name if char.isalpha()) for name in shipped}
    tried = {"".join(char for char in name if char.isalpha()) for name in FAMILIES}
    sizes = ("Base", "Large", "Small", "Tiny", "XLarge", "Mobile")
    assert {_family(stem, sizes) for stem in stems} == {_family(stem, sizes) for stem in tried}


def _family(stem, sizes):
    for size in sizes:
        stem = stem.removesuffix(size)
    return stem.removesuffix("X").rstrip("BLMS") if stem.startswith("EfficientNet") else stem.removesuffix("X")


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name in QUICK else pytest.mark.slow) for name in FAMILIES]
)
def test_no_label_overlaps_another_and_all_stays_bounded(name):
    report = check(getattr(keras.applications, name)(weights=None))
    picture = report.to_svg()
    assert_no_label_overlaps(picture)
    assert 1 < len(boxes_of(picture)) <= 250
    assert len(picture) < 250_000
    assert len(report.to_table().splitlines()) <= min(len(report.rows) + 2, 200 + 3)
    assert len(report.to_html()) < 3_000_000
