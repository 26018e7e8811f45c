"""What symbolic calls promise and a batch of data does not keep: no repair that rests on it is verified."""

import keras
import numpy as np
import pytest
from keras import layers, ops

from shapeguard import ShapeGuard, ShapeMismatchError, check
from shapeguard.keras_compat import small_batches


class Attending(layers.Layer):
    """Attends among the last two axes: among the samples, if there are only two."""

    def call(self, x):
        return ops.matmul(ops.softmax(ops.matmul(x, ops.swapaxes(x, -1, -2))), x)


class PromisingMore(layers.Layer):
    """Its formula is untrue: it gives no axis behind the batch."""

    def call(self, x):
        return ops.sum(x, axis=-1) if len(x.shape) == 2 else x

    def compute_output_shape(self, shape):
        return shape


class Twice(layers.Layer):
    """Counts the steps into the batch, and out of it again."""

    def call(self, x):
        rows = ops.reshape(x, (-1, x.shape[-1]))
        return ops.reshape(rows * 2.0, (-1, *x.shape[1:]))


def attention():
    attend = layers.Attention(name="middle")
    return lambda x: attend([x, x])


MIDDLES = {
    "attention": attention,
    "custom attention": lambda: Attending(name="middle"),
    "a false formula": lambda: PromisingMore(name="middle"),
    "a softmax of steps": lambda: layers.Softmax(axis=-2, name="middle"),
    "an operation": lambda: lambda x: ops.softmax(x, axis=-2),
}


def verified(middle, expected="B 1"):
    """Whether return_sequences is said to be verified where one number a sample is expected behind `middle`."""
    i = keras.Input((20, 4))
    x = middle(layers.LSTM(6, return_sequences=True, name="reads")(i))
    model = keras.Model(i, layers.Dense(1, name="last")(x))
    causes = check(model, {"last": expected}).diagnoses[0].causes
    return [cause.verified for cause in causes if cause.argument == "return_sequences"]


@pytest.mark.parametrize("kind", MIDDLES)
def test_a_change_that_mixes_samples_is_not_offered(kind):
    assert verified(MIDDLES[kind]()) == []


@pytest.mark.parametrize(
    "middle",
    [
        lambda: layers.LayerNormalization(),
        lambda: layers.Activation("softmax"),
        lambda: lambda x: ops.softmax(x, axis=-1),
        lambda: lambda x: x + 1.0,
    ],
)
def test_a_change_that_keeps_samples_apart_stays_verified(middle):
    assert verified(middle()) == [True]


class Drawing(layers.Layer):
    """Adds noise: no two calls give the same."""

    def __init__(self):
        super().__init__()
        self.seed = keras.random.SeedGenerator(0)

    def call(self, x):
        return x + keras.random.normal(ops.shape(x), seed=self.seed)


@pytest.mark.parametrize(
    ("operation", "is_mixed"),
    [
        (Attending, True),
        (layers.Attention, None),
        (lambda: layers.Softmax(axis=0), True),
        (lambda: layers.Dense(3), False),
        (Drawing, False),
        (Twice, False),
    ],
)
def test_one_call_on_noise_tells_whether_it_mixes_samples(operation, is_mixed):
    layer, tensor = operation(), keras.KerasTensor((83, 5), dtype="float32")
    if is_mixed is None:
        tensor, is_mixed = [tensor, tensor], True
    outputs = [tuple(layer(tensor).shape)]
    assert small_batches.mixes_samples(layer, (tensor,), {}, outputs, 83) is is_mixed


def test_a_batch_that_is_too_large_is_not_tried():
    tensor = keras.KerasTensor((83, 1000, 1000), dtype="float32")
    assert small_batches.mixes_samples(layers.Softmax(axis=0), (tensor,), {}, [(83, 1000, 1000)], 83) is None


def test_what_a_model_does_to_its_batch_anyway_is_no_fault_of_a_change():
    i = keras.Input((20, 4))
    rows = ops.reshape(layers.Dense(6, name="wide")(i), (-1, 6))  # the steps are samples behind it
    model = keras.Model(i, layers.Dense(1, name="last")(rows))
    (cause,) = check(model, {"wide": "B 20 7"}).diagnoses[0].causes
    assert (cause.argument, cause.suggestion, cause.verified) == ("units", 7, False)


def test_a_refused_call_behind_an_operation_leaves_what_is_before_it_known():
    with pytest.raises(ShapeMismatchError) as caught, ShapeGuard({"last": "B 3"}):
        i = keras.Input((20, 4))
        x = layers.LSTM(6, name="reads")(i * 2.0)
        keras.Model(i, layers.LSTM(3, name="last")(x))
    first = caught.value.report.diagnoses[0].causes[0]
    assert (first.layer, first.argument, first.verified) == ("reads", "return_sequences", True)


def test_the_layer_that_flattens_behind_an_attention_between_samples_is_named_instead():
    i = keras.Input((20, 4))
    sequence, state, _ = layers.LSTM(5, return_sequences=True, return_state=True)(i)
    model = keras.Model(i, layers.Dense(1)(layers.Attention(name="attention")([sequence, state])))
    model.compile("sgd", "mse")
    with pytest.raises(ShapeMismatchError) as caught:
        model.fit(np.zeros((16, 20, 4)), np.zeros((16, 1)), verbose=0, callbacks=[ShapeGuard()])
    first = caught.value.report.diagnoses[0].causes[0]
    assert (first.suggestion, first.verified) == ("Flatten()", True)
