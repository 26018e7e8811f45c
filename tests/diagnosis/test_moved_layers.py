"""A layer that takes axes away, called before the last one that needs them: its place is wrong, not the layer."""

import textwrap

import keras
import pytest
from helpers.texts import applied, mended, module_of
from keras import layers

from shapeguard import ShapeGuard, ShapeMismatchError
from shapeguard.trace.replay import replay

pytestmark = pytest.mark.filterwarnings("ignore:.*unbuilt state", "ignore:`build\\(\\)` was called on layer")
PROGRAM = """
    import keras
    import numpy as np
    from keras import layers, ops

    class Net(keras.Model):
        def __init__(self):
            super().__init__()
            self.conv = layers.Conv2D(8, 3)
            self.second = layers.Conv2D(16, 3)
            self.pool = layers.MaxPooling2D()
            self.flat = layers.Flatten()
            self.body = keras.Sequential([layers.Conv2D(8, 3), layers.Flatten(), layers.MaxPooling2D()])
            self.grown = keras.Sequential()
            self.grown.add(layers.Conv2D(8, 3))
            self.grown.add(layers.Flatten())
            self.grown.add(layers.MaxPooling2D())
            self.out = layers.Dense(10)

        def call(self, x):
            {call}

    model = Net()
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(np.zeros((8, 20, 20, 1)), np.zeros((8,)), verbose=0)
"""
LAYER = "'flatten' (Flatten)"
CALLS = {
    "a line each": (
        "x = self.conv(x)\nx = self.flat(x)\nx = self.pool(x)\nreturn self.out(x)",
        "x = self.conv(x)\nx = self.pool(x)\nx = self.flat(x)\nreturn self.out(x)\n",
    ),
    "two that need the axes": (
        "x = self.flat(self.conv(x))\nx = self.pool(self.second(x))\nreturn self.out(x)",
        "x = self.conv(x)\nx = self.pool(self.second(x))\nx = self.flat(x)\nreturn self.out(x)\n",
    ),
    "one call in the other": (
        "return self.out(self.pool(self.flat(self.conv(x))))",
        "return self.out(self.flat(self.pool(self.conv(x))))\n",
    ),
    "a list of layers": (
        "return self.out(self.body(x))",
        "[layers.Conv2D(8, 3), layers.MaxPooling2D(), layers.Flatten()]",
    ),
    "layers that are added": (
        "return self.out(self.grown(x))",
        "self.grown.add(layers.MaxPooling2D())\nself.grown.add(layers.Flatten())\n",
    ),
}


def crashed(tmp_path, call, program=PROGRAM):
    path = tmp_path / "program.py"
    path.write_text(textwrap.dedent(program).format(call=call.replace("\n", "\n        ")), encoding="utf-8")
    with pytest.raises(ShapeMismatchError) as caught, ShapeGuard():
        module_of(path)
    return caught.value.report.diagnoses[0], path


@pytest.mark.parametrize(("call", "then"), CALLS.values(), ids=CALLS)
def test_a_flatten_before_the_pooling_is_moved_behind_it(call, then, tmp_path):
    diagnosis, path = crashed(tmp_path, call)
    cause = diagnosis.causes[0]
    assert (cause.confidence, cause.verified, cause.kind) == ("cause", True, "structure")
    assert "is called too early" in cause.title
    assert {edit.argument for edit in cause.edits} == {"remove", "insert_after"}
    assert then in textwrap.dedent(mended(path, cause)).replace("\n        ", "\n")


def test_what_comes_out_behind_the_other_layer_is_told(tmp_path):
    cause = crashed(tmp_path, CALLS["a line each"][0])[0].causes[0]
    assert cause.title == f"{LAYER} is called too early: 'max_pooling2d' needs the axes that it takes away"
    assert cause.explanation == "behind 'max_pooling2d':  (8, 9, 9, 8) -> (8, 648)"
    assert cause.edits[1].corrected == "x = self.pool(x)\nx = self.flat(x)"


def test_a_layer_that_is_left_out_for_good_is_not_moved(tmp_path):
    program = PROGRAM.replace("MaxPooling2D", "GlobalMaxPooling2D")
    cause = crashed(tmp_path, CALLS["a line each"][0], program)[0].causes[0]
    assert cause.title == "extra layer 'flatten' (Flatten)"


def test_an_operation_is_moved_with_its_line_and_not_called_verified(tmp_path):
    call = "x = self.conv(x)\nx = ops.reshape(x, (ops.shape(x)[0], -1))\nx = self.pool(x)\nreturn self.out(x)"
    diagnosis, path = crashed(tmp_path, call)
    cause = diagnosis.causes[0]
    assert cause.title.startswith("`ops.reshape` in `Net.call` is called too early")
    assert (cause.verified, cause.proof) == (False, "it was not run at its other place")
    text = applied(path, cause).replace("\n        ", "\n")
    assert "x = self.conv(x)\nx = self.pool(x)\nx = ops.reshape(x, (ops.shape(x)[0], -1))\nreturn" in text


def test_places_in_two_functions_are_told_in_words_alone(tmp_path):
    program = PROGRAM.replace("layers.Flatten(), layers.MaxPooling2D()]", "layers.Flatten()]")
    cause = crashed(tmp_path, "return self.out(self.pool(self.body(x)))", program)[0].causes[0]
    assert cause.fix_note == "call 'flatten_1' behind 'max_pooling2d'"
    assert [edit.replaces for edit in cause.edits] == [None, None]


def test_a_sequential_that_was_looked_into_is_built_by_keras_as_before(tmp_path):
    call = "return self.out(self.body(x))"
    _, path = crashed(tmp_path, call)
    with pytest.raises(ValueError, match="expected ndim=4"):
        module_of(path)
    body = keras.Sequential([layers.Dense(2)])
    replay(keras.Sequential([body]), keras.KerasTensor((4, 3)))
    body.build((None, 3))
    assert body.built
    assert body.output_shape == (None, 2)
