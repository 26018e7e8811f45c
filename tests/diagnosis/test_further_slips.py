"""Slips in what a function makes of its tensors: sizes of a reshape, states, masks, and tensors that are joined."""

import keras
import pytest
from helpers.slips import refused, told
from helpers.texts import applied, mended

of_tensorflow = pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="the program is of TensorFlow")
pytestmark = pytest.mark.filterwarnings("ignore:.*unbuilt state", "ignore:`build\\(\\)` was called on layer")
SIDE_BY_SIDE = """
class SideBySide(layers.Layer):
    def call(self, frames):
        high, wide = frames.shape[1], frames.shape[2]
        rows = ops.reshape(frames, (-1, 4, high, wide, 3))
        rows = ops.transpose(rows, (0, 2, 1, 3, 4))
        return ops.reshape(rows, (-1, high, 4 * wide, rows.shape[-1]))

keras.Sequential([SideBySide(), layers.Conv2D(4, 3)])(np.zeros((8, 5, 6, 2), "float32"))
"""
CELLS = """
class Cells(layers.Layer):
    def call(self, steps):
        grid = ops.reshape(steps, [ops.shape(steps)[0], 4, 4, 3])
        return ops.mean(grid, axis=[1, 2])

model = keras.Sequential([Cells(), layers.Dense(3)])
model.compile("sgd", "mse")
model.fit(np.zeros((8, 16, 5)), np.zeros((8, 3)), verbose=0)
"""
MASK = """
class Block(layers.Layer):
    def __init__(self):
        super().__init__()
        self.attention = layers.MultiHeadAttention(num_heads=5, key_dim=4)

    def call(self, x, keep, near):
        mask = ops.logical_and(ops.cast(near, "bool"), ops.cast(keep[:, None, None, :], "bool"))
        return self.attention(x, x, attention_mask=mask)

class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.block = Block()
        self.head = layers.Dense(1)

    def call(self, data):
        return self.head(self.block(data["x"], data["keep"], data["near"]))

model = Net()
model.compile("sgd", "mse")
data = {"x": np.zeros((3, 7, 6)), "keep": np.ones((3, 7)), "near": np.ones((3, 7, 7))}
model.fit(data, np.zeros((3, 7, 1)), verbose=0)
"""
CELL = """
class Mix(layers.Layer):
    def __init__(self, units):
        super().__init__()
        self.units = units
        self.state_size = units
        self.mix = layers.Dense(units, activation="tanh")

    def get_initial_state(self, batch_size=None):
        return [{state}]

    def call(self, x, states):
        level = {level}
        return level, [level]

model = keras.Sequential([layers.RNN(Mix(4)), layers.Dense(1)])
model.compile("sgd", "mse")
model.fit(np.zeros((8, 5, 3)), np.zeros((8, 1)), verbose=0)
"""
JOINED = "self.mix(ops.concatenate([x, states[0]], axis=-1))"
ADDED = "0.9 * states[0] + self.mix(x)"
STATES = """
class Net(keras.Model):
    def __init__(self, units=6):
        super().__init__()
        self.units = units
        self.lstm = layers.LSTM(units)

    def call(self, x):
        states = [ops.zeros([self.units]), ops.ones([self.units])]
        return self.lstm(x, initial_state=states)

model = Net()
model.compile("sgd", "mse")
model.fit(np.zeros((8, 5, 3)), np.zeros((8, 6)), verbose=0)
"""
NOISE = """
class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.code = layers.Dense(6)
        self.out = layers.Dense(3)

    def call(self, x):
        noise = keras.random.normal((4,))
        return self.out(ops.concatenate([self.code(x), noise], axis=-1))

model = Net()
model.compile("sgd", "mse")
model.fit(np.zeros((8, 5)), np.zeros((8, 3)), verbose=0)
"""
MATRICES = """
import tensorflow as tf

class Turned(keras.Model):
    def __init__(self, size=6):
        super().__init__()
        self.size = size
        self.add = layers.Concatenate(axis=1)

    def call(self, x):
        return self.add([tf.eye(self.size), x])

Turned()(np.zeros((8, 5, 6), "float32"))
"""
PAIRS = """
class Pairs(keras.Model):
    def __init__(self):
        super().__init__()
        self.join = layers.Concatenate(axis=-1)
        self.score = layers.Dense(1)

    def call(self, inputs):
        one, other = inputs
        pairs = {join}([{one}, {other}]{axis})
        return ops.squeeze(self.score(pairs), -1)

model = Pairs()
model.compile("sgd", "mse")
model.fit([np.zeros((8, 5, 4)), np.zeros((8, 7, 4))], np.zeros((8, 5, 7)), verbose=0)
"""
FIRST_ROW = """
class FirstRow(layers.Layer):
    def build(self, shape):
        self.row = self.add_weight(shape=(1, 1, shape[-1]))

    def call(self, x):
        return ops.concatenate([self.row, x], axis=1)

model = keras.Sequential([FirstRow(), layers.Dense(3)])
model.compile("sgd", "mse")
model.fit(np.zeros((8, 5, 4)), np.zeros((8, 6, 3)), verbose=0)
"""
LAST = """
class Context(keras.Model):
    def __init__(self):
        super().__init__()
        self.gru = layers.GRU(6)
        self.score = layers.Dense(3)

    def call(self, x):
        last = ops.expand_dims(self.gru(x), 1)
        return self.score(ops.concatenate([x, last], axis=-1))

model = Context()
model.compile("sgd", "mse")
model.fit(np.zeros((8, 5, 4)), np.zeros((8, 5, 3)), verbose=0)
"""


def lines_of(path, causes):
    """The lines of the program as each cause with a text writes it, together."""
    written = (applied(path, each) for each in causes if all(edit.replaces for edit in each.edits))
    return [line.strip() for text in written for line in text.splitlines()]


def test_a_size_that_a_reshape_writes_as_a_number_is_told(tmp_path):
    causes = told(tmp_path, SIDE_BY_SIDE, "rows = ops.reshape(frames, (-1, 4, high, wide, frames.shape[-1]))")
    assert causes[0].confidence == "possible"


def test_the_other_sizes_of_a_reshape_stay_as_they_are_written(tmp_path):
    causes, path = refused(tmp_path, CELLS)
    assert "grid = ops.reshape(steps, [ops.shape(steps)[0], 4, 4, steps.shape[-1]])" in lines_of(path, causes[:2])
    assert not any("steps.shape[2]" in line for line in lines_of(path, causes))  # the same size
    mended(path, causes[0])


@pytest.mark.skipif(keras.backend.backend() == "torch", reason="Keras wraps what PyTorch raises while it builds")
def test_an_index_adds_an_axis_too_many_to_a_mask(tmp_path):
    line = 'mask = ops.logical_and(ops.cast(near, "bool"), ops.cast(keep[:, None, :], "bool"))'
    causes = told(tmp_path, MASK, line)
    assert causes[0].confidence == "possible"


@pytest.mark.parametrize(
    ("state", "level", "line"),
    [
        ("ops.zeros((self.units,))", JOINED, "return [ops.zeros((batch_size, self.units))]"),
        ("ops.ones(1)", JOINED, "return [ops.ones((batch_size, self.state_size))]"),
        ("ops.zeros(self.units)", ADDED, "return [ops.zeros((batch_size, self.units))]"),
    ],
    ids=["a shape", "a number", "a step that takes it"],
)
def test_a_cell_begins_without_samples(tmp_path, state, level, line):
    causes = told(tmp_path, CELL.replace("{state}", state).replace("{level}", level), line)
    assert causes[0].confidence == "possible"


def test_the_states_of_a_list_are_made_for_all_samples_together(tmp_path):
    samples = "ops.shape(x)[0]"
    line = f"states = [ops.zeros([{samples}, self.units]), ops.ones([{samples}, self.units])]"
    told(tmp_path, STATES, line)


def test_noise_is_drawn_for_each_sample(tmp_path):
    told(tmp_path, NOISE, "noise = keras.random.normal((ops.shape(x)[0], 4))")


@of_tensorflow
def test_a_square_matrix_is_made_for_each_sample(tmp_path):
    told(tmp_path, MATRICES, "return self.add([tf.eye(self.size, batch_shape=[tf.shape(x)[0]]), x])")


@pytest.mark.parametrize(
    ("join", "axis", "one", "other"),
    [
        ("ops.concatenate", ", axis=-1", "ops.expand_dims(one, 2)", "ops.expand_dims(other, axis=1)"),
        ("self.join", "", "one[:, :, None, :]", "other[:, None]"),
    ],
    ids=["by a function", "by a layer"],
)
def test_what_is_joined_pair_by_pair_is_tiled_first(tmp_path, join, axis, one, other):
    written = {"{join}": join, "{axis}": axis, "{one}": one, "{other}": other}
    text = PAIRS
    for name, value in written.items():
        text = text.replace(name, value)
    tiled = f"[ops.tile({one}, [1, 1, other.shape[1], 1]), ops.tile({other}, [1, one.shape[1], 1, 1])]"
    told(tmp_path, text, f"pairs = {join}({tiled}{axis})")


def test_a_weight_that_is_put_before_each_sample_is_tiled_first(tmp_path):
    told(tmp_path, FIRST_ROW, "return ops.concatenate([ops.tile(self.row, [ops.shape(x)[0], 1, 1]), x], axis=1)")


def test_one_vector_for_each_sample_is_tiled_before_it_is_joined_with_steps(tmp_path):
    told(tmp_path, LAST, "return self.score(ops.concatenate([x, ops.tile(last, [1, x.shape[1], 1])], axis=-1))")
