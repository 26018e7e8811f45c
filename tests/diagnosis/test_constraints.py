"""Which outputs the targets and the loss ask for, against what Keras' own losses do with the pair."""

import itertools
import warnings

import keras
import numpy as np
import pytest
from keras.src.losses.loss import squeeze_or_expand_to_same_rank
from keras.src.losses.losses import LossFunctionWrapper

from shapeguard.diagnosis.target_shapes import CATEGORICAL, ELEMENTWISE, SPARSE, accepted_outputs
from shapeguard.spec import shapes_agree

SHAPES = ((), (1,), (3,), (5,), (5, 1), (5, 3), (1, 3), (5, 3, 1))
BATCH = 2


def outcome(loss, target, output):
    """ "raises", "broadcasts" or "fits": what Keras does with arrays of these shapes."""
    y_true = np.zeros((BATCH, *target), "int32" if loss in SPARSE else "float32")
    y_pred = np.full((BATCH, *output), 0.5, "float32")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a categorical loss of a single class is computed all the same
        try:
            LossFunctionWrapper(keras.losses.get(loss))(y_true, y_pred)  # as `compile` wraps it
        except Exception:  # noqa: BLE001  each backend has its own types
            return "raises"
    if loss in SPARSE:
        return "fits"
    squeezed, predicted = squeeze_or_expand_to_same_rank(
        keras.ops.convert_to_tensor(y_true), keras.ops.convert_to_tensor(y_pred)
    )
    return "fits" if tuple(squeezed.shape) == tuple(predicted.shape) else "broadcasts"


def is_asked_for(loss, target, output):
    return any(shapes_agree((BATCH, *output), pattern) for pattern in accepted_outputs((None, *target), loss))


@pytest.mark.parametrize("loss", ["mse", "mae", "binary_crossentropy", "huber", "poisson"])
def test_an_elementwise_loss_asks_for_exactly_the_outputs_that_keras_neither_refuses_nor_broadcasts(loss):
    wrong = [
        (target, output, outcome(loss, target, output))
        for target, output in itertools.product(SHAPES, SHAPES)
        if is_asked_for(loss, target, output) != (outcome(loss, target, output) == "fits")
    ]
    assert wrong == []


@pytest.mark.parametrize("loss", sorted(CATEGORICAL))
def test_a_categorical_loss_asks_for_no_output_that_keras_refuses_or_broadcasts(loss):
    wrong = [
        (target, output, outcome(loss, target, output))
        for target, output in itertools.product(SHAPES, SHAPES)
        if is_asked_for(loss, target, output) and outcome(loss, target, output) != "fits"
    ]
    assert wrong == []


def test_the_sparse_loss_asks_for_no_output_that_keras_refuses():
    (loss,) = SPARSE
    for target, output in itertools.product(SHAPES, SHAPES):
        if output[-1:] != (1,) and is_asked_for(loss, target, output):  # Keras squeezes away the axis of a single class
            assert outcome(loss, target, output) == "fits", (target, output)


@pytest.mark.parametrize("loss", ["mse", "categorical_crossentropy", "sparse_categorical_crossentropy"])
def test_the_pairs_that_people_train_with_are_asked_for(loss):
    pairs = {
        "mse": [((1,), (1,)), ((), (1,)), ((5, 3), (5, 3))],
        "categorical_crossentropy": [((3,), (3,)), ((5, 3), (5, 3))],
        "sparse_categorical_crossentropy": [((), (3,)), ((1,), (3,)), ((5,), (5, 3)), ((5, 1), (5, 3))],
    }
    for target, output in pairs[loss]:
        assert is_asked_for(loss, target, output), (target, output)
        assert outcome(loss, target, output) == "fits", (target, output)


def test_every_loss_that_is_listed_is_one_of_keras():
    for loss in (*SPARSE, *CATEGORICAL, *ELEMENTWISE):
        assert callable(keras.losses.get(loss)), loss


def test_a_loss_that_is_not_listed_asks_for_nothing():
    assert accepted_outputs((None, 3), "my_own_loss") == ()
    assert accepted_outputs((None, 3), None) == ()
