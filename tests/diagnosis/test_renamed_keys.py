"""Data under other keys than the inputs of the model have names."""

import keras
import numpy as np
import pytest
from keras import layers

from shapeguard import ShapeGuard, ShapeMismatchError


def refused(model, x):
    model.compile("sgd", "mse")
    with pytest.raises(ShapeMismatchError) as caught:
        model.fit(x(), np.zeros((8, 1)), verbose=0, callbacks=[ShapeGuard()])
    return [
        [(edit.span.line, edit.corrected) for edit in cause.edits] for cause in caught.value.report.diagnoses[0].causes
    ]


def texts_of(causes):
    return [sorted({text for _, text in edits}) for edits in causes]


def joined(first, second):
    return keras.Model([first, second], layers.Dense(1)(layers.concatenate([first, second])))


def test_keys_are_renamed_to_the_inputs_of_their_shape():
    model = joined(keras.Input((4,), name="left"), keras.Input((3,), name="right"))
    rows, cells = np.zeros((8, 4)), np.zeros((8, 3))
    causes = refused(model, lambda: {"cells": cells, "rows": rows})
    assert texts_of(causes) == [
        ['{"right": cells, "left": rows}'],
        ['keras.Input((3,), name="cells")', 'keras.Input((4,), name="rows")'],
    ]


def test_of_equal_shapes_the_names_tell():
    model = joined(keras.Input((4,), name="user"), keras.Input((4,), name="item"))
    rows = np.zeros((8, 4))
    causes = refused(model, lambda: {"item_input": rows, "user_input": rows})
    assert texts_of(causes)[0] == ['{"item": rows, "user": rows}']


def test_inputs_without_a_name_get_that_of_their_key():
    model = joined(keras.Input((4,)), keras.Input(shape=(3,)))
    causes = refused(model, lambda: {"years": np.zeros((8, 4)), "towns": np.zeros((8, 3))})
    assert texts_of(causes) == [['keras.Input((4,), name="years")', 'keras.Input(shape=(3,), name="towns")']]


def test_what_fits_no_input_is_not_renamed():
    model = joined(keras.Input((4,), name="left"), keras.Input((3,), name="right"))
    causes = refused(model, lambda: {"some": np.zeros((8, 5)), "other": np.zeros((8, 3))})
    assert texts_of(causes) == [[]]
