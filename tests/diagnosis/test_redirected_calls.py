"""A layer that is there, and called on the wrong one of two tensors that meet behind it."""

import textwrap

import pytest
from helpers.texts import mended, module_of

from shapeguard import ShapeGuard, ShapeMismatchError

pytestmark = pytest.mark.filterwarnings("ignore:.*unbuilt state", "ignore:`build\\(\\)` was called on layer")
BLOCK = """
    import keras
    import numpy as np
    from keras import layers, ops

    class Block(layers.Layer):
        def __init__(self, width):
            super().__init__()
            self.first = layers.Dense(width, activation="relu")
            self.second = layers.Dense(width)
            self.norm = layers.LayerNormalization()
            self.match = layers.Dense(width, use_bias=False)
            self.add = layers.Add()

        def call(self, x):
            {body}

    class Net(keras.Model):
        def __init__(self):
            super().__init__()
            self.one = Block(16)
            self.two = Block(32)
            self.head = layers.Dense(1)

        def call(self, x):
            return self.head(self.two(self.one(x)))

    model = Net()
    model.compile("sgd", "mse")
    model.fit(np.zeros((4, 10, 6)), np.zeros((4, 10, 1)), verbose=0)
"""
RENEWED = """h = self.second(self.first(x))
h = self.match(h)
h = self.norm(h)
return self.add([h, x])"""
NAMED = """h = self.second(self.first(x))
way = self.match(h)  # the short way
return x + way"""
INLINE = """h = self.second(self.first(x))
return ops.maximum(x, self.match(h))"""
READ_BETWEEN = """h = self.second(self.first(x))
h = self.match(h)
h = h * ops.mean(x, axis=-1, keepdims=True)
return x + h"""
IN_A_LOOP = """h = self.second(self.first(x))
for _ in range(1):
    h = self.match(h)
return x + h"""
SHRUNK = """
    import keras
    import numpy as np
    from keras import layers

    class Shrink(keras.Model):
        def __init__(self):
            super().__init__()
            self.conv = layers.Conv2D(8, 3, strides=2, padding="same")
            self.pool = layers.AveragePooling2D(2)
            self.head = layers.GlobalAveragePooling2D()

        def call(self, x):
            y = self.conv(x)
            y = self.pool(y)
            return self.head(x + y)

    model = Shrink()
    model.compile("sgd", "mse")
    model.fit(np.zeros((4, 16, 16, 8)), np.zeros((4, 8)), verbose=0)
"""


def crashed(tmp_path, text):
    """(causes, path) of a program that Keras refuses."""
    path = tmp_path / "program.py"
    path.write_text(textwrap.dedent(text), encoding="utf-8")
    with pytest.raises(ShapeMismatchError) as caught, ShapeGuard():
        module_of(path)
    return caught.value.report.diagnoses[0].causes, path


def block(body):
    """The program whose block has this body."""
    return textwrap.dedent(BLOCK).replace("{body}", textwrap.indent(body, " " * 8).strip())


def moves(causes):
    """The changes of tensors among the causes: the new texts of each."""
    return [[edit.replacement for edit in each.edits] for each in causes if each.kind == "inputs"]


@pytest.mark.parametrize(
    ("body", "texts"),
    [
        (RENEWED, ["x = self.match(x)"]),
        (NAMED, ["way = self.match(x)", "h + way"]),
        (INLINE, ["ops.maximum(h, self.match(x))"]),
    ],
    ids=["the tensor keeps its name", "what it gives has a name", "in the sum itself"],
)
def test_a_projection_on_the_wrong_way_is_moved(tmp_path, body, texts):
    causes, path = crashed(tmp_path, block(body))
    assert moves(causes[:1]) == [texts]
    assert causes[0].verified
    mended(path, causes[0])


@pytest.mark.parametrize("body", [READ_BETWEEN, IN_A_LOOP], ids=["read between", "in a loop"])
def test_a_call_is_not_moved_where_the_names_mean_something_else_behind_it(tmp_path, body):
    causes, _ = crashed(tmp_path, block(body))
    assert not moves(causes)


def test_a_layer_that_changes_sizes_is_not_moved_for_sure(tmp_path):
    causes, path = crashed(tmp_path, SHRUNK)
    moved = next(cause for cause in causes if cause.kind == "inputs")
    assert moved.confidence == "possible"
    mended(path, moved)


INDEXED = """h = ops.mean(self.second(self.first(x)), axis=1)
return x + self.match(h)[:, None, :]"""


def test_a_layer_whose_result_is_indexed_stays_where_it_is(tmp_path):
    path = tmp_path / "program.py"
    path.write_text(
        textwrap.dedent(BLOCK).replace("{body}", textwrap.indent(INDEXED, " " * 8).lstrip()), encoding="utf-8"
    )
    with pytest.raises(ShapeMismatchError) as caught, ShapeGuard():
        module_of(path)
    titles = [cause.title for cause in caught.value.report.diagnoses[0].causes]
    assert titles
    assert not any("is applied to" in title for title in titles)
