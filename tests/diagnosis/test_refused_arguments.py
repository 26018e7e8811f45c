"""Constructor calls that Keras refuses over how an argument is written: the corrected call is one that it takes."""

import runpy

import numpy as np
import pytest
from keras import Input, Sequential, layers

from shapeguard import ShapeGuard, ShapeMismatchError

NAMES = {"layers": layers, "Input": Input, "Sequential": Sequential}
CALLS = [
    ("Input(784)", "Input((784,))"),
    ("Input(shape=(28 * 28))", "Input(shape=(28 * 28,))"),
    ("Input(batch_shape=(32))", "Input(batch_shape=(None, 32))"),
    ("Input(28, 28)", "Input((28, 28))"),
    ("layers.Reshape(100)", "layers.Reshape((100,))"),
    ("layers.Reshape(7, 7, name='map')", "layers.Reshape((7, 7), name='map')"),
    ("layers.Permute(2, 1)", "layers.Permute((2, 1))"),
    ("layers.UpSampling2D(2, 3)", "layers.UpSampling2D((2, 3))"),
    ("layers.Dense((64,))", "layers.Dense(64)"),
    ("layers.Dense(units=[64], activation='relu')", "layers.Dense(units=64, activation='relu')"),
    ("layers.LSTM((64,), return_sequences=True)", "layers.LSTM(64, return_sequences=True)"),
    ("layers.Embedding((1000,), 8)", "layers.Embedding(1000, 8)"),
    ("layers.RepeatVector((3,))", "layers.RepeatVector(3)"),
    ("layers.Conv2D((3, 3), 32)", "layers.Conv2D(32, 3)"),
    ("layers.Conv2D((3, 5), 32)", "layers.Conv2D(32, (3, 5))"),
    ("layers.Conv2D(4, 3, stride=2)", "layers.Conv2D(4, 3, strides=2)"),
    ("layers.Conv2D(filter=4, kernel=3)", "layers.Conv2D(filters=4, kernel_size=3)"),
    ("layers.Conv2D(4, 3, dilation=2)", "layers.Conv2D(4, 3, dilation_rate=2)"),
    ("layers.LSTM(4, return_sequence=True)", "layers.LSTM(4, return_sequences=True)"),
    ("layers.Dense(4, input_shap=(3,))", "layers.Dense(4, input_shape=(3,))"),
    ("layers.Dropout(rat=0.5)", "layers.Dropout(rate=0.5)"),
]
pytestmark = pytest.mark.filterwarnings("ignore:Do not pass an `input_shape`:UserWarning")


def made(code, tmp_path, **names):
    file = tmp_path / "program.py"
    file.write_text(f"layer = {code}\n", encoding="utf-8")
    with ShapeGuard():
        return runpy.run_path(str(file), NAMES | names)["layer"]


def refused(code, tmp_path, **names):
    with pytest.raises(ShapeMismatchError) as caught:
        made(code, tmp_path, **names)
    (diagnosis,) = caught.value.report.diagnoses
    assert diagnosis.code == "SG601"
    return diagnosis


@pytest.mark.parametrize(("code", "corrected"), CALLS, ids=[code for code, _ in CALLS])
def test_the_corrected_call_comes_first_and_keras_takes_it(code, corrected, tmp_path):
    cause = refused(code, tmp_path).causes[0]
    assert cause.edits[0].corrected == corrected
    assert not cause.verified
    made(corrected, tmp_path)


def test_a_number_of_numpy_becomes_one_of_python(tmp_path):
    cause = refused("layers.Dense(width // 2)", tmp_path, width=np.int64(12)).causes[0]
    assert (cause.edits[0].corrected, cause.verified) == ("layers.Dense(int(width // 2))", False)


def test_an_embedding_gets_the_sizes_of_the_vectors_that_it_is_given(tmp_path):
    vectors = np.broadcast_to(np.float32(0), (300_000, 300))
    cause = refused("layers.Embedding(43, 100, weights=[vectors])", tmp_path, vectors=vectors).causes[0]
    assert [edit.suggestion for edit in cause.edits] == [300_000, 300]
    corrected = "layers.Embedding(vectors.shape[0], vectors.shape[1], weights=[vectors])"
    assert cause.edits[0].corrected == corrected


def test_the_edit_replaces_exactly_the_argument(tmp_path):
    edit = refused("Input(shape=(28 * 28))", tmp_path).causes[0].edits[0]
    assert (edit.argument, edit.value, edit.suggestion) == ("shape", 784, (784,))
    assert (edit.replaces.column, edit.replaces.end_column, edit.replacement) == (20, 29, "(28 * 28,)")


def test_a_shape_that_a_sequential_takes_from_its_first_layer_is_that_layer_s_argument(tmp_path):
    diagnosis = refused("Sequential([layers.Dense(3, input_shape=(784), name='first')])", tmp_path)
    assert diagnosis.layer == "first"
    assert diagnosis.causes[0].edits[0].corrected == "layers.Dense(3, input_shape=(784,), name='first')"


def test_two_numbers_for_one_may_be_the_last_axis_or_all_of_them(tmp_path):
    causes = refused("layers.Dense((28, 14))", tmp_path).causes
    assert [cause.edits[0].corrected for cause in causes] == ["layers.Dense(14)", "layers.Dense(392)"]
    assert {cause.confidence for cause in causes} == {"possible"}


def test_several_keywords_are_one_cause_with_an_edit_each(tmp_path):
    (cause,) = refused("layers.LSTM(4, return_sequence=True, dropot=0.1)", tmp_path).causes
    assert cause.title == (
        "LSTM has no arguments `return_sequence`, `dropot`: did you mean `return_sequences`, `dropout`?"
    )
    assert [(edit.argument, edit.suggestion) for edit in cause.edits] == [("return_sequences", True), ("dropout", 0.1)]


@pytest.mark.parametrize(
    "code",
    [
        "layers.Dense(5, colour='red')",
        "layers.Dense(5, colour='red', activations='relu')",
        "layers.Dense(10, 20)",
        "layers.Conv2D(4, 3, kernel='relu')",
    ],
)
def test_what_is_near_to_nothing_stays_what_it_was(code, tmp_path):
    with pytest.raises(ValueError) as caught:  # noqa: PT011  the text is Keras' own
        made(code, tmp_path)
    assert not isinstance(caught.value, ShapeMismatchError)
