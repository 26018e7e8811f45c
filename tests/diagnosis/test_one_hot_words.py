"""An Embedding that is declared rows of ones and zeros: it takes the numbers of words."""

import keras
import pytest
from keras import layers

from shapeguard import ShapeGuard, ShapeMismatchError


def diagnosed(shape, words):
    with pytest.raises(ShapeMismatchError) as caught, ShapeGuard():
        keras.Sequential([keras.Input(shape), layers.Embedding(words, 8), layers.LSTM(4)])
    return caught.value.report.diagnoses[0]


@pytest.mark.parametrize(("shape", "right"), [((7, 50), (7,)), ((50, 7), (7,))])
def test_the_axis_of_the_vocabulary_is_the_one_to_drop(shape, right):
    cause = diagnosed(shape, 50).causes[0]
    assert (cause.argument, cause.suggestion, cause.confidence) == ("shape", right, "cause")


def test_without_an_axis_of_that_size_no_axis_is_sure():
    assert diagnosed((7, 20), 50).causes[0].confidence == "possible"
