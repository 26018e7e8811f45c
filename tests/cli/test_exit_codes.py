"""`check` and `run` say the same of the same program: right and wrong data of every kind, each run as a script."""

import pytest
from helpers.commands import asked, diagnosis

HEAD = """import keras
import numpy as np
from keras import layers, ops

def zeros(*shape):
    return np.zeros(shape, "float32")

def dense(*units, inputs=16):
    model = keras.Sequential([keras.Input((inputs,)), *(layers.Dense(u) for u in units or (3,))])
    model.compile("sgd", "mse")
    return model

def convolutional():
    model = keras.Sequential([keras.Input((8, 8, 1)), layers.Conv2D(4, 3), layers.Flatten(), layers.Dense(3)])
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model

class Batches(keras.utils.PyDataset):
    def __init__(self, *parts):
        super().__init__()
        self.parts = parts
    def __len__(self):
        return 2
    def __getitem__(self, index):
        return self.parts

def generator(*parts):
    while True:
        yield parts

def two_outputs():
    a = keras.Input((4,), name="a")
    model = keras.Model(a, {"one": layers.Dense(1, name="one")(a), "two": layers.Dense(2, name="two")(a)})
    model.compile("sgd", {"one": "mse", "two": "mse"})
    return model
"""
RIGHT, WRONG, OTHER = 0, 1, 2
"""What `check` exits with; `run` with 1 where it is not 0."""

EVERYWHERE = {
    "right_arrays": (RIGHT, "dense().fit(zeros(8, 16), zeros(8, 3), verbose=0)"),
    "right_short_last_batch": (RIGHT, "dense().fit(zeros(9, 16), zeros(9, 3), batch_size=4, verbose=0)"),
    "right_validation": (
        RIGHT,
        "dense().fit(zeros(8, 16), zeros(8, 3), validation_data=(zeros(5, 16), zeros(5, 3)), verbose=0)",
    ),
    "right_weights": (
        RIGHT,
        "convolutional().fit(zeros(8, 8, 8, 1), np.zeros(8), class_weight={0: 1.0, 1: 2.0, 2: 1.0}, verbose=0)",
    ),
    "right_batches": (RIGHT, "dense().fit(Batches(zeros(4, 16), zeros(4, 3)), verbose=0)"),
    "right_generator": (RIGHT, "dense().fit(generator(zeros(4, 16), zeros(4, 3)), steps_per_epoch=2, verbose=0)"),
    "wrong_features": (WRONG, "dense().fit(zeros(8, 2), zeros(8, 3), verbose=0)"),
    "wrong_rank": (WRONG, "convolutional().fit(zeros(8, 8), np.zeros(8), verbose=0)"),
    "wrong_targets": (WRONG, "dense().fit(zeros(8, 16), zeros(8, 4), verbose=0)"),
    "wrong_labels": (WRONG, "convolutional().fit(zeros(8, 8, 8, 1), zeros(8, 3), verbose=0)"),
    "wrong_validation_inputs": (
        WRONG,
        "dense().fit(zeros(8, 16), zeros(8, 3), validation_data=(zeros(5, 15), zeros(5, 3)), verbose=0)",
    ),
    "wrong_validation_targets": (
        WRONG,
        "dense().fit(zeros(8, 16), zeros(8, 3), validation_data=(zeros(5, 16), zeros(5, 4)), verbose=0)",
    ),
}


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    texts = {name: f"{HEAD}\n{text}\n" for name, (_, text) in EVERYWHERE.items()}
    return asked(tmp_path_factory.mktemp("programs"), texts)


@pytest.mark.parametrize("name", EVERYWHERE)
def test_check_says_what_run_says(name, answers):
    checked, ran = answers[name]["check"], answers[name]["run"]
    assert (checked[0], ran[0]) == (EVERYWHERE[name][0], min(EVERYWHERE[name][0], 1)), f"{checked[1]}\n{ran[1]}"
    assert diagnosis(checked[1]) == diagnosis(ran[1])
