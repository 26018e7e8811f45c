"""A literal size on axis 0 is the batch size that `fit` was given; a last batch that is shorter is no mismatch."""

import keras
import numpy as np
import pytest
from helpers.observing import BACKEND

from shapeguard import ShapeGuard, ShapeMismatchError

EAGERLY = pytest.mark.parametrize("run_eagerly", [False, True] if BACKEND != "torch" else [False])


def model(run_eagerly):
    layers = [keras.Input((4,)), keras.layers.Dense(3, name="wide"), keras.layers.Dense(1)]
    made = keras.Sequential(layers)
    made.compile("sgd", "mse", run_eagerly=run_eagerly)
    return made


def fit(run_eagerly, *data, **options):
    guard = ShapeGuard({"wide": (4, 3)})
    model(run_eagerly).fit(*data, verbose=0, shuffle=False, callbacks=[guard], **options)
    return guard.report


def rows(count):
    return np.zeros((count, 4), "float32"), np.zeros((count, 1), "float32")


def served(*counts):
    yield from map(rows, counts)


@EAGERLY
def test_a_short_last_batch_of_arrays_is_no_mismatch(run_eagerly):
    assert fit(run_eagerly, *rows(10), batch_size=4, epochs=2).ok


@EAGERLY
def test_a_short_last_batch_of_a_generator_is_no_mismatch(run_eagerly):
    assert fit(run_eagerly, served(4, 4, 2)).ok


@EAGERLY
def test_another_batch_size_is_a_mismatch(run_eagerly):
    with pytest.raises(ShapeMismatchError) as caught:
        fit(run_eagerly, *rows(10), batch_size=5)
    assert str(caught.value).splitlines()[0] == "[SG302] layer 'wide' (Dense): expected (4, 3), got (5, 3)"


@pytest.mark.skipif(BACKEND == "tensorflow", reason="a TensorFlow trace leaves the batch of a generator open")
def test_a_later_batch_that_is_longer_is_a_mismatch():
    with pytest.raises(ShapeMismatchError) as caught:
        fit(False, served(4, 5))
    assert str(caught.value).splitlines()[0] == "[SG302] layer 'wide' (Dense): expected (4, 3), got (5, 3)"
