"""What keeps the first cause from being called the cause where a line of the author's own may as well be wrong."""

import textwrap

import pytest
from helpers.texts import mended, module_of

from shapeguard import ShapeGuard, ShapeMismatchError

pytestmark = pytest.mark.filterwarnings("ignore:.*unbuilt state", "ignore:`build\\(\\)` was called on layer")
HEADER = """
    import keras
    import numpy as np
    from keras import layers, ops
"""
SUM = """
    class Scales(layers.Layer):
        def __init__(self, filters):
            super().__init__()
            self.ways = [layers.Conv2D(width, 3, padding="same") for width in filters]

        def call(self, x):
            return sum(way(x) for way in self.ways)

    y = Scales((8, 16, 24))(keras.Input((10, 10, 3)))
"""
SPLIT = """
    class Head(layers.Layer):
        def __init__(self, k, dim):
            super().__init__()
            self.dense = layers.Dense(2 * k * dim + k)

        def call(self, x):
            return ops.split(self.dense(x), 3, axis=-1)

    y = Head(5, 2)(keras.Input((16,)))
"""
PAIRS = """
    class Pairs(layers.Layer):
        def __init__(self):
            super().__init__()
            self.score = layers.Dense(1)

        def call(self, one, other):
            both = ops.concatenate([ops.expand_dims(one, 2), ops.expand_dims(other, 1)], axis=-1)
            return self.score(both)

    y = Pairs()(keras.Input((5, 8)), keras.Input((7, 8)))
"""
WINDOWS = """
    class Windows(layers.Layer):
        def call(self, x):
            _, h, w, c = x.shape
            side = w // 2 - 1
            return ops.reshape(x, (-1, h // side, side, w // side, side, c))

    image = keras.Input((64, 64, 3))
    model = keras.Model(image, Windows()(layers.Conv2D(16, 4, strides=4)(image)))
    model.predict(np.zeros((4, 64, 64, 3)), verbose=0)
"""
PADDED = """
    class Block(keras.Model):
        def __init__(self):
            super().__init__()
            self.first = layers.Conv1D(8, 2, padding="causal")
            self.filter = layers.Conv1D(8, 2)
            self.gate = layers.Conv1D(8, 2)
            self.mix = layers.Conv1D(8, 1)

        def call(self, x):
            x = self.first(x)
            return x + self.mix(self.filter(x) * self.gate(x))

    model = Block()
    model.compile("sgd", "mse")
    model.fit(np.zeros((2, 12, 8)), np.zeros((2, 12, 8)), verbose=0)
"""
GATED = """
    class Gated(layers.Layer):
        def __init__(self, units):
            super().__init__()
            self.value = layers.Dense(units)
            self.gate = layers.Dense(units, activation="sigmoid")

        def call(self, x):
            gate = self.gate(x)
            return gate * self.value(x) + (1 - gate) * x

    class Stack(keras.Model):
        def __init__(self, units=24):
            super().__init__()
            self.ways = [Gated(units) for _ in range(2)]
            self.head = layers.Dense(1)

        def call(self, x):
            for way in self.ways:
                x = way(x)
            return self.head(x)

    model = Stack()
    model.compile("sgd", "mse")
    model.fit(np.zeros((4, 10, 6)), np.zeros((4, 10, 1)), verbose=0)
"""
TWO_ROUNDS = """
    class Way(layers.Layer):
        def __init__(self, stride):
            super().__init__()
            self.first = layers.Conv1D(8, 3, strides=stride, padding="same")
            self.second = layers.Conv1D(8, 3, strides=stride, padding="same")
            self.pool = layers.AveragePooling1D(stride)

        def call(self, x):
            return self.second(self.first(x)) + self.pool(x)

    class Net(keras.Model):
        def __init__(self):
            super().__init__()
            self.ways = [Way(stride) for stride in (1, 2)]
            self.head = layers.GlobalAveragePooling1D()

        def call(self, x):
            for way in self.ways:
                x = way(x)
            return self.head(x)

    model = Net()
    model.compile("sgd", "mse")
    model.fit(np.zeros((4, 16, 8)), np.zeros((4, 8)), verbose=0)
"""
STATES = """
    class Translator(keras.Model):
        def __init__(self):
            super().__init__()
            self.encoder = layers.GRU(6, return_sequences=True, return_state=True)
            self.decoder = layers.GRU(6, return_sequences=True)
            self.attention = layers.Attention()

        def call(self, inputs):
            source, target = inputs
            encoded = self.encoder(source)
            decoded = self.decoder(target, initial_state=encoded[0])
            return self.attention([decoded, encoded[0]])

    model = Translator()
    model.compile("sgd", "mse")
    model.fit([np.zeros((4, 5, 3)), np.zeros((4, 7, 3))], np.zeros((4, 7, 6)), verbose=0)
"""


def crashed(tmp_path, text):
    """(causes, path) of a program that Keras refuses."""
    path = tmp_path / "program.py"
    path.write_text(textwrap.dedent(HEADER) + textwrap.dedent(text), encoding="utf-8")
    with pytest.raises(ShapeMismatchError) as caught, ShapeGuard():
        module_of(path)
    return caught.value.report.diagnoses[0].causes, path


@pytest.mark.parametrize(
    ("text", "proof"),
    [
        (SUM, "gets past this fault; Keras refuses another call behind it"),
        (SPLIT, "Keras builds the model as far as the program got"),
        (WINDOWS, None),
    ],
    ids=["another call is refused behind", "a number over a calculation", "the refused line calculates itself"],
)
def test_a_change_that_leaves_something_open_is_possible_and_not_the_cause(tmp_path, text, proof):
    causes, _ = crashed(tmp_path, text)
    assert {cause.confidence for cause in causes} == {"possible"}
    assert proof in {None, causes[0].proof}


def test_a_padding_is_not_changed_where_the_window_is_a_single_pixel(tmp_path):
    causes, path = crashed(tmp_path, PADDED)
    lines = path.read_text(encoding="utf-8").splitlines()
    changed = [lines[edit.span.line - 1].split()[0] for edit in causes[0].edits]
    assert (causes[0].argument, causes[0].suggestion) == ("padding", "causal")
    assert changed == ["self.filter", "self.gate"]
    assert causes[0].verified
    mended(path, causes[0])


def test_a_width_of_several_layers_is_not_for_sure_that_of_the_data(tmp_path):
    causes, _ = crashed(tmp_path, GATED)
    assert ("units", 6) in [(cause.argument, cause.suggestion) for cause in causes]
    assert {cause.confidence for cause in causes} == {"possible"}


def test_of_a_line_that_makes_layers_of_several_values_one_that_changes_is_shown(tmp_path):
    causes, _ = crashed(tmp_path, TWO_ROUNDS)
    edits = [edit for cause in causes for edit in cause.edits if edit.argument == "strides"]
    assert edits
    assert all(edit.value != edit.suggestion for edit in edits)


def test_of_a_layer_that_gives_several_tensors_another_one_may_be_meant(tmp_path):
    causes, _ = crashed(tmp_path, STATES)
    assert ("return_sequences", False) in [(cause.argument, cause.suggestion) for cause in causes]
    assert {cause.confidence for cause in causes} == {"possible"}


def test_what_only_fits_as_axes_of_one_are_spread_is_not_for_sure_what_was_meant(tmp_path):
    causes, _ = crashed(tmp_path, PAIRS)
    assert {cause.confidence for cause in causes} == {"possible"}
