"""What may convict an annotation: other expectations that could have failed, and targets; never what repeats it."""

import keras
import numpy as np
import pytest

from shapeguard import ShapeGuard, ShapeMismatchError, check

layers = keras.layers


def diagnosed(model, expect, y, loss="mse"):
    model.compile("sgd", loss)
    x = np.zeros((16, *model.input_shape[1:]), "float32")
    with pytest.raises(ShapeMismatchError) as caught:
        model.fit(x, y, verbose=0, callbacks=[ShapeGuard(expect)])
    return caught.value.report.diagnoses[0]


def head(units, *more):
    return keras.Sequential([keras.Input((6,)), layers.Dense(units, name="head"), *more])


def own(y_true, y_pred):
    return keras.ops.mean(y_pred, axis=-1) + 0 * keras.ops.sum(y_true)


def rows(classes):
    return np.eye(classes, dtype="float32")[np.arange(16) % classes]


BEHIND = head(7, layers.Softmax(name="soft")), {"head": "B 7", "soft": "B 10"}
OF_TARGETS = {
    "the same, and a change is found": (head(7), {"head": "B 10"}, rows(10), "mse", "SG101"),
    "the same, and none is found": (
        *BEHIND,
        rows(10),
        "categorical_crossentropy",
        "SG190",
    ),
    "the same, by a loss of one's own": (
        *BEHIND,
        rows(10),
        own,
        "SG190",
    ),
    "the observed ones": (head(7), {"head": "B 10"}, rows(7), "mse", "SG501"),
    "the observed ones, behind": (
        *BEHIND,
        rows(7),
        "categorical_crossentropy",
        "SG501",
    ),
    "nothing": (head(7), {"head": "B 10"}, np.arange(16) % 7, "sparse_categorical_crossentropy", "SG101"),
}


@pytest.mark.parametrize("case", OF_TARGETS)
def test_targets_convict_an_annotation_only_where_they_contradict_it(case):
    model, expect, y, loss, code = OF_TARGETS[case]
    diagnosis = diagnosed(keras.models.clone_model(model), expect, y, loss)
    assert diagnosis.code in {code, "SG601"} - ({"SG601"} if code == "SG501" else set())  # JAX and PyTorch raise first
    assert any(cause.kind == "annotation" for cause in diagnosis.causes) == (code == "SG501")


def test_what_would_contradict_the_targets_is_not_shown_beside_a_wrong_annotation():
    (cause,) = diagnosed(head(7), {"head": "B 10"}, rows(7)).causes
    assert (cause.kind, cause.confidence) == ("annotation", "cause")
    assert cause.title == "the expected shape of 'head' itself: the targets agree with the observed shape"


def chain(*steps):
    return keras.Sequential([keras.Input((8, 8, 2), name="image"), *steps])


def ready_made():
    x = keras.Input((8, 8, 2), name="image")
    inner = keras.Sequential([keras.Input((8, 8, 2)), layers.Conv2D(4, 3, name="inside")], name="base")
    return keras.Model(x, layers.ReLU(name="relu")(inner(x)))


NORM, RELU, DROP = layers.BatchNormalization, layers.ReLU, layers.Dropout
CONVICTED = {
    "a convolution before": (
        chain(layers.Conv2D(4, 3, name="conv"), NORM(name="norm")), {"conv": "B 6 6 4", "norm": "B 6 6 8"}, True,
    ),
    "a convolution behind": (
        chain(NORM(name="norm"), layers.Conv2D(4, 3, name="conv")), {"norm": "B 9 9 2", "conv": "B 6 6 4"}, True,
    ),
    "an activation behind repeats it": (
        chain(NORM(name="norm"), RELU(name="relu")), {"norm": "B 8 8 3", "relu": "B 8 8 2"}, False,
    ),
    "dropout before repeats the input": (
        chain(DROP(0.5, name="drop"), NORM(name="norm")), {"drop": "B 8 8 2", "norm": "B 8 8 3"}, False,
    ),
    "names say no size": (
        chain(layers.Conv2D(4, 3, name="conv"), NORM(name="norm")), {"conv": "B H W C", "norm": "B 6 6 8"}, False,
    ),
    "the input repeats the program": (chain(NORM(name="norm")), {"image": "B 8 8 2", "norm": "B 8 8 3"}, False),
    "a model that was made before": (ready_made(), {"base": "B 6 6 4", "relu": "B 6 6 8"}, False),
}  # fmt: skip


@pytest.mark.parametrize("case", CONVICTED)
def test_an_annotation_is_wrong_on_the_evidence_of_a_layer_that_could_have_given_something_else(case):
    model, expect, convicted = CONVICTED[case]
    (diagnosis,) = check(model, expect).diagnoses
    assert (diagnosis.code == "SG501") == convicted, diagnosis
    assert any(cause.kind == "annotation" for cause in diagnosis.causes) == convicted


def test_what_is_expected_of_a_layer_against_the_targets_is_told_beside_what_these_ask():
    model = keras.Sequential([keras.Input((6,)), layers.Dense(3), layers.Dense(4, name="last")])
    model.compile("sgd", "mse")
    with pytest.raises(ShapeMismatchError) as caught:
        model.fit(np.zeros((4, 6)), np.zeros(4), callbacks=[ShapeGuard({"last": (None, 4)})], verbose=0)
    (diagnosis,) = caught.value.report.diagnoses
    (cause, *_) = diagnosis.causes
    assert (diagnosis.code, cause.layer, cause.argument, cause.suggestion) == ("SG303", "last", "units", 1)
    assert (cause.confidence, cause.verified, cause.proof) == (
        "possible",
        False,
        "another shape is expected of this layer",
    )


def test_an_expectation_before_a_lambda_that_only_calculates_is_solved_for():
    layer = layers.Cropping2D(((0, 0), (5, 2)), name="crop")
    scaled = layers.Lambda(lambda x: x / 127.5 - 1.0)
    model = keras.Sequential([keras.Input((16, 32, 3)), layer, scaled, layers.Conv2D(4, 3, name="conv")])
    guard = ShapeGuard({"crop": (None, 9, 32, 3), "conv": (None, 7, 30, 4)}, on_mismatch="record")
    (diagnosis,) = guard.check(model).diagnoses
    assert (diagnosis.causes[0].argument, diagnosis.causes[0].suggestion) == ("cropping", ((5, 2), (0, 0)))
    assert diagnosis.consequences == ("conv",)
