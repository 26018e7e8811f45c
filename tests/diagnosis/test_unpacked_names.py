"""Arrays that one call gives, under names in another order than it gives them."""

import types

import keras
import numpy as np
import pytest
from keras import layers

from shapeguard import ShapeGuard, ShapeMismatchError


def train_test_split(*arrays, test_size):
    """As scikit-learn's, which is no requirement of the tests."""
    count = round(len(arrays[0]) * (1 - test_size))
    return [part for array in arrays for part in (array[:count], array[count:])]


flowers = types.SimpleNamespace(
    load_data=lambda: ((np.zeros((20, 4)), np.zeros(20)), (np.zeros((8, 4)), np.zeros(8))),
)
X, y = np.zeros((20, 4)), np.zeros(20)


def refused(fit):
    model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
    model.compile("sgd", "mse")
    with pytest.raises(ShapeMismatchError) as caught:
        fit(model, {"verbose": 0, "callbacks": [ShapeGuard()]})
    (diagnosis,) = caught.value.report.diagnoses
    assert diagnosis.code == "SG301"
    return diagnosis.causes


def test_the_parts_of_an_array_stand_behind_each_other():
    def fit(model, options):
        x_train, y_train, x_test, y_test = train_test_split(X, y, test_size=0.25)
        y_train = y_train.reshape(-1, 1)
        model.fit(x_train, y_train, validation_data=(x_test, y_test), **options)

    (cause,) = refused(fit)
    assert cause.confidence == "cause"
    assert cause.edits[0].corrected == "x_train, x_test, y_train, y_test = train_test_split(X, y, test_size=0.25)"


def test_two_parts_of_one_array_exchanged():
    def fit(model, options):
        trainX, testX, testY, trainY = train_test_split(X, y, test_size=0.25)
        testX /= 255
        model.fit(trainX, trainY, validation_data=(testX, testY), **options)

    (cause,) = refused(fit)
    assert cause.edits[0].replacement == "trainY, testY"


def test_a_module_gives_both_arrays_of_a_part():
    def fit(model, options):
        (x_train, x_test), (y_train, y_test) = flowers.load_data()
        x_train = x_train.astype("float32") / 255
        model.fit(x_train, y_train, validation_data=(x_test, y_test), **options)

    (cause,) = refused(fit)
    assert cause.edits[0].corrected == "(x_train, y_train), (x_test, y_test) = flowers.load_data()"


def test_a_call_that_takes_the_other_part_is_to_blame_where_the_names_are_right():
    def fit(model, options):
        x_train, x_test, y_train, y_test = train_test_split(X, y, test_size=0.25)
        model.fit(x_train, y_test, **options)
        return x_test, y_train

    (cause,) = refused(fit)
    assert (cause.confidence, cause.edits[0].replacement) == ("cause", "y_train")


def test_names_that_tell_nothing_are_not_ordered():
    def fit(model, options):
        a, b, c, d = train_test_split(X, y, test_size=0.25)
        model.fit(a, b, **options)
        return c, d

    (cause,) = refused(fit)
    assert (cause.confidence, cause.edits[0].replacement) == ("possible", "a[:5]")


def in_parts():
    x_train, y_train = np.zeros((20, 4)), np.zeros((20, 1))
    x_val, y_val = np.zeros((8, 4)), np.zeros((8, 1))
    return x_train, y_train, x_val, y_val


def test_targets_of_another_part_are_told_by_their_name_beside_arrays_that_were_made_apart():
    def validated(model, options):
        x_train, y_train, x_val, y_val = in_parts()
        model.fit(x_train, y_train, validation_data=(x_val, y_train), **options)
        return y_val

    def trained(model, options):
        x_train, y_train, x_val, y_val = in_parts()
        model.fit(x_train, keras.ops.abs(y_val), **options)
        return y_train, x_val

    def on_other_inputs(model, options):
        x_train, y_train, x_val, y_val = in_parts()
        model.fit(x_val, y_train, **options)
        return x_train, y_val

    replaced = []
    for fit in (validated, trained, on_other_inputs):
        (cause,) = refused(fit)
        replaced.append((cause.confidence, cause.edits[0].replacement))
    assert replaced == [("cause", "y_val"), ("cause", "y_train"), ("cause", "x_train")]


def test_a_part_that_the_program_has_no_name_for_is_not_named():
    def fit(model, options):
        x_train, y_test = np.zeros((20, 4)), np.zeros(8)
        model.fit(x_train, y_test, **options)

    (cause,) = refused(fit)
    assert (cause.confidence, cause.edits[0].replacement) == ("possible", "x_train[:8]")
