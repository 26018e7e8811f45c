"""Weights that layers of the user's own make: their shapes may be to blame, and follow what the layer is given."""

import pathlib

import keras
import numpy as np
import pytest
from helpers.texts import mended, module_of
from keras import layers, ops

from shapeguard import ShapeGuard, ShapeMismatchError, check
from shapeguard.keras_compat import own_weights


class Scaled(layers.Layer):
    """A weight of a width that is passed in."""

    def __init__(self, units, width):
        super().__init__()
        self.units, self.width = units, width

    def build(self, shape):
        self.kernel = self.add_weight(shape=(self.width, self.units))

    def call(self, x):
        return ops.matmul(x, self.kernel)


class Following(layers.Layer):
    """Two weights: one that follows what comes in, one of a width of its own."""

    def __init__(self, units):
        super().__init__()
        self.units = units

    def build(self, shape):
        self.kernel = self.add_weight(shape=(shape[-1], 16))
        self.bias = self.add_weight(shape=(self.units,), initializer="zeros")

    def call(self, x):
        return x @ self.kernel + self.bias


class Positions(layers.Layer):
    """A table of positions, made before anything comes in."""

    def __init__(self, length, dim):
        super().__init__()
        self.table = self.add_weight(shape=(1, length, dim), initializer="zeros")

    def call(self, x):
        return x + self.table


class Counted(layers.Layer):
    """Counts its calls in a variable that only the layer assigns."""

    def build(self, shape):
        self.calls = self.add_weight(shape=(), initializer="zeros", trainable=False)
        self.kernel = self.add_weight(shape=(7, 4))

    def call(self, x):
        self.calls.assign_add(1.0)
        return x @ self.kernel


def causes_of(build):
    with pytest.raises(ShapeMismatchError) as caught, ShapeGuard():
        build()
    return caught.value.report.diagnoses[0].causes


def test_the_number_behind_a_weight_is_named_at_its_home():
    cause = causes_of(lambda: Scaled(32, 20)(layers.Dense(64)(keras.Input((20,)))))[0]
    edit = cause.edits[0]
    assert (edit.argument, edit.value, edit.suggestion) == ("width", 20, 64)
    assert edit.corrected == "Scaled(32, 64)"


def test_the_literal_in_the_weights_own_line_is_another():
    causes = causes_of(lambda: Following(32)(keras.Input((8,))))[:2]
    assert {each.corrected for cause in causes for each in cause.edits} == {
        "Following(16)",
        "self.add_weight(shape=(shape[-1], 32))",
    }


def test_a_weight_is_called_by_the_name_that_it_gets():
    causes = causes_of(lambda: Following(32)(keras.Input((8,))))
    assert {str(each.layer) for cause in causes for each in cause.edits[0].following} == {
        "self.bias in Following.build",
        "self.kernel in Following.build",
    }


@pytest.mark.parametrize("units", [16, 32])
def test_a_weight_follows_what_the_layer_is_given(units):
    """An input of another width is no fault of a kernel that `build` makes for it."""
    x = keras.Input((8,))
    model = keras.Model(x, layers.Dense(4, name="head")(Following(16)(layers.Dense(12, name="stem")(x))))
    report = check(model, {"stem": f"B {units}"})
    cause = report.diagnoses[0].causes[0]
    assert (cause.layer, cause.suggestion, cause.verified) == ("stem", units, True)


def test_a_table_of_positions_gets_the_length_and_not_one():
    x = layers.Embedding(100, 24)(keras.Input((16,)))
    cause = causes_of(lambda: Positions(20, 24)(x))[0]
    assert (cause.argument, cause.suggestion) == ("length", 16)


def test_one_other_size_of_a_weight_is_told_before_two():
    causes = causes_of(lambda: Scaled(4, 12)(keras.Input((10,))))
    assert [each.suggestion for each in causes[0].edits] == [10]


def test_a_layer_that_assigns_a_variable_of_its_own_is_entered_all_the_same():
    cause = causes_of(lambda: Counted()(keras.Input((5,))))[0]
    assert (cause.edits[0].suggestion, cause.edits[0].corrected) == ((5, 4), "self.add_weight(shape=(5, 4))")


def test_nothing_of_a_layer_is_changed_by_asking():
    layer = Following(16)
    layer(np.zeros((2, 8)))
    kernel, weights = layer.kernel, list(layer.weights)
    assert own_weights.shapes_built(layer, (None, 30)) == [(30, 16), (16,)]
    twin = own_weights.twin_of(layer, keras.KerasTensor((None, 30)), None)
    assert tuple(twin.kernel.shape) == (30, 16)
    assert layer.kernel is kernel
    assert list(map(id, layer.weights)) == list(map(id, weights))
    assert layer.built


def test_a_repair_of_a_weight_is_proven_and_holds():
    class Net(keras.Model):
        def __init__(self, width=20):
            super().__init__()
            self.stem = layers.Dense(64)
            self.own = Scaled(1, width)

        def call(self, x):
            return self.own(self.stem(x))

    model = Net()
    model.compile("sgd", "mse")
    with pytest.raises(ShapeMismatchError) as caught:
        model.fit(np.zeros((4, 5)), np.zeros((4, 1)), verbose=0, callbacks=[ShapeGuard()])
    causes = {each.argument: each for each in caught.value.report.diagnoses[0].causes}
    assert (causes["width"].suggestion, causes["width"].verified) == (64, True)
    fixed = Net(64)
    fixed.compile("sgd", "mse")
    fixed.fit(np.zeros((4, 5)), np.zeros((4, 1)), verbose=0)


class OfAxisOne(layers.Layer):
    """Written for matrices: takes the second axis for the last."""

    def build(self, shape):
        width = shape[1]
        self.kernel = self.add_weight(shape=(width, 4))

    def call(self, x):
        return ops.matmul(x, self.kernel)


class Crossed(layers.Layer):
    """Its weight has the sizes in the other order."""

    def build(self, shape):
        self.kernel = self.add_weight(shape=(4, 2 * shape[-1]))

    def call(self, x):
        return ops.matmul(ops.concatenate([x, x], axis=-1), self.kernel)


@pytest.mark.parametrize(
    ("layer", "shape", "text"),
    [
        (OfAxisOne, (12, 10), "self.add_weight(shape=(shape[-1], 4))"),
        (Crossed, (6,), "self.add_weight(shape=(2 * shape[-1], 4))"),
    ],
    ids=["another axis", "exchanged"],
)
def test_calculated_sizes_of_a_weight_are_told_in_the_words_of_the_line(layer, shape, text):
    class Net(keras.Model):
        def __init__(self):
            super().__init__()
            self.own = layer()
            self.head = layers.Dense(1)

        def call(self, x):
            return self.head(self.own(x))

    model = Net()
    model.compile("sgd", "mse")
    with pytest.raises(ShapeMismatchError) as caught:
        model.fit(np.zeros((3, *shape)), np.zeros((3, *shape[:-1], 1)), verbose=0, callbacks=[ShapeGuard()])
    cause = caught.value.report.diagnoses[0].causes[0]
    assert (cause.edits[0].corrected, cause.verified) == (text, True)


class Odd(layers.Layer):
    """Makes weights in every way that Keras takes."""

    def build(self, shape):
        self.scalar = self.add_weight()
        self.listed = self.add_weight([shape[-1], 2], "zeros", name="listed")
        self.sized = self.add_weight(shape=np.array([3, 2]), initializer="ones")

    def call(self, x):
        return x @ self.listed * self.scalar


def test_weights_of_any_spelling_are_made_as_without_us(recwarn):
    layer = Odd()
    layer(np.zeros((2, 5), "float32"))
    assert [tuple(each.shape) for each in layer.weights] == [(), (5, 2), (3, 2)]
    assert not [each for each in recwarn if "ShapeGuard" in str(each.message)]


def test_a_weight_that_keras_refuses_is_refused_in_its_own_words():
    class Wrong(layers.Layer):
        def build(self, shape):
            self.kernel = self.add_weight(shape=(2, -1))

        def call(self, x):
            return x

    with pytest.raises(ValueError, match="Cannot convert"):
        Wrong()(np.zeros((2, 5), "float32"))


class Whole(layers.Layer):
    """A weight of the shape of a whole batch."""

    def build(self, input_shape):
        self.table = self.add_weight(shape=input_shape)

    def call(self, x):
        return x * self.table


class Table(layers.Layer):
    """Positions for sequences of one length."""

    def __init__(self, length):
        super().__init__()
        self.length = length

    def build(self, input_shape):
        self.table = self.add_weight(shape=(self.length, input_shape[-1]))

    def call(self, x):
        return x + self.table


def test_what_keras_refuses_in_the_users_own_build_is_answered_at_its_line():
    with pytest.raises(ShapeMismatchError) as caught, ShapeGuard():
        Whole()(keras.Input((3,)))
    diagnosis = caught.value.report.diagnoses[0]
    assert diagnosis.causes[0].edits[0].replacement == "(input_shape[-1],)"
    source = pathlib.Path(__file__).read_text(encoding="utf-8").splitlines()
    assert "self.table = self.add_weight(shape=input_shape)" in source[diagnosis.raised_at.line - 1]


@pytest.mark.filterwarnings("ignore:Layer 'table' looks like it has unbuilt state")
def test_no_size_of_a_weight_is_put_beside_the_batch():
    with pytest.raises(ShapeMismatchError) as caught, ShapeGuard():
        Table(100)(keras.Input((80, 32)))
    causes = caught.value.report.diagnoses[0].causes
    assert [(e.argument, e.value, e.suggestion) for e in causes[0].edits] == [("length", 100, 80)]
    assert all("Pooling1D" not in str(e.suggestion) for cause in causes for e in cause.edits)


JOINED = """
import keras
import numpy as np
from keras import layers, ops

class Joined(layers.Layer):
    def __init__(self, units, count):
        super().__init__()
        self.units, self.count = units, count

    def build(self, input_shape):
        width = input_shape[-1]
        self.gate = self.add_weight(shape=({width}, self.units))
        self.bias = self.add_weight(shape=(self.units,), initializer="zeros")

    def call(self, x):
        steps = [ops.roll(x, step, axis=1) for step in range({times})]
        return ops.concatenate(steps, axis=-1) @ self.gate + self.bias

class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.one = Joined(16, 2)
        self.two = Joined(8, {second})
        self.head = layers.Dense(1)

    def call(self, x):
        return self.head(self.two(self.one(x)))

model = Net()
model.compile("sgd", "mse")
model.fit(np.zeros((4, 10, 6)), np.zeros((4, 10, 1)), verbose=0)
"""


def joined(tmp_path, **words):
    """(causes, path) of a program whose layers join several tensors before one weight."""
    path = tmp_path / "program.py"
    text = JOINED
    for name, word in words.items():
        text = text.replace(f"{{{name}}}", word)
    path.write_text(text, encoding="utf-8")
    return causes_of(lambda: module_of(path)), path


@pytest.mark.filterwarnings("ignore:.*unbuilt state", "ignore:`build\\(\\)` was called on layer")
@pytest.mark.parametrize(
    ("words", "text"),
    [
        ({"width": "width", "times": "self.count", "second": "2"}, "(width * self.count, self.units)"),
        ({"width": "width", "times": "self.count", "second": "3"}, "(width * self.count, self.units)"),
        ({"width": "width", "times": "4", "second": "2"}, "(width * 4, self.units)"),
        ({"width": "input_shape[-1]", "times": "3", "second": "2"}, "(input_shape[-1] * 3, self.units)"),
    ],
    ids=["an attribute", "an attribute that differs", "a number", "of an index"],
)
def test_a_weight_for_joined_tensors_is_a_multiple_in_all_layers_of_its_line(tmp_path, words, text):
    causes, path = joined(tmp_path, **words)
    assert text in causes[0].edits[0].corrected
    assert causes[0].verified
    assert causes[0].confidence == "possible"  # a sum of the tensors would do as well
    mended(path, causes[0])
