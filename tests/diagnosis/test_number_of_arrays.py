"""One array where the model has several inputs or outputs, and the place where it is handed over."""

import pytest
from helpers.refused_programs import refused
from helpers.texts import applied, mended

pytestmark = [
    pytest.mark.filterwarnings("ignore:ShapeGuard. this model has no expected shapes"),
    pytest.mark.filterwarnings("ignore:`shuffle=True` was passed"),
]
HEAD = """
import keras
import numpy as np
from keras import layers

a, b = keras.Input(({0},), name="a"), keras.Input(({1},), name="b")
model = keras.Model([a, b], layers.Dense(1)(layers.Concatenate()([a, b])))
model.compile("sgd", "mse")
pairs, y = np.zeros((8, {2})), np.zeros((8, 1))
both = [np.zeros((8, {0})), np.zeros((8, {1}))]
"""
ALIKE, APART = (4, 4, "2, 4"), (4, 3, "7")
BATCHES = "def batches():\n    while True:\n        yield {}, y\n\n"


@pytest.mark.parametrize(
    ("sizes", "wrong", "line"),
    {
        "fit": (
            ALIKE,
            "model.fit(pairs, y, verbose=0)",
            "model.fit([pairs[:, i] for i in range(2)], y, verbose=0)",
        ),
        "calculated": (
            ALIKE,
            "model.evaluate(pairs + 1, y, verbose=0)",
            "model.evaluate([(pairs + 1)[:, i] for i in range(2)], y, verbose=0)",
        ),
        "on the last axis": (
            (4, 4, "4, 2"),
            "model.predict(pairs, verbose=0)",
            "model.predict([pairs[..., i] for i in range(2)], verbose=0)",
        ),
        "side by side": (
            APART,
            "model.fit(pairs, y, verbose=0)",
            "model.fit([pairs[..., :4], pairs[..., 4:]], y, verbose=0)",
        ),
        "validation": (
            ALIKE,
            "model.fit(both, y, validation_data=(pairs, y), verbose=0)",
            "model.fit(both, y, validation_data=([pairs[:, i] for i in range(2)], y), verbose=0)",
        ),
        "a generator": (
            ALIKE,
            BATCHES.format("pairs") + "model.fit(batches(), steps_per_epoch=2, verbose=0)",
            "        yield tuple(pairs[:, i] for i in range(2)), y",
        ),
        "a generator that stacks the inputs": (
            ALIKE,
            BATCHES.format("np.array([both[0], both[1]])") + "model.fit(batches(), steps_per_epoch=2, verbose=0)",
            "        yield (both[0], both[1]), y",
        ),
        "a generator, side by side": (
            APART,
            BATCHES.format("pairs") + "model.fit(batches(), steps_per_epoch=2, verbose=0)",
            "        yield (pairs[..., :4], pairs[..., 4:]), y",
        ),
    }.values(),
)
def test_one_array_is_taken_apart_where_it_is_handed_over(sizes, wrong, line, tmp_path):
    diagnosis = refused(HEAD.format(*sizes) + wrong, tmp_path)
    (cause,) = diagnosis.causes
    assert line in mended(tmp_path / "program.py", cause).splitlines()


def test_a_dataset_is_mapped(tmp_path):
    pytest.importorskip("tensorflow")
    lines = "import tensorflow as tf\nds = tf.data.Dataset.from_tensor_slices((pairs, y)).batch(4)\nmodel.fit(ds)"
    (cause,) = refused(HEAD.format(*ALIKE) + lines, tmp_path).causes
    wanted = "model.fit(ds.map(lambda x, y: (tuple(x[:, i] for i in range(2)), y)))"
    assert mended(tmp_path / "program.py", cause).splitlines()[-1] == wanted


@pytest.mark.parametrize(
    ("wrong", "subject", "argument"),
    [
        ("model.fit(both, y, validation_data=(y, y), verbose=0)", "x of validation_data", "validation_data"),
        ("val = (y, y)\nmodel.fit(both, y, validation_data=val, verbose=0)", "x of validation_data", "validation_data"),
        ("model.evaluate(y, y, verbose=0)", "x", "x"),
        ("model.predict(y, verbose=0)", "x", "x"),
    ],
)
def test_the_argument_that_lacks_an_array_is_named_and_marked(wrong, subject, argument, tmp_path):
    diagnosis = refused(HEAD.format(*ALIKE) + wrong, tmp_path)
    (cause,) = diagnosis.causes
    own = "'a' (B, 4), 'b' (B, 4)"
    assert diagnosis.headline == f"{subject} is 1 array, (B, 1); the model has 2 inputs: {own}"
    assert (cause.argument, cause.fix_note) == (argument, "give an array for each input")
    assert cause.edits[0].span is not None
    assert cause.edits[0].replacement is None


def test_the_shape_of_validation_data_is_told_as_such(tmp_path):
    program = HEAD.format(*ALIKE) + (
        "val = ([np.zeros((8, 4)), np.zeros((8, 5))], y)\nmodel.fit(both, y, validation_data=val, verbose=0)"
    )
    diagnosis = refused(program, tmp_path)
    assert diagnosis.headline == "input 'b': expected (8, 4), got (8, 5) in validation_data"
    assert all(edit.argument == "validation_data" for cause in diagnosis.causes for edit in cause.edits)


def test_a_calculated_array_is_put_in_brackets_before_an_axis_is_taken(tmp_path):
    diagnosis = refused(HEAD.format(*APART) + "model.predict(pairs - 1, verbose=0)", tmp_path)
    text = applied(tmp_path / "program.py", diagnosis.causes[0])
    assert text.splitlines()[-1] == "model.predict([(pairs - 1)[..., :4], (pairs - 1)[..., 4:]], verbose=0)"
