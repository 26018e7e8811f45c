"""Two ways into a merge that miss each other by a pixel, as an odd size is halved and doubled."""

import pytest
from helpers.texts import mended, module_of

from shapeguard import ShapeGuard, ShapeMismatchError
from shapeguard.diagnosis.missed_sizes import border_of, misses_by_little

PROGRAM = """import keras
from keras import layers

rows = keras.Input((45, 32, 3))
skip = layers.Conv2D(8, 3, padding="same")(rows)
down = layers.{}(skip)
up = layers.UpSampling2D({})(layers.Conv2D(8, 3, padding="same")(down))
joined = layers.{}(name="joined")([up, skip])
"""


def diagnosed(tmp_path, *parts, expected=None):
    path = tmp_path / "program.py"
    path.write_text(PROGRAM.format(*parts), encoding="utf-8")
    with pytest.raises(ShapeMismatchError) as caught, ShapeGuard(expected):
        module_of(path)
    return caught.value.report.diagnoses[0].causes, path


@pytest.mark.parametrize("merge", ["Concatenate", "Add"])
def test_a_border_makes_both_ways_into_a_merge_as_large(tmp_path, merge):
    causes, path = diagnosed(tmp_path, "MaxPooling2D()", "2", merge)
    texts = [mended(path, cause).splitlines()[-1] for cause in causes if cause.argument == "insert_before"]
    joined = f'joined = layers.{merge}(name="joined")'
    assert f"{joined}([layers.ZeroPadding2D(padding=((0, 1), (0, 0)))(up), skip])" in texts
    assert f"{joined}([up, layers.Cropping2D(cropping=((0, 1), (0, 0)))(skip)])" in texts


def test_no_other_axis_is_named_first_where_maps_miss_by_a_pixel(tmp_path):
    causes, _ = diagnosed(tmp_path, "MaxPooling2D()", "2", "Concatenate")
    assert (causes[0].argument, causes[0].suggestion) == ("shape", (44, 32, 3))
    assert [cause.argument for cause in causes].index("insert_before") < 3


def test_what_is_expected_of_the_refused_merge_decides_which_way_is_mended(tmp_path):
    causes, path = diagnosed(tmp_path, "MaxPooling2D()", "2", "Concatenate", expected={"joined": "B 45 32 16"})
    assert causes[0].suggestion == "ZeroPadding2D(padding=((0, 1), (0, 0)))"
    assert causes[0].verified
    assert "layers.ZeroPadding2D(padding=((0, 1), (0, 0)))(up)" in mended(path, causes[0])


def test_where_nothing_was_rounded_no_border_is_put_on(tmp_path):
    causes, _ = diagnosed(tmp_path, "Conv2D(8, 2)", "1", "Add")
    assert "insert_before" not in [cause.argument for cause in causes]


def test_a_border_is_narrow_and_the_same_way_on_each_axis():
    assert border_of((None, 44, 30, 8), (None, 45, 30, 4)) == (1, 0)
    assert border_of((None, 75, 8), (None, 74, 8)) == (-1,)
    assert not misses_by_little((None, 45, 30, 8), (None, 45, 30, 4))
    assert border_of((None, 22, 30, 8), (None, 45, 30, 4)) is None
    assert border_of((None, None, 30, 8), (None, 45, 30, 4)) is None
    assert border_of((None, 5, 8), (None, 3, 8)) is None
