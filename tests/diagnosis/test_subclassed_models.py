"""Models written in `call` that go into `fit`: what the batch, the targets and a second fault say of a repair."""

import textwrap

import keras
import numpy as np
import pytest
from helpers.texts import applied, mended, module_of
from keras import layers, ops

from shapeguard import ShapeGuard, ShapeMismatchError

pytestmark = pytest.mark.filterwarnings("ignore:.*unbuilt state")
HEADER = """
    import keras
    import numpy as np
    from keras import layers, ops
"""
WINDOW_OVER_A_PIXEL = """
    class Net(keras.Model):
        def __init__(self):
            super().__init__()
            self.grow = layers.Conv2D(16, 3, padding="same", name="grow")
            self.top = layers.Conv2D(10, 2, name="top")

        def call(self, image):
            x = ops.mean(self.grow(image), axis=(1, 2), keepdims=True)
            return ops.reshape(self.top(x), (-1, 10))

    def train():
        model = Net()
        model.compile("sgd", "mse")
        model.fit(np.zeros((4, 8, 8, 3)), np.zeros((4, 10)), verbose=0)
"""
UNITS_BEHIND = """
    class Net(keras.Model):
        def __init__(self):
            super().__init__()
            self.embed = layers.Embedding(100, 32, name="embed")
            self.code = layers.Dense(48, name="code")
            self.out = layers.Dense(7, name="out")

        def call(self, words):
            x = self.embed(words)
            return self.out(ops.mean(x + self.code(x), axis=1))

    def train():
        model = Net()
        model.compile("sgd", "mse")
        model.fit(np.zeros((4, 12), "int32"), np.zeros((4, 2)), verbose=0)
"""
SEQUENCES_BEHIND = """
    class Net(keras.Model):
        def __init__(self):
            super().__init__()
            self.steps = [
                layers.LSTM(8, return_sequences=True, return_state=True, name="one"),
                layers.LSTM(4, name="two"),
                layers.LSTM(2, name="three"),
            ]

        def call(self, x):
            for step in self.steps:
                x = step(x)
            return x

    def train():
        model = Net()
        model.compile("sgd", "mse")
        model.fit(np.zeros((4, 6, 3)), np.zeros((4, 2)), verbose=0)
"""
ONE_STEP_LEFT = """
    class Net(keras.Model):
        def __init__(self):
            super().__init__()
            self.near, self.far = layers.Conv1D(8, 3), layers.Conv1D(8, 5)
            self.out = layers.Dense(2)

        def call(self, x):
            near = ops.max(self.near(x), axis=1, keepdims=True)
            far = ops.max(self.far(x), axis=1)
            return self.out(ops.concatenate([near, far], axis=-1))

    def train():
        model = Net()
        model.compile("sgd", "mse")
        model.fit(np.zeros((4, 20, 3)), np.zeros((4, 2)), verbose=0)
"""
SHORTCUT_FIRST = """
    class Block(layers.Layer):
        def __init__(self, filters, strides=1):
            super().__init__()
            self.strides = strides
            if strides > 1:
                self.short = layers.Conv2D(filters, 1, strides=strides, name=f"short_{filters}")
            self.conv = layers.Conv2D(filters, 3, strides=strides, padding="same", name=f"conv_{filters}")

        def call(self, x):
            shortcut = self.short(x) if self.strides > 1 else x
            return ops.relu(self.conv(x) + shortcut)

    class Net(keras.Model):
        def __init__(self):
            super().__init__()
            self.blocks = [Block(3), Block(8, 4), Block(16, 2)]

        def call(self, x):
            for block in self.blocks:
                x = block(x)
            return ops.mean(x, axis=(1, 2))

    def train():
        model = Net()
        model.compile("sgd", "mse")
        model.fit(np.zeros((4, 32, 32, 3)), np.zeros((4, 16)), verbose=0)
"""
POOLED_TO_ONE = """
    class Net(keras.Model):
        def __init__(self):
            super().__init__()
            self.first = layers.Conv2D(8, 3, padding="same")
            self.second = layers.Conv2D(8, 3, padding="same", name="second")
            self.pool = layers.MaxPooling2D()
            self.out = layers.Dense(2)

        def call(self, x):
            x = self.first(x)
            x = ops.max(x, axis=(1, 2))
            x = self.pool(self.second(x))
            return self.out(ops.mean(x, axis=(1, 2)))

    def train():
        model = Net()
        model.compile("sgd", "mse")
        model.fit(np.zeros((4, 16, 16, 3)), np.zeros((4, 2)), verbose=0)

    if __name__ != "program":
        train()
"""


def refused(tmp_path, text, expected=None):
    """(diagnosis, path) of a program whose `fit` is stopped."""
    path = tmp_path / "program.py"
    path.write_text(textwrap.dedent(HEADER) + textwrap.dedent(text), encoding="utf-8")
    module = module_of(path)
    with pytest.raises(ShapeMismatchError) as caught, ShapeGuard(expected):
        module.train()
    return caught.value.report.diagnoses[0], path


def test_what_makes_samples_of_pixels_is_no_repair_beside_targets(tmp_path):
    diagnosis, _ = refused(tmp_path, WINDOW_OVER_A_PIXEL)
    verified = {(cause.edits[0].layer, cause.argument) for cause in diagnosis.causes if cause.verified}
    assert verified == {("top", "padding"), ("top", "kernel_size")}


def test_a_repair_is_named_although_the_targets_do_not_fit_what_comes_behind(tmp_path):
    diagnosis, _ = refused(tmp_path, UNITS_BEHIND, {"embed": (None, 12, 48)})
    (cause,) = diagnosis.causes
    assert (cause.edits[0].layer, cause.argument, cause.suggestion) == ("embed", "output_dim", 48)
    assert (cause.verified, cause.confidence) == (False, "possible")
    assert cause.proof == "gets past this fault; the targets do not fit what comes out"


def test_a_repair_is_named_although_another_layer_that_is_reached_then_is_wrong(tmp_path):
    diagnosis, _ = refused(tmp_path, SEQUENCES_BEHIND, {"one": (None, 6, 8), "two": (None, 6, 4)})
    cause = diagnosis.causes[0]
    assert (cause.edits[0].layer, cause.argument, cause.suggestion) == ("one", "return_state", False)
    assert (cause.verified, cause.confidence) == (False, "possible")


def test_the_axis_of_a_join_of_several_ranks_does_not_tell_which_rank_was_meant(tmp_path):
    cause = refused(tmp_path, ONE_STEP_LEFT)[0].causes[0]
    assert (cause.argument, cause.suggestion) == ("keepdims", False)


def test_a_variable_of_two_layers_is_changed_in_both_whichever_is_called_first(tmp_path):
    cause = refused(tmp_path, SHORTCUT_FIRST, {"short_8": (None, 16, 16, 8)})[0].causes[0]
    assert {(edit.layer, edit.argument, edit.suggestion) for edit in cause.edits} == {
        ("short_8", "strides", (2, 2)),
        ("conv_8", "strides", (2, 2)),
    }


def test_a_map_that_is_reduced_to_one_pixel_was_to_be_pooled(tmp_path):
    diagnosis, path = refused(tmp_path, POOLED_TO_ONE, {"second": (None, 8, 8, 8)})
    cause = diagnosis.causes[0]
    assert (cause.argument, str(cause.suggestion)) == ("replace", "MaxPooling2D()")
    assert cause.title == "`ops.max` in `Net.call` should be MaxPooling2D"
    assert "x = layers.MaxPooling2D()(x)" in applied(path, cause)
    mended(path, cause)


def test_data_is_not_surely_of_the_wrong_size_because_of_one_layer(tmp_path):
    text = SHORTCUT_FIRST.replace("Block(8, 4)", "Block(8, 2)")
    diagnosis, _ = refused(tmp_path, text, {"conv_3": (None, 32, 33, 3)})
    assert [(cause.kind, cause.confidence) for cause in diagnosis.causes] == [("data", "possible")]


def test_one_pixel_of_a_map_is_less_likely_than_a_pooling_where_a_window_follows(tmp_path):
    causes = refused(tmp_path, POOLED_TO_ONE.replace("self.pool(self.second(x))", "self.second(x)"))[0].causes
    assert [cause.argument for cause in causes][:2] == ["replace", "keepdims"]


class Joined(keras.Model):
    """Joins what every layer gave, in one list that grows."""

    def __init__(self):
        super().__init__()
        self.layers_in_order = [layers.Conv2D(4, 3) for _ in range(3)]
        self.head = layers.Dense(1)

    def call(self, x):
        given = [x]
        for layer in self.layers_in_order:
            given.append(layer(ops.concatenate(given, axis=-1)))
        return self.head(ops.mean(ops.concatenate(given, axis=-1), axis=(1, 2)))


def test_a_list_that_grows_after_the_call_is_seen_as_it_was():
    model = Joined()
    model.compile("sgd", "mse")
    with pytest.raises(ShapeMismatchError) as caught:
        model.fit(np.zeros((8, 12, 12, 2)), np.zeros((8, 1)), verbose=0, callbacks=[ShapeGuard()])
    first = caught.value.report.diagnoses[0].causes[0]
    assert [(edit.argument, edit.suggestion) for edit in first.edits] == [("padding", "same")]
    assert first.verified
