"""Targets that another loss takes: what is said of them, what is proposed, and that a step of it passes in Keras."""

import keras
import numpy as np
import pytest

from shapeguard import ShapeGuard, ShapeMismatchError

layers, losses = keras.layers, keras.losses
X = np.random.default_rng(0).random((24, 6)).astype("float32")
SEQUENCES = np.random.default_rng(1).random((24, 4, 6)).astype("float32")
NUMBERS = np.arange(24) % 3
ONE_HOT = np.eye(3, dtype="float32")[NUMBERS]
PARTS = np.abs(ONE_HOT - 0.1) / np.abs(ONE_HOT - 0.1).sum(axis=1, keepdims=True)
SEVERAL = np.tile([[1, 1, 0], [0, 0, 0]], (12, 1))
SPARSE, ROWS = losses.SparseCategoricalCrossentropy, losses.CategoricalCrossentropy


def classifier():
    return keras.Sequential([keras.Input((6,)), layers.Dense(3, activation="softmax", name="head")])


def autoencoder():
    steps = [layers.Flatten(), layers.Dense(24), layers.Reshape((4, 6), name="back")]
    return keras.Sequential([keras.Input((4, 6)), *steps])


def diagnosed(model, x, y, loss, **options):
    model.compile("sgd", loss, **options)
    with pytest.raises(ShapeMismatchError) as caught:
        model.fit(x, y, verbose=0, callbacks=[ShapeGuard({"*": "..."})])
    (diagnosis,) = caught.value.report.diagnoses
    return diagnosis


def of_targets(diagnosis):
    return [cause for cause in diagnosis.causes if cause.kind == "loss"]


TOLD = {
    "a string": (X, ONE_HOT, "sparse_categorical_crossentropy", '"categorical_crossentropy"', True),
    "the name of a class": (X, ONE_HOT, "SparseCategoricalCrossentropy", '"categorical_crossentropy"', True),
    "a function": (
        X, ONE_HOT, losses.sparse_categorical_crossentropy, "keras.losses.categorical_crossentropy", True,
    ),
    "an object": (X, ONE_HOT, SPARSE(), "keras.losses.CategoricalCrossentropy()", True),
    "logits": (
        X, ONE_HOT, SPARSE(from_logits=True), "keras.losses.CategoricalCrossentropy(from_logits=True)", True,
    ),
    "a sum": (
        X, ONE_HOT, SPARSE(reduction="sum"), "keras.losses.CategoricalCrossentropy(reduction='sum')", True,
    ),
    "an ignored class": (X, ONE_HOT, SPARSE(ignore_class=0), "keras.losses.CategoricalCrossentropy()", False),
    "probabilities": (X, PARTS, "sparse_categorical_crossentropy", '"categorical_crossentropy"', True),
    "several ones": (X, SEVERAL, SPARSE(from_logits=True), "keras.losses.BinaryCrossentropy(from_logits=True)", True),
    "numbers": (X, NUMBERS, "categorical_crossentropy", '"sparse_categorical_crossentropy"', True),
    "a column of numbers": (
        X, NUMBERS[:, None], ROWS(from_logits=True), "keras.losses.SparseCategoricalCrossentropy(from_logits=True)",
        True,
    ),
    "smoothing": (X, NUMBERS, ROWS(label_smoothing=0.1), "keras.losses.SparseCategoricalCrossentropy()", False),
    "numbers from one": (X, NUMBERS + 1, "categorical_crossentropy", '"sparse_categorical_crossentropy"', False),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore:.*received `from_logits=True`:UserWarning")
@pytest.mark.parametrize("case", TOLD)
def test_another_loss_keeps_the_form_and_the_options(case):
    x, y, loss, written, verified = TOLD[case]
    (cause,) = of_targets(diagnosed(classifier(), x, y, loss))
    assert (cause.edits[0].replacement, cause.verified) == (written, verified)
    assert (cause.edits[0].layer, cause.edits[0].argument) == ("compile", "loss")
    if verified:
        model = classifier()
        model.compile("sgd", eval(written, {"keras": keras}))  # noqa: S307  our own text
        assert np.isfinite(model.fit(x, y, verbose=0).history["loss"][0])


@pytest.mark.parametrize(
    ("loss", "lost"),
    [(SPARSE(ignore_class=0), "`ignore_class=0`"), (ROWS(label_smoothing=0.1), "`label_smoothing=0.1`")],
)
def test_an_option_that_is_lost_is_named(loss, lost):
    y = ONE_HOT if isinstance(loss, SPARSE) else NUMBERS
    (cause,) = of_targets(diagnosed(classifier(), X, y, loss))
    assert f"does not take {lost}" in cause.explanation


def generator(x, y):
    while True:
        yield x, y


WORDS = {
    "one-hot": (ONE_HOT, "sparse_categorical_crossentropy", "are one-hot vectors", "one-hot"),
    "zeros": (np.zeros((24, 3)), "sparse_categorical_crossentropy", "have a column for each of the 3 classes", ""),
    "probabilities": (PARTS, "sparse_categorical_crossentropy", "are probabilities of classes", "probabilities"),
    "fractions": (X[:, :3], "sparse_categorical_crossentropy", "are numbers with fractions", "numbers"),
    "numbers": (NUMBERS, "categorical_crossentropy", "are integer labels", "integer labels"),
    "whole floats": (NUMBERS.astype("float32"), "categorical_crossentropy", "are integer labels", "integer labels"),
}


@pytest.mark.parametrize("case", WORDS)
def test_targets_are_called_what_their_values_are(case):
    y, loss, are, noun = WORDS[case]
    (cause,) = of_targets(diagnosed(classifier(), X, y, loss))
    assert cause.title.startswith(f"the targets {are}; ")
    assert noun in cause.label


def test_of_a_generator_the_shape_alone_is_told():
    model = classifier()
    model.compile("sgd", "sparse_categorical_crossentropy")
    with pytest.raises(ShapeMismatchError) as caught:
        model.fit(
            generator(X, ONE_HOT), shuffle=False, steps_per_epoch=1, verbose=0, callbacks=[ShapeGuard({"*": "..."})]
        )
    assert "one-hot" not in str(caught.value)
    for cause in of_targets(caught.value.report.diagnoses[0]):  # JAX and PyTorch raise before the data is known
        assert cause.title.startswith("the targets have a column for each of the 3 classes; ")


def test_an_autoencoder_under_a_loss_of_classes_needs_a_loss_of_numbers():
    diagnosis = diagnosed(autoencoder(), SEQUENCES, SEQUENCES, "sparse_categorical_crossentropy")
    (cause,) = diagnosis.causes
    assert (cause.kind, cause.edits[0].replacement, cause.verified) == ("loss", '"mse"', True)
    assert cause.title.startswith("the targets are the inputs of the model; ")


@pytest.mark.parametrize("y", [SEQUENCES.copy(), SEQUENCES + 0.5])
def test_fractions_are_no_classes_whatever_the_network_gives(y):
    diagnosis = diagnosed(autoencoder(), SEQUENCES, y, SPARSE())
    assert [cause.edits[0].replacement for cause in diagnosis.causes] == ['"mse"']


def test_an_autoencoder_from_a_generator_is_not_taken_for_classes():
    model = autoencoder()
    model.compile("sgd", "sparse_categorical_crossentropy")
    with pytest.raises(ShapeMismatchError) as caught:
        model.fit(
            generator(SEQUENCES, SEQUENCES),
            shuffle=False,
            steps_per_epoch=1,
            verbose=0,
            callbacks=[ShapeGuard({"*": "..."})],
        )
    assert not any(cause.verified for cause in caught.value.report.diagnoses[0].causes)


def test_the_output_of_several_is_named():
    x = keras.Input((6,))
    heads = [layers.Dense(1, name="price")(x), layers.Dense(3, activation="softmax", name="kind")(x)]
    diagnosis = diagnosed(keras.Model(x, heads), X, [X[:, :1], ONE_HOT], ["mse", SPARSE()])
    (cause,) = of_targets(diagnosis)
    assert cause.fix_note == "pass to compile() for the output of 'kind'"


class Own(losses.Loss):
    def call(self, y_true, y_pred):
        return losses.mean_squared_error(y_true, y_pred)


@pytest.mark.parametrize(("loss", "verified"), [("mse", True), (losses.Huber(), True), (Own(), False)])
def test_a_repair_is_verified_if_the_loss_is_keras_own_and_takes_its_output(loss, verified):
    x = keras.Input((6,))
    model = keras.Model(x, layers.Dense(3, name="head")(layers.Dense(5, name="hidden")(x)))
    model.compile("sgd", loss)
    with pytest.raises(ShapeMismatchError) as caught:
        model.fit(X, ONE_HOT, verbose=0, callbacks=[ShapeGuard({"hidden": "B 4"})])
    (cause,) = caught.value.report.diagnoses[0].causes
    assert (cause.suggestion, cause.verified) == (4, verified)


@pytest.mark.parametrize(
    ("metric", "proof"),
    [
        ("accuracy", "the loss accepts these shapes"),
        ("sparse_categorical_accuracy", "the metric 'sparse_categorical_accuracy' does not take the targets"),
        (lambda y, p: keras.ops.mean(p), "the metric '<lambda>' is your own"),
    ],
)
def test_another_loss_is_verified_if_the_metrics_take_the_targets_too(metric, proof):
    (cause,) = of_targets(diagnosed(classifier(), X, ONE_HOT, SPARSE(), metrics=[metric]))
    assert (cause.verified, cause.proof) == (metric == "accuracy", proof)


@pytest.mark.parametrize(("weights", "verified"), [(np.ones(24), True), (np.ones((24, 3)), False)])
def test_a_repair_is_not_verified_beside_weights_that_the_loss_does_not_take(weights, verified):
    x = keras.Input((6,))
    model = keras.Model(x, layers.Dense(3, name="head")(layers.Dense(5, name="hidden")(x)))
    model.compile("sgd", "mse")
    with pytest.raises(ShapeMismatchError) as caught:
        model.fit(X, ONE_HOT, sample_weight=weights, verbose=0, callbacks=[ShapeGuard({"hidden": "B 4"})])
    (cause,) = caught.value.report.diagnoses[0].causes
    assert (cause.suggestion, cause.verified) == (4, verified)
