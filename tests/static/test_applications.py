"""The models of keras.applications: what is stated of them is what Keras builds."""

import inspect

import keras
import pytest

from shapeguard.layers.applications import CHANNELS
from shapeguard.static.program import read_program

TEXT = """
import keras
base = keras.applications.{name}({arguments})
x = keras.layers.ReLU()(base.output)
"""


def stated(name, arguments):
    return read_program("net.py", TEXT.format(name=name, arguments=arguments)).shapes[-1].shape


def test_every_model_is_known():
    functions = {name for name, each in vars(keras.applications).items() if inspect.isfunction(each)}
    assert functions == set(CHANNELS)


@pytest.mark.parametrize("name", ["MobileNet", "VGG16", "ResNet50V2", "MobileNetV3Small"])
@pytest.mark.parametrize("side", [64, 75])
def test_the_last_map_is_that_of_keras(name, side):
    arguments = f"weights=None, include_top=False, input_shape=({side}, {side}, 3)"
    built = getattr(keras.applications, name)(weights=None, include_top=False, input_shape=(side, side, 3))
    for size, actual in zip(stated(name, arguments)[1:], built.output.shape[1:], strict=True):
        assert size in (actual, "?" if side % 32 else actual)


@pytest.mark.parametrize(
    ("arguments", "shape"),
    [
        ("weights=None", [None, 1000]),
        ("weights=None, classes=7", [None, 7]),
        ("weights=None, classes=len(input())", [None, "?"]),
        ("include_top=False, pooling='avg', input_shape=(75, 75, 3)", [None, 2048]),
        ("include_top=False", [None, None, None, 2048]),
        ("include_top=False, input_shape=(224, 96, 3)", [None, 7, 3, 2048]),
        ("include_top=False, input_shape=(75, 75, 3)", [None, "?", "?", 2048]),
        ("include_top=False, input_shape=input()", [None, "?", "?", 2048]),
        ("include_top=input()", "?"),
        ("include_top=False, input_tensor=keras.Input((64, 64, 3))", "?"),
        ("False", "?"),
    ],
)
def test_what_does_not_follow_from_the_arguments_is_not_known(arguments, shape):
    assert stated("ResNet50", arguments) == shape


def test_a_base_is_called_on_another_picture_and_a_head_is_put_on_it():
    program = read_program(
        "net.py",
        """
import keras
base = keras.applications.ResNet50(weights=None, include_top=False)
base.trainable = False
x = keras.layers.Rescaling(1 / 255)(keras.Input((160, 160, 3)))
x = keras.layers.GlobalAveragePooling2D()(base(x, training=False))
y = keras.layers.Dense(5)(x)
""",
    )
    assert [each.shape for each in program.shapes] == [
        [None, 160, 160, 3], [None, 2048], [None, 5, 5, 2048], [None, 5],
    ]  # fmt: skip


def test_a_dense_head_on_a_map_is_a_fault_in_training():
    program = read_program(
        "net.py",
        """
import keras
import numpy as np
base = keras.applications.VGG16(weights=None, include_top=False, input_shape=(64, 64, 3))
model = keras.Sequential([base, keras.layers.Dense(10, activation="softmax")])
model.compile(loss="categorical_crossentropy")
model.fit(np.zeros((4, 64, 64, 3)), np.zeros((4, 10)))
""",
    )
    (diagnosis,) = program.diagnoses
    assert (diagnosis.code, diagnosis.actual) == ("SG303", (None, 2, 2, 10))
