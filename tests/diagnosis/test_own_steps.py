"""Steps of the user's own, `train_step` and losses in the model: what raised there is explained by the whole step."""

import keras
import numpy as np
import pytest
from helpers.observing import BACKEND
from keras import layers, ops

from shapeguard import ShapeGuard, ShapeMismatchError

pytestmark = pytest.mark.skipif(BACKEND == "jax", reason="a step on JAX takes states, and no symbols")


class Adversarial(keras.Model):
    """Two models and a step; the model itself is never called."""

    def __init__(self, generator, discriminator):
        super().__init__()
        self.generator, self.discriminator = generator, discriminator
        self.seed = keras.random.SeedGenerator(1)

    def train_step(self, data):
        noise = keras.random.normal((ops.shape(data)[0], 6), seed=self.seed)
        both = ops.concatenate([self.generator(noise), data], axis=0)
        return {"loss": ops.mean(self.discriminator(both))}


class Weighed(keras.Model):
    """A model with a loss of its own."""

    def __init__(self, units):
        super().__init__()
        self.hidden, self.out = layers.Dense(8, name="hidden"), layers.Dense(units, name="out")

    def call(self, x):
        return self.out(self.hidden(x))

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        del x, sample_weight, training
        return ops.mean(ops.square(y - y_pred))


class Tracked(keras.Model):
    """A step that computes a value for each part of a sample, and keeps its mean in a metric."""

    def __init__(self):
        super().__init__()
        self.parts, self.scales = layers.Dense(10, name="parts"), layers.Dense(5, name="scales")
        self.tracker = keras.metrics.Mean(name="loss")

    def call(self, x):
        return self.parts(x), self.scales(x)

    def train_step(self, data):
        x, y = data
        means = ops.reshape(self.parts(x), (-1, 5, 2))
        apart = (ops.expand_dims(y, 1) - means) / self.scales(x)
        self.tracker.update_state(ops.mean(ops.sum(apart, axis=-1)))
        return {"loss": self.tracker.result()}


class Summed(keras.Model):
    """A loss that has one value for each sample, and is summed as if it had more."""

    def __init__(self):
        super().__init__()
        self.out = layers.Dense(6, name="out")

    def call(self, x):
        return self.out(x)

    def train_step(self, data):
        loss = keras.losses.mean_squared_error(data, self.out(data))
        return {"loss": ops.sum(loss, axis=(1, 2))}


class Conditional(keras.Model):
    """A step that joins noise with a vector for each class."""

    def __init__(self):
        super().__init__()
        self.generator = keras.Sequential([keras.Input((9,)), layers.Dense(12)])
        self.seed = keras.random.SeedGenerator(1)

    def call(self, x):
        return x

    def train_step(self, data):
        samples, classes = data
        wanted = ops.one_hot(ops.cast(classes, "int32"), 3)
        noise = keras.random.normal((ops.shape(samples)[0], 6), seed=self.seed)
        return {"loss": ops.mean(self.generator(ops.concatenate([noise, wanted], axis=1)))}


class Paired(keras.Model):
    """A step that compares every sample with every other."""

    def __init__(self):
        super().__init__()
        self.ask, self.answer = layers.Dense(6, name="ask"), layers.Dense(6, name="answer")

    def call(self, pair):
        return self.ask(pair["one"]), self.answer(pair["other"])

    def train_step(self, data):
        asked, answered = self(data)
        return {"loss": ops.mean(ops.matmul(asked, answered))}


class Judged(keras.Model):
    """A step that subtracts several values of each sample from the one number of each."""

    def __init__(self):
        super().__init__()
        self.values = layers.Dense(3, name="values")

    def call(self, x):
        return self.values(x)

    def train_step(self, data):
        x, y = data
        return {"loss": ops.mean(y - self.values(x))}


def diagnosed(model, *data):
    model.compile("sgd")
    with pytest.raises(ShapeMismatchError) as caught, ShapeGuard():
        model.fit(*data, batch_size=4, verbose=0)
    return caught.value.report.diagnoses[0]


def adversarial(width, takes):
    """Both models by the width of the samples that they make and take."""
    generator = keras.Sequential([keras.Input((6,)), layers.Dense(width, name="made")])
    discriminator = keras.Sequential([keras.Input((takes,)), layers.Dense(1, name="judged")])
    return Adversarial(generator, discriminator)


def edits(diagnosis):
    return [[(e.layer, e.argument, e.value, e.suggestion) for e in cause.edits] for cause in diagnosis.causes]


def test_a_layer_of_a_model_that_the_step_calls_is_to_blame():
    diagnosis = diagnosed(adversarial(10, 12), np.ones((8, 12), "float32"))
    assert diagnosis.code == "SG601"
    assert "`ops.concatenate` in `Adversarial.train_step`" in diagnosis.headline
    assert edits(diagnosis)[0] == [("made", "width", 10, 12)]


def test_no_argument_of_a_layer_built_for_other_sizes_is_to_blame():
    diagnosis = diagnosed(adversarial(12, 10), np.ones((8, 12), "float32"))
    assert all(layer != "judged" for cause in edits(diagnosis) for layer, *_ in cause)


def test_a_loss_in_the_model_is_seen_with_the_targets_that_it_takes():
    diagnosis = diagnosed(Weighed(5), np.ones((8, 6), "float32"), np.ones((8, 3), "float32"))
    assert "`y - y_pred` in `Weighed.compute_loss`" in diagnosis.headline
    assert edits(diagnosis)[0] == [("out", "units", 5, 3)]


def test_a_metric_of_a_step_does_not_keep_what_the_step_lacks_from_being_found():
    model = Tracked()
    diagnosis = diagnosed(model, np.ones((8, 6), "float32"), np.ones((8, 2), "float32"))
    assert [each[1:] for each in edits(diagnosis)[0]] == [("insert_before", None, "self.scales(x)[..., None]")]
    assert keras.Variable.assign_add.__module__.startswith("keras")
    assert float(model.tracker.count) == 0


def test_an_axis_that_a_loss_of_one_value_a_sample_lacks_is_another_axis():
    diagnosis = diagnosed(Summed(), np.ones((8, 6), "float32"))
    assert ("axis", (1, 2), 0) in [tuple(each[1:]) for cause in edits(diagnosis) for each in cause]


def test_the_column_of_codes_is_to_blame_and_the_targets_by_their_name():
    samples, classes = np.ones((8, 12), "float32"), np.zeros((8, 1))
    model = Conditional()
    model.compile("sgd")
    with pytest.raises(ShapeMismatchError) as caught, ShapeGuard():
        model.fit(samples, classes, batch_size=4, verbose=0)
    diagnosis = caught.value.report.diagnoses[0]
    assert [[each[1:] for each in cause] for cause in edits(diagnosis)[:2]] == [
        [("insert_before", None, 'ops.cast(classes, "int32")[:, 0]')],
        [("y", (1,), "np.squeeze(classes, -1)")],
    ]
    assert "has an axis too many in" in str(caught.value)
    assert "np.squeeze(classes, -1)" in str(caught.value)


def test_samples_are_never_laid_beside_what_each_of_them_has():
    diagnosis = diagnosed(Judged(), np.ones((8, 6), "float32"), np.ones(8, "float32"))
    assert all(edit[0] != "values" for cause in edits(diagnosis) for edit in cause)


def test_the_model_and_its_optimizer_are_as_they_were():
    model = Weighed(5)
    diagnosed(model, np.ones((8, 6), "float32"), np.ones((8, 3), "float32"))
    assert not model.optimizer.built or int(model.optimizer.iterations) == 0
    assert keras.optimizers.Optimizer.apply_gradients.__module__.startswith("keras")
    assert keras.random.normal.__module__.startswith("keras")
    assert tuple(keras.random.normal((2, 3)).shape) == (2, 3)


@pytest.mark.filterwarnings("ignore:`shuffle=True` was passed")
@pytest.mark.skipif(BACKEND != "tensorflow", reason="a graph that was traced for any batch")
def test_a_step_that_only_a_real_batch_refuses_is_taken_on_one():
    import tensorflow as tf

    pairs = {"one": np.ones((8, 3), "float32"), "other": np.ones((8, 3), "float32")}
    model = Paired()
    dataset = tf.data.Dataset.from_tensor_slices(pairs).batch(4).map(lambda pair: pair).prefetch(1)
    diagnosis = diagnosed(model, dataset)
    assert "`ops.matmul` in `Paired.train_step` does not accept (4, 6), (4, 6)" in diagnosis.headline
    assert diagnosis.causes
