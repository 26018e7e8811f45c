"""Numbers behind what a `call` counts and calculates: tensors made of numbers, sizes of tensors, equal parts."""

import textwrap

import keras
import pytest
from helpers.texts import mended, module_of
from keras import layers, ops

from shapeguard import ShapeGuard, ShapeMismatchError

pytestmark = pytest.mark.filterwarnings("ignore:.*unbuilt state", "ignore:`build\\(\\)` was called on layer")
HEADER = """
    import keras
    import numpy as np
    import tensorflow as tf
    from keras import layers, ops
"""
POSITIONS = """
    class Positions(layers.Layer):
        def __init__(self, longest, width):
            super().__init__()
            self.longest = longest
            self.words = layers.Embedding(100, width)
            self.places = layers.Embedding(longest, width)

        def call(self, x):
            return self.words(x) + self.places({count})

    model = keras.Sequential([Positions(16, 8), layers.GlobalAveragePooling1D(), layers.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(np.zeros((8, 12), "int32"), np.zeros((8, 1)), verbose=0)
"""
WINDOWS = """
    def cut(x, side):
        _, h, w, c = x.shape
        x = ops.reshape(x, (-1, h // side, side, w // side, side, c))
        x = ops.transpose(x, (0, 1, 3, 2, 4, 5))
        return ops.reshape(x, (-1, side * side, c))

    def joined(x, side, h, w, c):
        x = ops.reshape(x, (-1, h // side, w // side, side, side, c))
        x = ops.transpose(x, (0, 1, 3, 2, 4, 5))
        return ops.reshape(x, (-1, h, w, c))

    class Windows(layers.Layer):
        def __init__(self, side):
            super().__init__()
            self.side = side
            self.mix = layers.Dense(16)

        def call(self, x):
            _, h, w, c = x.shape
            return joined(self.mix(cut(x, self.side)), self.side, h, w, c)

    image = keras.Input((64, 64, 3))
    h = Windows(7)(layers.Conv2D(16, 4, strides=4)(image))
    model = keras.Model(image, layers.Dense(3)(layers.GlobalAveragePooling2D()(h)))
    model.compile("sgd", "mse")
    model.fit(np.zeros((4, 64, 64, 3)), np.zeros((4, 3)), verbose=0)
"""
PARTS = """
    class Attend(layers.Layer):
        def __init__(self, dim):
            super().__init__()
            self.three = layers.Dense(2 * dim)
            self.out = layers.Dense(dim)

        def call(self, x):
            q, k, v = ops.split(self.three(x), 3, axis=-1)
            scores = ops.softmax(ops.matmul(q, ops.transpose(k, (0, 2, 1))))
            return x + self.out(ops.matmul(scores, v))

    model = keras.Sequential([Attend(16)])
    model.compile("sgd", "mse")
    model.fit(np.zeros((4, 6, 16)), np.zeros((4, 6, 16)), verbose=0)
"""
LETTERS = """
    class Attend(layers.Layer):
        def __init__(self, dim):
            super().__init__()
            self.q, self.k, self.v = layers.Dense(dim), layers.Dense(dim), layers.Dense(dim)

        def call(self, x, context):
            s = ops.softmax(ops.einsum("bqd,bkd->bqk", self.q(x), self.k(context)))
            return ops.einsum("bqk,bqd->bqd", s, self.v(context))

    Attend(12)(keras.Input((5, 16)), keras.Input((7, 24)))
"""
SCALED = """
    class Scaled(layers.Layer):
        def __init__(self, **options):
            self.channels = options.pop("channels", 8)
            super().__init__(**options)
            self.gain, self.shift = layers.Dense(self.channels), layers.Dense(self.channels)

        def call(self, x, condition):
            return x * self.gain(condition)[:, None, None, :] + self.shift(condition)[:, None, None, :]

    Scaled()(keras.Input((8, 8, 16)), keras.Input((5,)))
"""


def crashed(tmp_path, text):
    """(causes, path) of a program that Keras refuses."""
    path = tmp_path / "program.py"
    path.write_text(textwrap.dedent(HEADER) + textwrap.dedent(text), encoding="utf-8")
    with pytest.raises(ShapeMismatchError) as caught, ShapeGuard():
        module_of(path)
    return caught.value.report.diagnoses[0].causes, path


@pytest.mark.parametrize(
    "count", ["ops.arange(self.longest)", "ops.arange(0, self.longest)", "tf.range(start=0, limit=self.longest)"]
)
def test_a_number_that_is_counted_to_is_followed_home(count, tmp_path):
    causes, path = crashed(tmp_path, POSITIONS.format(count=count))
    (edit,) = causes[0].edits
    assert (edit.argument, edit.value, edit.suggestion) == ("longest", 16, 12)
    mended(path, causes[0])


def test_counted_numbers_whose_values_are_looked_at_leave_the_layer_as_it_was(tmp_path):
    count = "tf.constant(np.array(ops.arange(self.longest)))"
    causes, _ = crashed(tmp_path, POSITIONS.format(count=count))
    assert all(not cause.verified or cause.edits[0].suggestion != 12 for cause in causes)


def test_a_size_of_a_tensor_is_known_where_a_number_divides_it(tmp_path):
    causes, path = crashed(tmp_path, WINDOWS)
    (edit,) = causes[0].edits
    assert (edit.argument, edit.value, edit.suggestion, causes[0].verified) == ("side", 7, 8, True)
    mended(path, causes[0])


def test_a_factor_follows_the_number_of_parts(tmp_path):
    causes, path = crashed(tmp_path, PARTS)
    (edit,) = causes[0].edits
    assert (edit.layer, edit.corrected) == ("dense", "layers.Dense(3 * dim)")
    mended(path, causes[0])


def test_an_equation_in_which_every_sum_multiplies_comes_first(tmp_path):
    causes, _ = crashed(tmp_path, LETTERS)
    assert causes[0].suggestion == "bqk,bkd->bqd"


def test_an_input_is_not_the_cause_where_a_width_gets_past_the_fault(tmp_path):
    causes, _ = crashed(tmp_path, SCALED)
    assert (causes[0].argument, causes[0].suggestion, causes[0].confidence) == ("units", 16, "possible")


def test_rows_that_were_made_without_the_batch_are_not_put_beside_it():
    class Placed(layers.Layer):
        def __init__(self):
            super().__init__()
            self.words, self.places = layers.Embedding(50, 8), layers.Embedding(100, 8)

        def call(self, tokens):
            return self.words(tokens) + self.places(ops.arange(100))

    with pytest.raises(ShapeMismatchError) as caught, ShapeGuard():
        Placed()(keras.Input((80,), dtype="int32"))
    first = caught.value.report.diagnoses[0].causes[0]
    assert [edit.suggestion for edit in first.edits] == [80]
