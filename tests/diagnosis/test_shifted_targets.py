"""Sequences of which a model predicts the next step, where one side is without a step and the other has all."""

import keras
import pytest
from helpers.refused_programs import is_right, refused
from helpers.texts import has_text, mended

pytestmark = [
    pytest.mark.filterwarnings("ignore:ShapeGuard. this model has no expected shapes"),
    pytest.mark.filterwarnings("ignore:`shuffle=True` was passed"),
]
HEAD = """
import keras
import numpy as np
from keras import layers

steps = np.random.default_rng(0).integers(0, 7, (6, 9))
walks = np.zeros((6, 9, 2), "float32")

def composer():
    model = keras.Sequential([keras.Input((None,)), layers.Embedding(7, 4), layers.Dense(7, activation="softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy")
    return model

def walker():
    model = keras.Sequential([keras.Input((None, 2)), layers.LSTM(3, return_sequences=True), layers.Dense(2)])
    model.compile("sgd", "mse")
    return model

def translator():
    source, before = keras.Input((None,)), keras.Input((None,))
    state = layers.GlobalAveragePooling1D()(layers.Embedding(7, 4)(source))
    told = layers.GRU(4, return_sequences=True)(layers.Embedding(7, 4)(before), initial_state=state)
    model = keras.Model([source, before], layers.Dense(7, activation="softmax")(told))
    model.compile("sgd", "sparse_categorical_crossentropy")
    return model

"""
DATASET = """
import tensorflow as tf

def pair(phrase):
    before = phrase[:-1]
    return before, phrase

ds = tf.data.Dataset.from_tensor_slices(steps).map(pair).shuffle(4).batch(3)
composer().fit(ds, verbose=0)
"""
CASES = {
    "the targets": (
        "composer().fit(steps[:, :-1], steps, verbose=0)",
        "composer().fit(steps[:, :-1], steps[:, 1:], verbose=0)",
        "cause",
    ),
    "the inputs": (
        "composer().fit(steps, steps[:, 1:], verbose=0)",
        "composer().fit(steps[:, :-1], steps[:, 1:], verbose=0)",
        "cause",
    ),
    "by names, of values": (
        "seen = walks[:, :-1, :]\ncoming = walks\nwalker().train_on_batch(seen, coming)",
        "walker().train_on_batch(seen, coming[:, 1:])",
        "cause",
    ),
    "backwards": (
        "walker().evaluate(walks[:, 1:], walks, verbose=0)",
        "walker().evaluate(walks[:, 1:], walks[:, :-1], verbose=0)",
        "cause",
    ),
    "of a decoder": (
        "translator().fit([steps, steps[:, :-1]], steps, verbose=0)",
        "translator().fit([steps, steps[:, :-1]], steps[:, 1:], verbose=0)",
        "cause",
    ),
    "of other names": (
        "wanted = steps.copy()\ncomposer().fit(steps[:, :-1], wanted, verbose=0)",
        "composer().fit(steps[:, :-1], wanted[:, 1:], verbose=0)",
        "possible",
    ),
    "elements of a dataset": (DATASET, "    return before, phrase[1:]", "cause"),
}


@pytest.mark.parametrize(("program", "line", "confidence"), CASES.values(), ids=CASES)
def test_the_step_at_the_other_end_is_left_out(program, line, confidence, tmp_path):
    if "tensorflow" in program and keras.config.backend() != "tensorflow":
        pytest.skip("others have no such datasets")
    (cause,) = refused(HEAD + program, tmp_path).causes
    assert line in mended(tmp_path / "program.py", cause).splitlines()
    assert cause.confidence == confidence


@pytest.mark.parametrize(
    "program",
    [
        "composer().fit(steps, np.arange(48).reshape(6, 8) % 7, verbose=0)",
        "composer().fit(steps[:, :-1], steps[:, 1:-1], verbose=0)",
        "composer().fit(steps[:, :-2], steps, verbose=0)",
    ],
    ids=["no slice", "both are sliced", "two steps"],
)
def test_no_step_is_left_out_where_none_is_left_out_on_the_other_side(program, tmp_path):
    assert not any(has_text(cause) for cause in refused(HEAD + program, tmp_path).causes)


def test_steps_that_are_shifted_are_right(tmp_path):
    assert is_right(f"{HEAD}translator().fit([steps, steps[:, :-1]], steps[:, 1:], verbose=0)", tmp_path)
