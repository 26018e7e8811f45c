"""Constructor calls of Keras 1, which Keras 3 refuses: the corrected call is one that it takes, and means the same."""

import runpy

import pytest
from keras import layers

from shapeguard import ShapeGuard, ShapeMismatchError

CALLS = [
    ("layers.Convolution3D(8, 3, 3, 5)", "layers.Convolution3D(8, (3, 3, 5))"),
    ("layers.Conv3DTranspose(8, 2, 2, 2)", "layers.Conv3DTranspose(8, (2, 2, 2))"),
    ("layers.Conv3D(8, 3, 3, 3, border_mode='same')", "layers.Conv3D(8, (3, 3, 3), padding='same')"),
    ("layers.Conv3D(8, 3, 3, 3, subsample=(1, 2, 2))", "layers.Conv3D(8, (3, 3, 3), strides=(1, 2, 2))"),
    ("layers.Conv3D(4, kernel_dim1=3, kernel_dim2=3, kernel_dim3=1)", "layers.Conv3D(4, kernel_size=(3, 3, 1))"),
    (
        "layers.Convolution2D(8, 3, 5, dim_ordering='th')",
        "layers.Convolution2D(8, (3, 5), data_format='channels_first')",
    ),
    ("layers.Conv2D(nb_filter=8, nb_row=3, nb_col=5)", "layers.Conv2D(filters=8, kernel_size=(3, 5))"),
    ("layers.Conv2DTranspose(8, 3, 5, border_mode='same')", "layers.Conv2DTranspose(8, (3, 5), padding='same')"),
    ("layers.SeparableConv2D(8, 3, 5, border_mode='same')", "layers.SeparableConv2D(8, (3, 5), padding='same')"),
    ("layers.Conv2D(8, 3, 2, 2)", "layers.Conv2D(8, 3, 2)"),
    (
        "layers.Convolution1D(nb_filter=8, filter_length=3, subsample_length=2)",
        "layers.Convolution1D(filters=8, kernel_size=3, strides=2)",
    ),
    ("layers.MaxPooling2D((2, 2), border_mode='same')", "layers.MaxPooling2D((2, 2), padding='same')"),
    ("layers.MaxPooling1D(pool_length=4, stride=2)", "layers.MaxPooling1D(pool_size=4, strides=2)"),
    ("layers.Dense(5, init='uniform')", "layers.Dense(5, kernel_initializer='uniform')"),
    ("layers.Dense(output_dim=5, bias=False)", "layers.Dense(units=5, use_bias=False)"),
    ("layers.LSTM(output_dim=5, inner_activation='tanh')", "layers.LSTM(units=5, recurrent_activation='tanh')"),
    ("layers.Dropout(p=0.5)", "layers.Dropout(rate=0.5)"),
    ("layers.BatchNormalization(mode=0, axis=1)", "layers.BatchNormalization(axis=1)"),
    ("layers.BatchNormalization(axis=1, mode=0)", "layers.BatchNormalization(axis=1)"),
]


def made(code, tmp_path):
    file = tmp_path / "program.py"
    file.write_text(f"layer = {code}\n", encoding="utf-8")
    with ShapeGuard():
        return runpy.run_path(str(file), {"layers": layers})["layer"]


def refused(code, tmp_path):
    with pytest.raises(ShapeMismatchError) as caught:
        made(code, tmp_path)
    (diagnosis,) = caught.value.report.diagnoses
    return diagnosis.causes[0]


@pytest.mark.parametrize(("code", "corrected"), CALLS, ids=[code for code, _ in CALLS])
def test_a_call_of_keras_1_is_told_in_the_words_of_keras_3(code, corrected, tmp_path):
    cause = refused(code, tmp_path)
    assert cause.confidence == "cause"
    assert cause.edits[0].corrected == corrected
    assert isinstance(made(corrected, tmp_path), layers.Layer)


@pytest.mark.filterwarnings("ignore:Do not pass an `input_shape`:UserWarning")
def test_steps_and_features_become_one_input_shape(tmp_path):
    cause = refused("layers.LSTM(5, input_length=4, input_dim=3)", tmp_path)
    assert cause.edits[0].corrected == "layers.LSTM(5, input_shape=(4, 3))"


def test_each_place_that_changes_is_an_edit(tmp_path):
    edits = refused("layers.Convolution3D(8, 3, 3, 5, border_mode='same', init='zeros')", tmp_path).edits
    assert [(edit.argument, edit.suggestion) for edit in edits] == [
        ("strides", (1, 1, 1)),
        ("kernel_initializer", "zeros"),
        ("padding", "same"),
    ]


@pytest.mark.parametrize(
    "code", ["layers.Dense(5, colour='red')", "layers.Dense()", "layers.Dense(5, init='uniform', colour='red')"]
)
def test_a_call_that_no_version_takes_stays_what_it_was(code, tmp_path):
    with pytest.raises((TypeError, ValueError)) as caught:
        made(code, tmp_path)
    assert not isinstance(caught.value, ShapeMismatchError)


@pytest.mark.filterwarnings("ignore:Do not pass an `input_shape`:UserWarning")
@pytest.mark.parametrize(
    ("code", "corrected"),
    [
        ("layers.Conv2D(8, 3, batch_input_shape=(None, 28, 28, 1))", "layers.Conv2D(8, 3, input_shape=(28, 28, 1))"),
        ("layers.Dense(8, batch_input_shape=[16, 2 * 4])", "layers.Dense(8, input_shape=(2 * 4,))"),
        ("layers.LSTM(8, batch_input_shape=(16, 10, 3), stateful=True)", "layers.LSTM(8, stateful=True)"),
        ("layers.LSTM(8, input_shape=(10, 3), batch_size=16)", "layers.LSTM(8, input_shape=(10, 3))"),
    ],
)
def test_the_size_of_a_batch_is_the_inputs(code, corrected, tmp_path):
    cause = refused(code, tmp_path)
    assert (cause.edits[0].corrected, cause.verified) == (corrected, False)
    assert cause.explanation.startswith(
        "Keras 3 takes the size of a batch at the Input alone: `keras.Input(batch_shape="
    )
    assert isinstance(made(corrected, tmp_path), layers.Layer)


def test_what_the_call_of_a_layer_takes_is_no_argument_of_its_constructor(tmp_path):
    cause = refused("layers.MultiHeadAttention(2, 4, use_causal_mask=True)", tmp_path)
    assert cause.title == "MultiHeadAttention has no argument `use_causal_mask`"
    assert cause.explanation == "The call of the layer takes it, `layer(..., use_causal_mask=True)`: pass it there."
    assert cause.edits[0].corrected == "layers.MultiHeadAttention(2, 4)"
