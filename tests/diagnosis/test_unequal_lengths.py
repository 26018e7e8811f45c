"""Arrays of different lengths, which Keras refuses before it looks at any shape."""

import keras
import numpy as np
import pytest
from keras import layers

from shapeguard import ShapeGuard, ShapeMismatchError


def diagnosis_of(**given):
    model = keras.Sequential([keras.Input((4,)), layers.Dense(1, name="dense")])
    model.compile("sgd", "mse")
    with pytest.raises(ShapeMismatchError) as caught:
        model.fit(**given, verbose=0, callbacks=[ShapeGuard()])
    (diagnosis,) = caught.value.report.diagnoses
    assert diagnosis.code == "SG301"
    assert "sizes" in diagnosis.original
    return diagnosis


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (
            {"x": np.zeros((20, 4)), "y": np.zeros((19, 1))},
            "x has 20 samples, y has 19: x is (20, 4), y is (19, 1)",
        ),
        (
            {"x": np.zeros((20, 4)), "y": np.zeros((20, 1)), "sample_weight": np.ones(1)},
            "x has 20 samples, sample_weight has 1: x is (20, 4), y is (20, 1), sample_weight is (1,)",
        ),
    ],
)
def test_the_lengths_are_told_and_no_layer_is_blamed(given, said):
    diagnosis = diagnosis_of(**given)
    assert diagnosis.headline == said
    ((cause,), edits) = diagnosis.causes, diagnosis.causes[0].edits
    assert (cause.kind, cause.confidence, cause.verified, edits) == ("data", "possible", False, ())


def test_targets_with_their_samples_on_the_other_axis_are_turned():
    diagnosis = diagnosis_of(x=np.zeros((20, 4)), y=np.zeros((1, 20)))
    (cause,) = diagnosis.causes
    assert cause.title == "the samples of y are on axis 1; Keras takes axis 0: (20, 1) is wanted"
    assert cause.edits[0].corrected == "y = np.transpose(y)"


def test_one_target_beside_an_array_of_several_rows_makes_that_one_sample_without_a_batch_axis():
    model = keras.Sequential([keras.Input((4,)), layers.Dense(1, name="dense")])
    model.compile("sgd", "mse")
    steps, answer = np.zeros((12, 4)), np.array([[0.5]])
    with pytest.raises(ShapeMismatchError) as caught:
        model.fit(steps, answer, verbose=0, callbacks=[ShapeGuard()])
    causes = caught.value.report.diagnoses[0].causes
    assert [(each.confidence, each.edits[0].replacement) for each in causes] == [
        ("possible", "steps[None]"),
        ("possible", "steps[:1]"),
    ]


def test_arrays_of_one_length_are_none_of_it():
    model = keras.Sequential([keras.Input((4,)), layers.Dense(1, name="dense")])
    model.compile("sgd", "mse")
    guard = ShapeGuard({"dense": "B 1"})
    model.fit(np.zeros((20, 4)), np.zeros((20, 1)), verbose=0, callbacks=[guard])
    assert guard.report.ok


def test_all_arrays_that_are_longer_are_cut():
    model = keras.Sequential([keras.Input((4,)), layers.Dense(1, name="dense")])
    model.compile("sgd", "mse")
    rows, answers, weights = np.zeros((20, 4)), np.zeros((19, 1)), np.ones(20)
    with pytest.raises(ShapeMismatchError) as caught:
        model.fit(rows, answers, sample_weight=weights, verbose=0, callbacks=[ShapeGuard()])
    (cause,) = caught.value.report.diagnoses[0].causes
    assert [edit.replacement for edit in cause.edits] == ["rows[:19]", "weights[:19]"]
    assert cause.fix_note == "if the first 19 belong to each other, leave out the rest of x and sample_weight"


def test_samples_are_never_left_out_for_weights_that_are_too_few():
    diagnosis = diagnosis_of(x=np.zeros((20, 4)), y=np.zeros((20, 1)), sample_weight=np.ones(19))
    (cause,) = diagnosis.causes
    assert (cause.edits, cause.explanation) == ((), "Each sample takes a weight of its own, whatever its class.")
