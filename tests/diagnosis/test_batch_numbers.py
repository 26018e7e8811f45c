"""The batch written as a number: right for all batches but the last, which is shorter."""

import keras
import numpy as np
import pytest
from helpers.observing import BACKEND
from keras import layers, ops

from shapeguard import ShapeGuard, ShapeMismatchError

pytestmark = pytest.mark.filterwarnings("ignore:ShapeGuard. this model has no expected shapes")

BATCH = 8


class Started(layers.Layer):
    """A layer that begins with a state for a batch of one size."""

    def __init__(self, units):
        super().__init__()
        self.units = units
        self.dense = layers.Dense(units)

    def call(self, x):
        return self.dense(x) + ops.zeros((BATCH, self.units))


class Flat(keras.Model):
    """A model that flattens what it takes, with the batch and all."""

    def __init__(self, written, rest):
        super().__init__()
        self.written, self.rest = written, rest
        self.dense = layers.Dense(3)

    def call(self, x):
        return self.dense(ops.reshape(x, (self.written, self.rest)))


class Compared(keras.Model):
    """A step that compares its batch with one of another size."""

    def __init__(self, units=3):
        super().__init__()
        self.dense = layers.Dense(units)

    def call(self, x):
        return self.dense(x)

    def train_step(self, data):
        x, y = data
        noise = keras.random.normal([BATCH, 3])
        return {"loss": ops.mean(ops.square(self(x) - y + noise))}


def diagnosed(model, inputs=(6,), targets=(3,), samples=20):
    model.compile("sgd", "mse", run_eagerly=BACKEND == "tensorflow")
    x, y = np.ones((samples, *inputs), "float32"), np.ones((samples, *targets), "float32")
    with pytest.raises(ShapeMismatchError) as caught, ShapeGuard():
        model.fit(x, y, batch_size=BATCH, verbose=0)
    return caught.value.report.diagnoses[0]


def started(units):
    x = keras.Input((6,))
    return keras.Model(x, Started(units)(x))


def fixes(diagnosis):
    return [edit.corrected for cause in diagnosis.causes for edit in cause.edits]


@pytest.mark.parametrize("units", [5, BATCH])
def test_a_tensor_made_for_a_batch_of_one_size_is_the_cause(units):
    diagnosis = diagnosed(started(units), targets=(units,))
    assert fixes(diagnosis) == ["ops.zeros((ops.shape(x)[0], self.units))"]
    assert diagnosis.causes[0].confidence == "cause"


@pytest.mark.parametrize("inputs", [(6, 4), (BATCH, 4)])
def test_a_reshape_to_a_batch_of_one_size_takes_what_is_left_over(inputs):
    model = Flat(BATCH, inputs[0] * inputs[1])
    assert fixes(diagnosed(model, inputs)) == ["ops.reshape(x, (-1, self.rest))"]


def test_a_reshape_that_leaves_another_size_over_takes_the_size_of_its_tensor():
    x = keras.Input((6, 4))
    flat = layers.Flatten()(layers.Dense(4)(x))

    class Unflat(layers.Layer):
        def call(self, x):
            return ops.reshape(x, (BATCH, -1, 4))

    diagnosis = diagnosed(keras.Model(x, Unflat()(flat)), (6, 4), (6, 4), samples=19)
    assert fixes(diagnosis) == ["ops.reshape(x, (ops.shape(x)[0], -1, 4))"]


@pytest.mark.skipif(BACKEND == "jax", reason="a step on JAX takes states, and no symbols")
def test_what_a_step_draws_for_a_batch_of_one_size_is_the_cause():
    diagnosis = diagnosed(Compared())
    assert fixes(diagnosis) == ["keras.random.normal([ops.shape(x)[0], 3])"]


def test_what_the_first_batch_refuses_is_no_matter_of_the_last():
    diagnosis = diagnosed(Flat(-1, 25), (6, 4))
    assert any("24" in fix for fix in fixes(diagnosis) if fix)
    assert not any("shape(x)[0]" in fix for fix in fixes(diagnosis) if fix)


def apart(targets, outputs):
    """A loss of the user's own that makes something for a batch of one size."""
    margin = ops.zeros((BATCH, 3))
    return ops.mean(ops.maximum(margin, targets - outputs), axis=-1)


class Reshaped(keras.losses.Loss):
    """A loss that writes the size of the batch into a reshape."""

    def call(self, targets, outputs):
        """Compares rows of a batch of one size."""
        return ops.mean(ops.square(ops.reshape(targets - outputs, (BATCH, 3))), axis=-1)


def hits(targets, outputs):
    """A metric that writes it as well."""
    return ops.mean(ops.cast(ops.reshape(targets > outputs, (BATCH, 3)), "float32"), axis=-1)


@pytest.mark.parametrize(
    ("compiled", "corrected"),
    [
        ({"loss": apart}, "ops.zeros((ops.shape(targets)[0], 3))"),
        ({"loss": Reshaped()}, "ops.reshape(targets - outputs, (-1, 3))"),
        ({"loss": "mse", "metrics": [hits]}, "ops.reshape(targets > outputs, (-1, 3))"),
    ],
)
def test_in_a_loss_or_metric_of_the_users_own_as_well(compiled, corrected):
    model = keras.Sequential([keras.Input((6,)), layers.Dense(3)])
    model.compile("sgd", **compiled, run_eagerly=BACKEND == "tensorflow")
    x, y = np.ones((20, 6), "float32"), np.ones((20, 3), "float32")
    with pytest.raises(ShapeMismatchError) as caught, ShapeGuard():
        model.fit(x, y, batch_size=BATCH, verbose=0)
    (diagnosis,) = caught.value.report.diagnoses
    assert diagnosis.causes[0].edits[0].corrected == corrected


def test_a_loss_that_takes_any_batch_is_no_fault():
    def narrow(targets, outputs):
        return ops.mean(ops.square(ops.reshape(targets - outputs, (-1, 3))), axis=-1)

    model = keras.Sequential([keras.Input((6,)), layers.Dense(4)])
    model.compile("sgd", narrow)
    with pytest.raises(ShapeMismatchError) as caught, ShapeGuard():
        model.fit(np.ones((20, 6)), np.ones((20, 3)), batch_size=BATCH, verbose=0)
    causes = caught.value.report.diagnoses[0].causes
    assert not any("reshape" in str(edit.corrected) for cause in causes for edit in cause.edits)
