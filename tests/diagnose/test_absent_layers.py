"""What is expected of a layer that nobody made says which layer is missing, and where."""

import keras
import pytest
from keras import layers

from shapeguard import check


def blamed(report):
    cause = report.diagnoses[0].causes[0]
    (edit,) = cause.edits
    return edit.layer, edit.argument, edit.suggestion, cause.verified


def pictures(*stack):
    return keras.Sequential([keras.Input((32, 32, 3)), *stack])


EXPECTED = {
    "conv2d": "B 32 32 16",
    "max_pooling2d": "B 16 16 16",
    "conv2d_1": "B 8 8 32",
    "flatten": "B 2048",
    "dense": "B 64",
    "head": "B 5",
}


def every_layer():
    return {
        "conv2d": layers.Conv2D(16, 5, padding="same", name="conv2d"),
        "max_pooling2d": layers.MaxPooling2D(2, name="max_pooling2d"),
        "conv2d_1": layers.Conv2D(32, 5, strides=2, padding="same", name="conv2d_1"),
        "flatten": layers.Flatten(name="flatten"),
        "dense": layers.Dense(64, name="dense"),
        "head": layers.Dense(5, name="head"),
    }


@pytest.mark.parametrize(
    ("absent", "place", "code"),
    [
        ("conv2d", "max_pooling2d", "Conv2D(filters=16, kernel_size=(5, 5), padding='same')"),
        ("conv2d_1", "flatten", "Conv2D(filters=32, kernel_size=(5, 5), strides=(2, 2), padding='same')"),
    ],
)
def test_a_layer_that_is_expected_and_absent_is_put_where_its_shape_comes_out(absent, place, code):
    stack = [layer for name, layer in every_layer().items() if name != absent]
    assert blamed(check(pictures(*stack), EXPECTED)) == (place, "insert_before", code, False)


def test_a_name_that_a_layer_bears_is_not_numbered_anew():
    stack = [layer for name, layer in every_layer().items() if name != "conv2d"]
    model = pictures(*stack)
    rows = {row.layer: row.expected for row in check(model, EXPECTED).rows}
    assert rows["conv2d_1"] == ("B", 8, 8, 32)
