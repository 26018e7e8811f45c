"""Faults inside `call`: what an edit of one line changes in later blocks, losses and noise on the way."""

import keras
import numpy as np
import pytest
from keras import layers, ops

from shapeguard import ShapeGuard, ShapeMismatchError
from shapeguard.records.reservations import GETS_PAST

pytestmark = [
    pytest.mark.filterwarnings("ignore:Layer '.*' looks like it has unbuilt state:UserWarning"),
    pytest.mark.filterwarnings("ignore:`build\\(\\)` was called on layer:UserWarning"),
]
"""Keras says so of layers whose call raises."""


def first_cause(model, x, y=None):
    model.compile("sgd", None if y is None else "mse")
    with pytest.raises(ShapeMismatchError) as raised:
        model.fit(x, y, verbose=0, callbacks=[ShapeGuard()])
    return raised.value.report.diagnoses[0].causes[0]


class Block(layers.Layer):
    def __init__(self, dim):
        super().__init__()
        self.norm = layers.LayerNormalization()
        self.inner = keras.Sequential([layers.Dense(4 * dim), layers.Dense(2 * dim)])

    def call(self, x):
        return x + self.inner(self.norm(x))


class Blocks(keras.Model):
    def __init__(self, count=3):
        super().__init__()
        self.blocks = [Block(8) for _ in range(count)]
        self.head = layers.Dense(2)

    def call(self, x):
        for block in self.blocks:
            x = block(x)
        return self.head(x)


def test_a_line_that_makes_layers_of_blocks_not_reached_yet_is_changed_for_all_of_them():
    cause = first_cause(Blocks(), np.zeros((4, 5, 8), "float32"), np.zeros((4, 5, 2), "float32"))
    assert (cause.argument, cause.value, str(cause.suggestion), cause.verified) == ("units", 16, "dim", True)


class Autoencoder(keras.Model):
    def __init__(self):
        super().__init__()
        self.encode = keras.Sequential([layers.Conv2D(4, 3, strides=2, padding="same"), layers.Flatten()])
        self.latent = layers.Dense(6)
        self.decode = keras.Sequential(
            [layers.Dense(7 * 7 * 4), layers.Reshape((7, 7, 4)), layers.Conv2DTranspose(1, 3, strides=2)]
        )
        self.seed = keras.random.SeedGenerator(1)

    def call(self, x):
        mean, log_var = ops.split(self.latent(self.encode(x)), 2, axis=-1)
        z = mean + ops.exp(0.5 * log_var) * keras.random.normal(ops.shape(mean), seed=self.seed)
        out = self.decode(z)
        self.add_loss(ops.mean(ops.square(x - out)))
        return out


def test_a_loss_that_call_adds_and_noise_on_the_way_keep_no_repair_from_being_proven():
    cause = first_cause(Autoencoder(), np.zeros((4, 14, 14, 1), "float32"))
    assert (cause.argument, cause.suggestion, cause.verified) == ("padding", "same", True)


class Towers(keras.Model):
    def __init__(self):
        super().__init__()
        self.words = layers.Embedding(20, 8)
        self.reader = layers.GRU(8)
        self.rating = layers.Dense(1)

    def call(self, inputs):
        history, candidate = inputs
        return self.rating(ops.concatenate([self.reader(self.words(history)), self.words(candidate)], axis=1))


def test_a_layer_is_put_before_an_operation_in_the_users_own_words():
    data = np.zeros((8, 5), "int32"), np.zeros((8, 1), "int32")
    model = Towers()
    model.compile("sgd", "mse")
    with pytest.raises(ShapeMismatchError) as raised:
        model.fit(data, np.zeros((8, 1), "float32"), verbose=0, callbacks=[ShapeGuard()])
    causes = [cause for cause in raised.value.report.diagnoses[0].causes if cause.argument == "insert_before"]
    replacements = {cause.edits[0].replacement for cause in causes if cause.verified}
    assert "layers.Flatten()(self.words(candidate))" in replacements
    assert "between 'embedding' and `ops.concatenate` in `Towers.call`" in causes[0].title.replace(
        "embedding_1", "embedding"
    )


class Scaled(layers.Layer):
    def __init__(self, width):
        super().__init__()
        self.width = width

    def build(self, shape):
        self.kernel = self.add_weight(shape=(self.width, 4))

    def call(self, x):
        return ops.matmul(x, self.kernel)


def test_where_a_weight_of_ones_own_meets_a_tensor_no_layer_is_the_cause_for_sure_and_nothing_is_exchanged():
    with pytest.raises(ShapeMismatchError) as raised, ShapeGuard():
        Scaled(5)(layers.Dense(8)(keras.Input((5,))))
    causes = raised.value.report.diagnoses[0].causes
    assert {cause.confidence for cause in causes} == {"possible"}
    assert "inputs" not in {cause.kind for cause in causes}


class TwoFaults(keras.Model):
    def __init__(self):
        super().__init__()
        self.wide, self.narrow = layers.Dense(64), layers.Dense(32)
        self.ten, self.twenty = layers.Dense(10), layers.Dense(20)

    def call(self, x):
        x = self.wide(x)
        x = self.ten(x + self.narrow(x))
        return x + self.twenty(x)


def test_of_two_faults_in_a_call_the_first_is_named_and_nothing_is_called_verified():
    model = TwoFaults()
    model.compile("sgd", "mse")
    with pytest.raises(ShapeMismatchError) as raised:
        model.fit(np.zeros((4, 5)), np.zeros((4, 20)), verbose=0, callbacks=[ShapeGuard()])
    causes = raised.value.report.diagnoses[0].causes
    assert {(cause.suggestion, cause.confidence, cause.verified, cause.proof) for cause in causes[:2]} == {
        (64, "possible", False, GETS_PAST),
        (32, "possible", False, GETS_PAST),
    }
