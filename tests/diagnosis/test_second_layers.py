"""A layer that Keras refuses to call again on another size: a second layer is made, in the text of the program."""

import textwrap

import pytest
from helpers.texts import mended, module_of

from shapeguard import ShapeGuard, ShapeMismatchError

HEADER = """
    import keras
    import numpy as np
    from keras import layers
"""
TWICE = """
    class Twice(keras.Model):
        def __init__(self):
            super().__init__()
            self.first = layers.Dense(10)
            self.second = layers.Dense(20)  # wide
            self.out = layers.Dense(1)

        def call(self, x):
            return self.out(self.second(self.second(self.first(x))))

    model = Twice()
    model.compile("sgd", "mse")
    model.fit(np.zeros((8, 6)), np.zeros((8, 1)), verbose=0)
"""
NORMED = """
    class Normed(keras.Model):
        def __init__(self):
            super().__init__()
            self.few = layers.Conv2D(6, 3)
            self.many = layers.Conv2D(16, 3)
            self.norm = layers.BatchNormalization()
            self.pool = layers.MaxPooling2D(2)
            self.flat = layers.Flatten()
            self.out = layers.Dense(1)

        def call(self, x):
            x = self.pool(self.norm(self.few(x)))
            return self.out(self.flat(self.norm(self.many(x))))

    model = Normed()
    model.compile("sgd", "mse")
    model.fit(np.zeros((4, 14, 14, 1)), np.zeros((4, 1)), verbose=0)
"""
BUILDER = """
    x = keras.Input((6,))
    h = layers.Dense(10)(x)
    dense = layers.Dense(20, activation="relu")
    h = dense(dense(h))
    model = keras.Model(x, layers.Dense(1)(h))
"""
SHARED = """
    one, other = keras.Input((6,)), keras.Input((6,))
    code = layers.Dense(4)
    a = code(layers.Dense(8, name="a")(one))
    b = code(layers.Dense(9, name="b")(other))
    model = keras.Model([one, other], layers.Subtract()([a, b]))
"""


def crashed(tmp_path, text):
    """(causes, path) of a program that Keras refuses."""
    path = tmp_path / "program.py"
    path.write_text(textwrap.dedent(HEADER) + textwrap.dedent(text), encoding="utf-8")
    with pytest.raises(ShapeMismatchError) as caught, ShapeGuard():
        module_of(path)
    return caught.value.report.diagnoses[0].causes, path


@pytest.mark.filterwarnings("ignore:.*unbuilt state")
def test_a_layer_that_serves_two_sizes_is_told_before_its_units(tmp_path):
    causes, path = crashed(tmp_path, TWICE)
    first = causes[0]
    assert (first.kind, first.argument, first.suggestion) == ("structure", "replace", "layers.Dense(20)")
    assert first.title.endswith("serves two sizes, 10 and 20")
    assert "call 1:" in first.explanation
    assert "call 2:" in first.explanation
    assert first.verified
    assert "units" in {cause.argument for cause in causes[1:]}
    text = mended(path, first)
    assert "# wide\n        self.second_2 = layers.Dense(20)\n" in text
    assert "self.out(self.second_2(self.second(self.first(x))))" in text


@pytest.mark.filterwarnings("ignore:.*unbuilt state")
def test_a_proof_knows_that_the_first_call_which_is_not_made_again_has_built_the_layer(tmp_path):
    causes, _ = crashed(tmp_path, NORMED)
    assert causes[0].title.endswith("serves two sizes, 6 and 16")
    assert "max_pooling2d" not in {cause.layer for cause in causes if cause.verified}


def test_in_a_builder_the_second_call_gets_a_layer_of_its_own(tmp_path):
    causes, path = crashed(tmp_path, BUILDER)
    first = causes[0]
    assert first.title.endswith("serves two sizes, 10 and 20")
    assert 'dense_2 = layers.Dense(20, activation="relu")\nh = dense_2(dense(h))\n' in mended(path, first)


def test_where_two_ways_share_a_layer_the_size_of_one_is_told_first(tmp_path):
    causes, _ = crashed(tmp_path, SHARED)
    assert causes[0].argument == "units"
    assert any(cause.title.endswith("serves two sizes, 8 and 9") for cause in causes[1:])


@pytest.mark.filterwarnings("ignore:.*unbuilt state")
def test_in_a_loop_there_is_no_text_and_nothing_is_verified(tmp_path):
    loop = TWICE.replace(
        "            return self.out(self.second(self.second(self.first(x))))",
        "            x = self.first(x)\n            for _ in range(2):\n                x = self.second(x)\n"
        "            return self.out(x)",
    )
    causes, _ = crashed(tmp_path, loop)
    split = next(cause for cause in causes if "serves two sizes" in cause.title)
    assert (split.verified, split.edits[0].replacement) == (False, None)
