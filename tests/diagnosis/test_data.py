"""Data that the model cannot take: the line of code that is offered makes it what the model takes."""

import keras
import numpy as np
import pytest
from helpers.texts import applied, has_text, module_of
from keras import layers

from shapeguard import ShapeGuard, ShapeMismatchError


def pictures():
    return keras.Sequential([keras.Input((16, 16, 3)), layers.Conv2D(4, 3), layers.Flatten(), layers.Dense(2)])


def sentences():
    return keras.Sequential([keras.Input((20,)), layers.Embedding(50, 4), layers.Flatten(), layers.Dense(2)])


def volumes():
    return keras.Sequential([keras.Input((6, 16, 16, 3)), layers.Conv3D(2, 3), layers.Flatten(), layers.Dense(2)])


def signals():
    return keras.Sequential([keras.Input((40, 3)), layers.Conv1D(4, 3), layers.Flatten(), layers.Dense(2)])


@pytest.mark.parametrize(
    ("model", "given", "code"),
    [
        (volumes, (8, 3, 6, 16, 16), "np.moveaxis(x, 1, -1)"),
        (signals, (8, 3, 40), "np.swapaxes(x, 1, 2)"),
        (pictures, (8, 3, 16, 16), "np.moveaxis(x, 1, -1)"),
        (pictures, (8, 20, 24, 3), "keras.ops.image.resize(x, (16, 16))"),
        (pictures, (8, 16, 16), "np.stack([x] * 3, -1)"),
        (sentences, (8, 23), "keras.utils.pad_sequences(x, 20)"),
    ],
)
def test_the_code_that_is_offered_gives_data_that_the_model_takes(model, given, code):
    network = model()
    network.compile("sgd", "mse")
    expected = {layer.name: ("B", *layer.output.shape[1:]) for layer in network.layers}
    x = np.zeros(given, "float32")
    with pytest.raises(ShapeMismatchError) as raised:
        network.fit(x, np.zeros((8, 2)), verbose=0, callbacks=[ShapeGuard(expected)])
    (diagnosis,) = raised.value.report.diagnoses
    (edit,) = diagnosis.causes[0].edits
    assert (diagnosis.causes[0].kind, edit.suggestion) == ("data", code)
    namespace = {"x": x, "np": np, "keras": keras}
    network.fit(eval(code, namespace), np.zeros((8, 2)), verbose=0)  # noqa: S307  the code that is offered


def test_nothing_is_promised_while_the_data_does_not_fit():
    model = keras.Sequential([keras.Input((7, 2)), layers.LSTM(4), layers.Dense(9, name="classes")])
    model.compile("sgd", "categorical_crossentropy")
    with pytest.raises(ShapeMismatchError) as caught:
        model.fit(np.zeros((5, 6, 2)), np.zeros((5, 3)), verbose=0, callbacks=[ShapeGuard()])
    causes = caught.value.report.diagnoses[0].causes
    assert [cause.verified for cause in causes if cause.argument == "units"] == [False]


@pytest.mark.parametrize(
    ("declared", "fed", "code", "is_verified"),
    [
        ((28, 28, 1), (1, 28, 28), "np.moveaxis(x, 1, -1)", True),
        ((8, 8, 3), (3, 8, 8), "np.moveaxis(x, 1, -1)", True),
        ((3, 8, 3), (3, 3, 8), "np.moveaxis(x, 1, -1)", False),  # which of the two axes of 3 are the channels?
        ((6, 4, 5), (4, 5, 6), "np.moveaxis(x, -1, 1)", True),
        ((5, 4), (20,), "x.reshape(-1, 5, 4)", False),
        ((8, 8, 3), (4, 48), "x.reshape(-1, 8, 8, 3)", False),  # patches of a picture
        ((20,), (5, 4), "x.reshape(-1, 20)", True),
        ((5, 1, 4), (5, 4), "x.reshape(-1, 5, 1, 4)", True),
    ],
)
def test_data_in_other_axes_is_verified_only_where_their_sizes_leave_no_other_choice(declared, fed, code, is_verified):
    first = layers.BatchNormalization(name="first")  # refuses another last axis
    model = keras.Sequential([keras.Input(declared), first, layers.Flatten(), layers.Dense(2)])
    model.compile("sgd", "mse")
    x = np.zeros((4, *fed))
    with pytest.raises(ShapeMismatchError) as caught:
        model.fit(x, np.zeros((4, 2)), verbose=0, callbacks=[ShapeGuard({"first": ("B", *declared)})])
    causes = caught.value.report.diagnoses[0].causes
    (cause,) = [cause for cause in causes if cause.kind == "data"]
    assert (cause.suggestion, cause.verified) == (code, is_verified)
    assert is_verified or cause.confidence == "possible"


@pytest.mark.parametrize(
    ("before", "expected", "is_verified"),
    [
        ([keras.Input((4, 6))], "B 6 _", False),  # 6 rows of 24 numbers: nobody says which
        ([keras.Input((4, 6))], "B 12 2", True),  # the user does
        ([keras.Input((4, 1, 6))], "B 4 _", True),  # without the axis of 1
        ([keras.Input((4, 6))], "B _", True),  # flat
        ([keras.Input((3,)), layers.Dense(24)], "B 6 _", True),  # numbers in no order
        ([keras.Input((4, 6)), layers.Flatten()], "B 6 _", False),
    ],
)
def test_another_target_of_a_reshape_is_a_guess_unless_it_is_expected_or_keeps_the_axes(before, expected, is_verified):
    with pytest.raises(ShapeMismatchError) as caught, ShapeGuard({"rows": expected}):
        keras.Sequential([*before, layers.Reshape((5, 5), name="rows")])
    causes = caught.value.report.diagnoses[0].causes
    assert [each.verified for each in causes if each.argument == "target_shape"][:1] == [is_verified]


HEAD = "import keras\nimport numpy as np\nfrom keras import layers\n"
PICTURES = (
    "model = keras.Sequential([keras.Input((8, 8, 3)), layers.Conv2D(2, 3), layers.Flatten(), layers.Dense(2)])\n"
)
PAIR = (
    "a, b = keras.Input((8, 8, 3), name='a'), keras.Input((4,), name='b')\n"
    "c = layers.Flatten()(layers.Conv2D(2, 3)(a))\n"
    "model = keras.Model([a, b], layers.Dense(2)(layers.Concatenate()([c, b])))\n"
)
DATA = "images, y, more = np.zeros((8, 3, 8, 8)), np.zeros((8, 2)), np.zeros((8, 4))\nmodel.compile('sgd', 'mse')\n"

CALLS = {
    "by position": (PICTURES, "model.fit(images, y, verbose=0)", "model.fit(np.moveaxis(images, 1, -1), y, verbose=0)"),
    "by keyword": (PICTURES, "model.fit(y=y, x=images / 255)", "model.fit(y=y, x=np.moveaxis(images / 255, 1, -1))"),
    "one of a list": (PAIR, "model.fit([images, more], y)", "model.fit([np.moveaxis(images, 1, -1), more], y)"),
    "one of a dict": (
        PAIR,
        "model.fit({'b': more, 'a': images}, y)",
        "model.fit({'b': more, 'a': np.moveaxis(images, 1, -1)}, y)",
    ),
    "with data for validation": (
        PICTURES,
        "model.fit(images, y, validation_data=(images[:2], y[:2]))",
        "model.fit(np.moveaxis(images, 1, -1), y, validation_data=(np.moveaxis(images[:2], 1, -1), y[:2]))",
    ),
    "with data for validation that fits": (
        PICTURES,
        "model.fit(images, y, validation_data=(np.zeros((2, 8, 8, 3)), y[:2]))",
        "model.fit(np.moveaxis(images, 1, -1), y, validation_data=(np.zeros((2, 8, 8, 3)), y[:2]))",
    ),
    "in evaluate": (PICTURES, "model.evaluate(images, y)", "model.evaluate(np.moveaxis(images, 1, -1), y)"),
    "several behind one name": (PAIR, "both = [images, more]; model.fit(both, y)", None),
}


@pytest.mark.parametrize(("model", "call", "meant"), CALLS.values(), ids=CALLS)
def test_data_is_converted_where_the_program_hands_it_over(model, call, meant, tmp_path):
    path = tmp_path / "program.py"
    path.write_text(f"{HEAD}{model}{DATA}{call}\n")
    with pytest.raises(ShapeMismatchError) as raised, ShapeGuard():
        module_of(path)
    cause = next(cause for cause in raised.value.report.diagnoses[0].causes if cause.kind == "data")
    assert (cause.layer, cause.argument) == ("evaluate" if "evaluate" in call else "fit", "x")
    assert has_text(cause) == (meant is not None)
    if meant is not None:
        assert applied(path, cause) == f"{HEAD}{model}{DATA}{meant}\n"
