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
