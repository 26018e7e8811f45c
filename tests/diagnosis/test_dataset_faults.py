"""Elements of a `tf.data` dataset of which TensorFlow makes no batches: the call of the pipeline that is wrong."""

import runpy

import keras
import pytest
from helpers.refused_programs import refused
from helpers.texts import has_text, mended

from shapeguard import ShapeGuard

pytestmark = [
    pytest.mark.filterwarnings("ignore:ShapeGuard. this model has no expected shapes"),
    pytest.mark.filterwarnings("ignore:`shuffle=True` was passed"),
    pytest.mark.filterwarnings("ignore:Your input ran out of data"),
    pytest.mark.skipif(keras.config.backend() != "tensorflow", reason="others have no such datasets"),
]
HEAD = """
import keras
import numpy as np
import tensorflow as tf
from keras import layers

def net(*shape):
    model = keras.Sequential([keras.Input(shape), layers.Dense(2), layers.GlobalAveragePooling1D(), layers.Dense(1)])
    model.compile("sgd", "mse")
    return model

size = 6
"""
GENERATOR = """
def samples():
    for _ in range(8):
        yield np.zeros((6, 1), "float32"), np.zeros({0}, "float32")

ds = tf.data.Dataset.from_generator(samples, {1})
net(None, 1).fit(ds.batch(4).prefetch(1), verbose=0)
"""
SPECS = "output_signature=(tf.TensorSpec(shape={0}, dtype=tf.float32), tf.TensorSpec({1}, tf.float32))"
WINDOWS = """
def windowed(series, length):
    ds = tf.data.Dataset.from_tensor_slices(series)
    ds = ds.window({0})
    ds = ds.flat_map(lambda part: part.batch({1}))
    return ds.map(lambda part: (part[:-1, None], part[-1:])).batch(4)

net(None, 1).fit(windowed(np.zeros(40, "float32"), 5), verbose=0)
"""
CASES = {
    "an axis that is not declared": (
        GENERATOR.format("(1,)", SPECS.format("(size,)", "(1,)")),
        ["ds = tf.data.Dataset.from_generator(samples, " + SPECS.format("(size, 1)", "(1,)") + ")"],
    ),
    "another size": (
        GENERATOR.format("(1,)", SPECS.format("(8, 1)", "(1,)")),
        ["ds = tf.data.Dataset.from_generator(samples, " + SPECS.format("(6, 1)", "(1,)") + ")"],
    ),
    "the targets": (
        GENERATOR.format("(1,)", SPECS.format("(size, 1)", "()")),
        ["ds = tf.data.Dataset.from_generator(samples, " + SPECS.format("(size, 1)", "(1,)") + ")"],
    ),
    "shapes and types": (
        GENERATOR.format("1", "output_types=('float32', 'float32'), output_shapes=((9, 1), (1,))"),
        [
            (
                "ds = tf.data.Dataset.from_generator(samples,"
                " output_types=('float32', 'float32'), output_shapes=((6, 1), (1,)))"
            )
        ],
    ),
    "windows cut in pieces": (
        WINDOWS.format("length + 1, shift=1, drop_remainder=True", "length"),
        ["    ds = ds.flat_map(lambda part: part.batch(length + 1))"],
    ),
    "windows that run out": (
        WINDOWS.format("length + 1, shift=1", "length + 1"),
        ["    ds = ds.window(length + 1, shift=1, drop_remainder=True)"],
    ),
    "sentences of several lengths": (
        (
            "words = tf.data.Dataset.from_tensor_slices(np.arange(1, 9)).map(lambda n: (tf.range(n), 0.0))\n"
            "net = [keras.Input((None,)), layers.Embedding(9, 2), layers.GlobalAveragePooling1D(), layers.Dense(1)]\n"
            "model = keras.Sequential(net)\nmodel.compile('sgd', 'mse')\nmodel.fit(words.batch(4), verbose=0)"
        ),
        ["model.fit(words.padded_batch(4), verbose=0)"],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_the_call_of_the_pipeline_is_mended(case, tmp_path):
    program, lines = CASES[case]
    diagnosis = refused(HEAD + program, tmp_path)
    (cause,) = diagnosis.causes
    after = mended(tmp_path / "program.py", cause).splitlines()
    assert diagnosis.code == "SG301"
    assert [line for line in after if line not in (HEAD + program).splitlines()] == lines


def test_the_input_that_takes_what_is_yielded_makes_it_the_cause(tmp_path):
    program = GENERATOR.format("(1,)", SPECS.format("(size,)", "(1,)"))
    (cause,) = refused(HEAD + program, tmp_path).causes
    assert (cause.confidence, cause.explanation) == ("cause", "An input of the model takes (6, 1).")
    other = program.replace("(6, 1)", "(6, 2)")
    (cause,) = refused(HEAD + other, tmp_path).causes
    assert cause.confidence == "possible"


def test_methods_whose_results_nothing_keeps_are_kept(tmp_path):
    program = (
        "rows = tf.data.Dataset.from_tensor_slices((np.zeros((8, 6, 1)), np.zeros((8, 1))))\n"
        "rows.shuffle(8).batch(4)\nrows.repeat(2)\none = keras.Input((6, 1))\n"
        "model = keras.Model(one, layers.Dense(1)(layers.Flatten()(one)))\n"
        "model.compile('sgd', 'mse')\nmodel.fit(rows, verbose=0)"
    )
    (cause,) = refused(HEAD + program, tmp_path).causes
    after = mended(tmp_path / "program.py", cause).splitlines()
    assert [line for line in after if line.startswith("rows = rows")] == [
        "rows = rows.shuffle(8).batch(4)",
        "rows = rows.repeat(2)",
    ]


def test_pictures_of_several_sizes_are_marked_where_they_are_batched(tmp_path):
    program = (
        "pictures = tf.data.Dataset.range(1, 9).map(lambda n: (tf.zeros((n, 2)), 0.0))\n"
        "batches = pictures.batch(4)\nnet(None, 2).fit(batches, verbose=0)"
    )
    (cause,) = refused(HEAD + program, tmp_path).causes
    assert not has_text(cause)
    assert "tf.image.resize" in cause.explanation


def test_a_right_pipeline_is_left_alone(tmp_path):
    file = tmp_path / "program.py"
    windows = WINDOWS.format("length + 1, shift=1, drop_remainder=True", "length + 1")
    file.write_text(HEAD + GENERATOR.format("(1,)", SPECS.format("(size, 1)", "(1,)")) + windows, encoding="utf-8")
    with ShapeGuard():
        runpy.run_path(str(file))
