"""The list of what a program expects: each expectation with its place, each comment that is none with its reason."""

import pytest
from helpers.annotated_programs import run

PROGRAM = """
import keras
from typing import Annotated, Any
from keras import layers
from shapeguard import ShapeGuard, expect

guard = ShapeGuard({"last": "B 1"})
with guard:
    i = keras.Input((28, 28, 1))  # (None, 28, 28, 1)
    x: Annotated[Any, "B 26 26 8"] = layers.Conv2D(8, 3, name="conv")(i)
    x = layers.Conv2D(8, 3, activation="tanh", name="tanh")(x)  # [-1, 1]
    x = layers.Conv2D(8, 3, name="three")(x)  # 3x3x8
    # (None, 22, 22, 8)
    x = layers.Flatten(name="flat")(x)  # 22 * 22 * 8
    # -> (None, 5)
    x = layers.Dense(5)(x)
    x = layers.ReLU()(x)
    a, b = layers.Dense(3)(x), layers.Dense(3)(x)  # (None, 3)
    x = expect(layers.Add(name="sum")([a, b]), "B 3")
    unused = layers.Dense(7)(i)  # (None, 28, 28, 7)
    x = layers.Dense(1, name="last")(x)  # a sum
    model = keras.Model(i, x)
"""


pytestmark = pytest.mark.filterwarnings("ignore:ShapeGuard. .*the comment follows two layers")


def rows_of(report):
    """The layer or the text, the spec, the origin and the reason of each line of the list."""
    return [(e.layer or e.text, e.spec, e.origin, e.reason) for e in report.expectations]


def test_what_is_read_and_what_is_not_is_listed_in_the_order_of_the_source(tmp_path):
    scope = run(tmp_path, PROGRAM)
    assert rows_of(scope["guard"].check(scope["model"])) == [
        ("last", "(B, 1)", "mapping", None),
        ("input_layer", "(None, 28, 28, 1)", "comment", None),
        ("conv", "(B, 26, 26, 8)", "annotation", None),
        ("# [-1, 1]", "", "comment", "a range"),
        ("three", "(3, 3, 8)", "comment", "the shape of a weight or window"),
        ("# (None, 22, 22, 8)", "", "comment", 'above the line, without an arrow, "output" or the layer\'s name'),
        ("flat", "(22, 22, 8)", "comment", "no batch axis, and another rank than the output"),
        ("# -> (None, 5)", "None 5", "comment", "above several layers"),
        ("# (None, 3)", "", "comment", "two layers on its line"),
        ("sum", "(B, 3)", "expect", None),
        ("# (None, 28, 28, 7)", "None 28 28 7", "comment", "its layer is no part of the model"),
    ]


def test_a_guard_in_fit_lists_what_is_recorded_on_the_layers(tmp_path):
    scope = run(tmp_path, PROGRAM.replace('ShapeGuard({"last": "B 1"})', "ShapeGuard()"))
    report = scope["ShapeGuard"]().check(scope["model"])
    assert [e.origin for e in report.expectations if e.reason is None] == ["comment", "annotation", "expect"]
