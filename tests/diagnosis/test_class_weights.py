"""Weights of classes that are given as weights of samples, and the reverse."""

import keras
import numpy as np
import pytest
from keras import layers

from shapeguard import ShapeGuard, ShapeMismatchError

ROWS = np.zeros((32, 8))
KINDS = np.arange(32) % 3
SCALE = np.array([1.0, 2.0, 4.0])
MASKS = np.arange(32 * 16).reshape(32, 4, 4) % 3
GUARDED = {"verbose": 0, "callbacks": [ShapeGuard()]}


def model_of(output, loss, shape=(8,)):
    model = keras.Sequential([keras.Input(shape), output])
    model.compile("sgd", loss)
    return model


def softmax(loss="sparse_categorical_crossentropy"):
    return model_of(layers.Dense(3, activation="softmax"), loss)


def cause_of(caught):
    (diagnosis,) = caught.value.report.diagnoses
    (cause,) = diagnosis.causes
    return cause


def test_a_weight_for_each_class_is_the_weight_of_classes():
    with pytest.raises(ShapeMismatchError) as caught:
        softmax().fit(ROWS, KINDS, sample_weight=SCALE, **GUARDED)
    cause = cause_of(caught)
    assert cause.title == "`sample_weight` is (3,), a weight for each of 3 classes; it takes a weight for each sample"
    assert cause.confidence == "cause"
    assert [edit.replacement for edit in cause.edits] == ["class_weight=dict(enumerate(SCALE))"]


def test_weights_that_are_written_out_are_written_by_class():
    with pytest.raises(ShapeMismatchError) as caught:
        softmax("categorical_crossentropy").fit(
            ROWS, np.eye(3)[KINDS], sample_weight=np.array([1.0, 2.0, 4.0]), **GUARDED
        )
    assert [edit.replacement for edit in cause_of(caught).edits] == ["class_weight={0: 1.0, 1: 2.0, 2: 4.0}"]


def test_one_unit_tells_two_classes_apart():
    model = model_of(layers.Dense(1, activation="sigmoid"), "binary_crossentropy")
    with pytest.raises(ShapeMismatchError) as caught:
        model.fit(ROWS, KINDS % 2, sample_weight=SCALE[:2], **GUARDED)
    assert [edit.replacement for edit in cause_of(caught).edits] == ["class_weight=dict(enumerate(SCALE[:2]))"]


def test_where_classes_have_no_weights_each_sample_gets_that_of_its_class():
    with pytest.raises(ShapeMismatchError) as caught:
        softmax().evaluate(ROWS, KINDS, sample_weight=SCALE, **GUARDED)
    assert [edit.replacement for edit in cause_of(caught).edits] == ["sample_weight=np.take(SCALE, KINDS)"]


def test_of_masks_each_pixel_gets_the_weight_of_its_class():
    model = model_of(layers.Conv2D(3, 1, activation="softmax"), "sparse_categorical_crossentropy", (4, 4, 2))
    with pytest.raises(ShapeMismatchError) as caught:
        model.fit(np.zeros((32, 4, 4, 2)), MASKS, sample_weight=SCALE, **GUARDED)
    assert [edit.replacement for edit in cause_of(caught).edits] == ["sample_weight=np.take(SCALE, MASKS)"]


def test_of_rows_for_each_step_the_column_of_the_one_is_the_class():
    steps, kinds = np.zeros((32, 4, 8)), np.eye(3)[np.arange(128).reshape(32, 4) % 3]
    model = model_of(layers.Dense(3, activation="softmax"), "categorical_crossentropy", (4, 8))
    with pytest.raises(ShapeMismatchError) as caught:
        model.fit(steps, kinds, sample_weight=SCALE, **GUARDED)
    assert [edit.replacement for edit in cause_of(caught).edits] == ["sample_weight=np.take(SCALE, kinds.argmax(-1))"]


def test_of_numbers_there_are_no_classes():
    model = model_of(layers.Dense(3), "mse")
    with pytest.raises(ShapeMismatchError) as caught:
        model.fit(ROWS, np.zeros((32, 3)), sample_weight=SCALE, **GUARDED)
    chosen, cause = caught.value.report.diagnoses[0].causes
    assert [edit.replacement for edit in chosen.edits] == ["SCALE[KINDS]"]
    assert (cause.title, cause.confidence) == ("sample_weight is (3,), and x has 32 samples", "possible")
    assert cause.edits == ()


def test_weights_of_outputs_are_those_of_compile():
    i = keras.Input((8,))
    model = keras.Model(i, [layers.Dense(1)(i), layers.Dense(1)(i)])
    model.compile("sgd", ["mse", "mse"])
    with pytest.raises(ShapeMismatchError) as caught:
        model.fit(ROWS, [np.zeros((32, 1)), np.zeros((32, 1))], sample_weight=np.array([0.5, 1.0]), **GUARDED)
    cause = cause_of(caught)
    assert cause.title == "`sample_weight` is (2,), a weight for each of 2 outputs; it takes a weight for each sample"
    assert cause.explanation == "The weights of outputs are `loss_weights` of compile()."


def test_a_dictionary_by_class_is_no_weight_of_samples():
    by_class = {0: 1.0, 1: 2.0, 2: 4.0}
    with pytest.raises(ShapeMismatchError) as caught:
        softmax().fit(ROWS, KINDS, sample_weight=by_class, **GUARDED)
    cause = cause_of(caught)
    assert cause.title == (
        "`sample_weight` has a weight for each number of a class; it takes an array of a weight for each sample"
    )
    assert [edit.replacement for edit in cause.edits] == ["class_weight=by_class"]


@pytest.mark.parametrize("kind", [list, np.array])
def test_weights_of_classes_are_a_dictionary(kind):
    given = kind([1.0, 2.0, 4.0])
    with pytest.raises(ShapeMismatchError) as caught:
        softmax().fit(ROWS, KINDS, class_weight=given, **GUARDED)
    cause = cause_of(caught)
    assert cause.title == "`class_weight` is no dictionary: it takes a weight for each number of a class"
    assert [edit.replacement for edit in cause.edits] == ["dict(enumerate(given))"]


def two_outputs(returned):
    i = keras.Input((8,))
    model = keras.Model(i, returned(layers.Dense(2, name="kind")(i), layers.Dense(3, name="size")(i)))
    model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return model


@pytest.mark.parametrize(
    ("returned", "y"),
    [
        (lambda *outputs: [*outputs], [KINDS % 2, KINDS]),
        (lambda *outputs: dict(zip(("kind", "size"), outputs, strict=True)), {"kind": KINDS % 2, "size": KINDS}),
    ],
)
@pytest.mark.parametrize("weights", [{0: 1.0, 1: 4.0}, {"kind": {0: 1.0, 1: 4.0}}])
def test_weights_of_classes_beside_several_outputs_are_weights_of_samples(returned, y, weights):
    with pytest.raises(ShapeMismatchError) as caught:
        two_outputs(returned).fit(ROWS, y, class_weight=weights, **GUARDED)
    cause = cause_of(caught)
    assert cause.title == "`class_weight` is for models of one output, and this one has 2: several take `sample_weight`"
    assert (cause.argument, cause.confidence, cause.verified) == ("class_weight", "cause", False)
    assert cause.edits[0].span is not None


@pytest.mark.filterwarnings("ignore:`shuffle=True` was passed")
@pytest.mark.parametrize("count", [1, 2])
def test_a_dataset_takes_no_weights_of_classes_under_names(count):
    tf = pytest.importorskip("tensorflow")
    y = KINDS if count == 1 else (KINDS % 2, KINDS)
    model = softmax() if count == 1 else two_outputs(lambda *outputs: [*outputs])
    with pytest.raises(ShapeMismatchError) as caught:
        model.fit(
            tf.data.Dataset.from_tensor_slices((ROWS, y)).batch(8), class_weight={"cat": 1.0, "dog": 4.0}, **GUARDED
        )
    cause = cause_of(caught)
    start = "the keys of `class_weight` are text" if count == 1 else "`class_weight` is for models of one output"
    assert (cause.title.startswith(start), cause.argument) == (True, "class_weight")
