"""Elements of a `tf.data` dataset of which nothing tells how many axes they have: where a program can say it."""

import keras
import pytest
from helpers.refused_programs import is_right, refused
from helpers.texts import mended

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
    ways = [layers.Conv1D(4, 3, padding="same"), layers.GlobalAveragePooling1D(), layers.Dense(1)]
    model = keras.Sequential([keras.Input(shape), *ways])
    model.compile("sgd", "mse")
    return model

def signal(n, length=9):
    return np.full((length, 2), n, "float32")

def samples():
    for n in range(8):
        yield signal(n), np.zeros(1, "float32")

def batches():
    for n in range(3, 0, -1):
        yield np.zeros((n, 9, 2), "float32"), np.zeros((n, 1), "float32")

def lengths():
    for n in range(8):
        yield signal(n, 3 + n), np.zeros(1, "float32")

f32 = tf.float32
generated = tf.data.Dataset.from_generator
"""
CASES = {
    "targets of batches": (
        "ds = generated(batches, output_signature=(tf.TensorSpec((None, 9, 2), f32), tf.TensorSpec(None, f32)))",
        "net(9, 2).fit(ds, verbose=0)",
        (
            "ds = tf.data.Dataset.from_generator(batches, output_signature=(tf.TensorSpec((None, 9, 2), f32),"
            " tf.TensorSpec((None, 1), f32)))"
        ),
    ),
    "inputs of single samples, by name": (
        (
            "specs = (tf.TensorSpec(shape=tf.TensorShape(None), dtype=f32), tf.TensorSpec([1], f32))\n"
            "ds = generated(samples, output_signature=specs).batch(4)"
        ),
        "net(9, 2).fit(ds, verbose=0)",
        "specs = (tf.TensorSpec(shape=(9, 2), dtype=f32), tf.TensorSpec([1], f32))",
    ),
    "types alone": (
        "ds = generated(samples, (f32, f32)).batch(4)",
        "net(9, 2).fit(ds, verbose=0)",
        "ds = tf.data.Dataset.from_generator(samples, (f32, f32), output_shapes=((9, 2), (1,))).batch(4)",
    ),
    "one shape of two": (
        "ds = generated(batches, output_types=(f32, f32), output_shapes=((None, 9, 2), None))",
        "net(9, 2).fit(ds, verbose=0)",
        (
            "ds = tf.data.Dataset.from_generator(batches, output_types=(f32, f32),"
            " output_shapes=((None, 9, 2), (None, 1)))"
        ),
    ),
    "lengths that vary": (
        "ds = generated(lengths, output_types=(f32, f32)).batch(1)",
        "net(None, 2).fit(ds, verbose=0)",
        (
            "ds = tf.data.Dataset.from_generator(lengths, output_types=(f32, f32), output_shapes=((None, 2), (1,)))"
            ".batch(1)"
        ),
    ),
    "lengths that the model leaves open": (
        "ds = generated(samples, output_types=(f32, f32)).batch(4)",
        "net(None, 2).fit(ds, verbose=0)",
        (
            "ds = tf.data.Dataset.from_generator(samples, output_types=(f32, f32), output_shapes=((None, 2), (1,)))"
            ".batch(4)"
        ),
    ),
    "inputs under names": (
        (
            "spec = {'a': tf.TensorSpec(None, f32)}, tf.TensorSpec((1,), f32)\n"
            "ds = generated(lambda: (({'a': x}, y) for x, y in samples()), output_signature=spec).batch(2)"
        ),
        (
            "one = keras.Input((9, 2), name='a')\nmodel = keras.Model({'a': one}, net(9, 2)(one))\n"
            "model.compile('sgd', 'mse')\nmodel.fit(ds, verbose=0)"
        ),
        "spec = {'a': tf.TensorSpec((9, 2), f32)}, tf.TensorSpec((1,), f32)",
    ),
    "a function of Python's": (
        (
            "def read(n):\n    return tf.py_function(signal, [n], f32), tf.zeros((1,))\n\n"
            "ds = tf.data.Dataset.range(8).map(read).batch(4)"
        ),
        "net(9, 2).fit(ds, verbose=0)",
        "ds = tf.data.Dataset.range(8).map(read).map(lambda x, y: (tf.ensure_shape(x, (9, 2)), y)).batch(4)",
    ),
    "a function of NumPy's on batches": (
        (
            "def score(x):\n    return x, tf.numpy_function(lambda a: a.mean(axis=(1, 2)), [x], f32)\n\n"
            "rows = tf.data.Dataset.from_tensor_slices(np.ones((8, 9, 2), 'float32')).batch(4)\n"
            "ds = rows.map(score, num_parallel_calls=2).map(lambda x, y: (x * 2, y)).prefetch(1)"
        ),
        "net(9, 2).fit(ds, verbose=0)",
        (
            "ds = rows.map(score, num_parallel_calls=2).map(lambda x, y: (x, tf.ensure_shape(y, (None,))))"
            ".map(lambda x, y: (x * 2, y)).prefetch(1)"
        ),
    ),
    "data for validation": (
        (
            "ok = tf.data.Dataset.from_tensors((np.ones((4, 9, 2)), np.ones((4, 1))))\n"
            "ds = generated(batches, output_types=(f32, f32))"
        ),
        "net(9, 2).fit(ok, validation_data=ds, verbose=0)",
        (
            "ds = tf.data.Dataset.from_generator(batches, output_types=(f32, f32),"
            " output_shapes=((None, 9, 2), (None, 1)))"
        ),
    ),
}


def _program(case):
    made, fit, line = CASES[case]
    return HEAD + f"{made}\n{fit}\n".replace("generated(", "tf.data.Dataset.from_generator("), line


@pytest.mark.parametrize("case", CASES)
def test_the_shapes_are_told_where_the_elements_are_declared_or_lost(case, tmp_path):
    program, line = _program(case)
    diagnosis = refused(program, tmp_path)
    (cause,) = diagnosis.causes
    after = mended(tmp_path / "program.py", cause).splitlines()
    assert (diagnosis.code, cause.confidence) == ("SG301", "cause")
    assert [each for each in after if each not in program.splitlines()] == [line]


def test_data_for_validation_that_is_made_alike_is_told_as_well(tmp_path):
    program, _ = _program("a function of Python's")
    program = program.replace("fit(ds,", "fit(ds, validation_data=tf.data.Dataset.range(4).map(read).batch(2),")
    (cause,) = refused(program, tmp_path).causes
    after = mended(tmp_path / "program.py", cause)
    assert after.count(".map(read).map(lambda x, y: (tf.ensure_shape(x, (9, 2)), y))") == 2


def test_elements_that_the_model_does_not_take_are_no_certain_cause(tmp_path):
    program, _ = _program("inputs of single samples, by name")
    (cause,) = refused(program.replace("net(9, 2)", "net(9, 3)"), tmp_path).causes
    assert cause.confidence == "possible"


def test_a_generator_that_gives_nothing_leaves_the_place_unsaid(tmp_path):
    program, _ = _program("targets of batches")
    program = program.replace("range(3, 0, -1)", "range(0)")
    assert refused(program, tmp_path).code == "SG190"


def test_elements_whose_shapes_are_told_are_left_alone(tmp_path):
    program, _ = _program("one shape of two")
    assert is_right(program.replace(", None))", ", (None, 1)))"), tmp_path)
