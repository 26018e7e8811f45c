"""Cells of the user's own: Keras' symbolic call of a recurrent layer runs none, so that one step is looked at."""

import keras
import numpy as np
import pytest
from keras import layers, ops

from shapeguard import ShapeGuard, ShapeMismatchError, check


class Gated(layers.Layer):
    """A cell with as many gates in what is fed back as it is told."""

    def __init__(self, units, gates):
        super().__init__()
        self.units, self.gates = units, gates
        self.state_size = [units, units]

    def build(self, input_shape):
        self.kernel = self.add_weight(shape=(input_shape[-1], 4 * self.units))
        self.recurrent = self.add_weight(shape=(self.units, self.gates * self.units))

    def call(self, inputs, states):
        hidden, memory = states
        z = ops.matmul(inputs, self.kernel) + ops.matmul(hidden, self.recurrent)
        i, f, g, o = ops.split(z, 4, axis=-1)
        memory = ops.sigmoid(f) * memory + ops.sigmoid(i) * ops.tanh(g)
        return ops.sigmoid(o) * memory, [ops.sigmoid(o) * memory, memory]


class Reading(layers.Layer):
    """A cell that hands its output back as the next state."""

    def __init__(self, units, read):
        super().__init__()
        self.units = units
        self.state_size, self.output_size = units, read
        self.read = self.add_weight(shape=(units, read))

    def call(self, inputs, states):
        output = ops.matmul(states[0], self.read)
        return output, [output]


class Narrow(layers.Layer):
    """A cell whose weights are for inputs of one width."""

    def __init__(self, width, units):
        super().__init__()
        self.state_size = units
        self.kernel = self.add_weight(shape=(width, units))

    def call(self, inputs, states):
        output = ops.matmul(inputs, self.kernel) + states[0]
        return output, [output]


def diagnosed(cell, *, before=(), inputs=(7, 6), **options):
    """The diagnosis of a `fit` of a model around a cell."""
    rnn = layers.RNN(cell, name="rnn", **options)
    model = keras.Sequential([keras.Input(inputs), *before, rnn, layers.Dense(1)])
    model.compile("sgd", "mse")
    x = np.ones((4, *inputs), "float32")
    with pytest.raises(ShapeMismatchError) as caught, ShapeGuard():
        model.fit(x, np.ones((4, *model.output_shape[1:]), "float32"), verbose=0)
    return caught.value.report.diagnoses[0]


def edits(diagnosis):
    return [[(e.argument, e.value, e.suggestion) for e in cause.edits] for cause in diagnosis.causes]


def test_a_weight_of_a_cell_is_to_blame_by_its_line():
    diagnosis = diagnosed(Gated(24, 3))
    assert diagnosis.code == "SG601"
    assert ("gates", 3, 4) in edits(diagnosis)[0]


def test_a_layer_before_the_cell_may_be_to_blame_through_the_axis_of_steps():
    diagnosis = diagnosed(Narrow(32, 8), before=[layers.Dense(16, name="before")])
    found = [edit for cause in edits(diagnosis) for edit in cause]
    assert ("units", 16, 32) in found
    assert ("width", 32, 16) in found


def test_a_state_that_changes_its_size_is_told_and_solved():
    diagnosis = diagnosed(Reading(10, 4), return_sequences=True)
    assert "`next state` in `Reading.call` does not accept (4, 10), (4, 4)" in diagnosis.headline
    assert edits(diagnosis)[0] == [("read", 4, 10)]


@pytest.mark.parametrize("options", [{}, {"return_sequences": True}, {"return_state": True}])
def test_a_right_cell_gives_what_keras_says_of_it(options):
    x = keras.Input((7, 6))
    rnn = layers.RNN(Gated(5, 4), name="rnn", **options)
    outputs = keras.tree.flatten(rnn(x))
    report = check(keras.Model(x, outputs))
    row = next(row for row in report.rows if row.layer == "rnn")
    shapes = [tuple(each.shape) for each in outputs]
    assert report.ok
    assert row.actual == (shapes[0] if len(shapes) == 1 else tuple(shapes))
