"""Programs whose targets Keras takes are not alarmed; those that it broadcasts silently are."""

import keras
import numpy as np
import pytest

from shapeguard import ShapeGuard, ShapeMismatchError

layers, losses = keras.layers, keras.losses
N = 12
NUMBERS = np.arange(N) % 3
ONE_HOT = np.eye(3, dtype="float32")[NUMBERS]


def vector(units, **options):
    return keras.Sequential([keras.Input((4,)), layers.Dense(units, **options)])


def steps(units):
    return keras.Sequential([keras.Input((5, 4)), layers.LSTM(3, return_sequences=True), layers.Dense(units)])


def picture(channels):
    return keras.Sequential([keras.Input((6, 6, 2)), layers.Conv2D(channels, 3, padding="same")])


class WithPenalty(layers.Layer):
    def call(self, x):
        self.add_loss(keras.ops.mean(x))
        return x


def penalized():
    return keras.Sequential([keras.Input((4,)), layers.Dense(3), WithPenalty()])


def two_heads(shape="list"):
    x = keras.Input((4,))
    a, b = layers.Dense(1, name="a")(x), layers.Dense(3, activation="softmax", name="b")(x)
    return keras.Model(x, {"list": [a, b], "dict": {"a": a, "b": b}, "nested": {"z": (a,), "y": {"b": b}}}[shape])


def masked():
    embedded = [layers.Embedding(9, 4, mask_zero=True), layers.LSTM(3, return_sequences=True), layers.Dense(3)]
    return keras.Sequential([keras.Input((5,)), *embedded])


def reduced(y_true, y_pred):
    return keras.ops.mean(keras.ops.square(keras.ops.mean(y_true) - y_pred))


SPARSE = losses.SparseCategoricalCrossentropy
ZEROS = np.zeros
RIGHT = {
    "numbers beside one unit": (vector(1), ZEROS(N), "mse"),
    "a column beside one unit": (vector(1), ZEROS((N, 1)), losses.MeanSquaredError(reduction="sum")),
    "rows": (vector(3), ONE_HOT, losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.1)),
    "class numbers": (vector(3), NUMBERS, SPARSE(from_logits=True)),
    "class numbers in a column": (vector(3), NUMBERS[:, None], SPARSE(from_logits=True)),
    "class numbers of steps": (steps(3), ZEROS((N, 5)), SPARSE(from_logits=True)),
    "class numbers of steps in columns": (steps(3), ZEROS((N, 5, 1)), SPARSE(from_logits=True)),
    "class numbers of pixels": (picture(3), ZEROS((N, 6, 6, 1)), SPARSE(from_logits=True, ignore_class=0)),
    "numbers of steps": (steps(1), ZEROS((N, 5)), "mae"),
    "a mask without channels": (picture(1), ZEROS((N, 6, 6)), losses.Dice()),
    "cosine along steps": (steps(2), np.ones((N, 5, 2)), losses.CosineSimilarity(axis=1)),
    "by shape": (vector(3, activation="softmax"), NUMBERS, "crossentropy"),
    "one class by shape": (vector(1, activation="sigmoid"), NUMBERS % 2, "ce"),
    "labels beside vectors": (vector(3), NUMBERS, losses.Circle()),
    "labels of a sequence": (steps(6), np.ones((N, 3)), losses.CTC()),
    "a loss that reduces": (vector(3), ZEROS((N, 7)), reduced),
    "none, and a penalty": (penalized(), None, None),
    "masked steps": (masked(), ZEROS((N, 5)), SPARSE(from_logits=True)),
    "one loss of two": (two_heads(), [ZEROS((N, 1)), ONE_HOT], [None, "categorical_crossentropy"]),
    "one loss for two": (two_heads(), [ZEROS((N, 1)), ONE_HOT], "mse"),
    "by name": (two_heads("dict"), {"b": NUMBERS, "a": ZEROS(N)}, {"a": "mse", "b": SPARSE()}),
    "one loss by name": (two_heads("dict"), {"a": ZEROS(N), "b": ZEROS((N, 9))}, {"a": "mse", "b": None}),
    "nested": (
        two_heads("nested"),
        {"z": (ZEROS((N, 1)),), "y": {"b": ONE_HOT}},
        {"z": ("mse",), "y": {"b": "categorical_crossentropy"}},
    ),
}
METRICS = {"class numbers": ["accuracy"], "rows": ["accuracy", keras.metrics.AUC()], "one loss of two": [["mae"], None]}


def inputs_of(model):
    shape = model.input_shape[1:]
    return np.ones((N, *shape), "int32" if len(shape) == 1 and shape[0] == 5 else "float32")


@pytest.mark.filterwarnings("ignore:Gradients do not exist", "ignore:.*no gradients")
@pytest.mark.parametrize("case", RIGHT)
def test_what_keras_compares_one_by_one_is_not_alarmed(case):
    model, y, loss = RIGHT[case]
    model.compile("sgd", loss, metrics=METRICS.get(case))
    guard = ShapeGuard({"*": "..."})
    model.fit(inputs_of(model), y, batch_size=4, verbose=0, callbacks=[guard])
    assert guard.report.ok


BROADCAST = {
    "one target for three units": (lambda: vector(3), ZEROS((N, 1)), "mse"),
    "three targets for one unit": (lambda: vector(1), ZEROS((N, 3)), losses.Huber()),
    "a target a sample for steps": (lambda: steps(1), ZEROS((N, 1)), "mae"),
    "one mask for three channels": (lambda: picture(3), ZEROS((N, 6, 6, 1)), losses.Dice()),
    "a hinge": (lambda: vector(3), np.ones((N, 1)), "hinge"),
    "a focal loss": (lambda: vector(3, activation="softmax"), ZEROS((N, 1)), "categorical_focal_crossentropy"),
    "targets in the other order": (lambda: two_heads(), [ONE_HOT, ZEROS((N, 1))], ["mse", "mse"]),
}
if hasattr(losses, "CategoricalGeneralizedCrossEntropy"):
    BROADCAST["all samples with each other"] = (
        lambda: vector(3, activation="softmax"),
        NUMBERS[:, None],
        losses.CategoricalGeneralizedCrossEntropy(),
    )


@pytest.mark.parametrize("case", BROADCAST)
def test_what_keras_broadcasts_silently_is_alarmed(case):
    make, y, loss = BROADCAST[case]
    plain, model = make(), make()
    for each in (plain, model):
        each.compile("sgd", loss)
    assert len(plain.fit(inputs_of(plain), y, verbose=0).history["loss"]) == 1
    with pytest.raises(ShapeMismatchError) as caught:
        model.fit(inputs_of(model), y, verbose=0, callbacks=[ShapeGuard({"*": "..."})])
    assert {diagnosis.code for diagnosis in caught.value.report.diagnoses} == {"SG303"}
