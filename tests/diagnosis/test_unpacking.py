"""`output, state_h, state_c = layer(x)`: a layer that gives another number of tensors than are taken from it."""

import keras
import pytest
from keras import layers

from shapeguard import ShapeGuard, ShapeMismatchError


def raised_by(build):
    with pytest.raises(ShapeMismatchError) as caught, ShapeGuard():
        build(keras.Input((24, 6)))
    return caught.value


def lstm_without_states(x):
    _output, _state_h, _state_c = layers.LSTM(32, name="encoder")(x)


def gru_without_state(x):
    _output, _state = layers.Bidirectional(layers.GRU(8), merge_mode="concat", name="both")(x)


def lstm_with_a_state_too_many(x):
    _output, _state = layers.LSTM(32, return_state=True, name="encoder")(x)


def test_states_that_were_not_asked_for_are_named_as_the_argument():
    error = raised_by(lstm_without_states)
    cause = error.report.diagnoses[0].causes[0]
    (edit,) = cause.edits
    told = (edit.layer, edit.argument, edit.suggestion, cause.confidence, cause.verified)
    assert told == ("encoder", "return_state", True, "cause", True)
    assert str(error).startswith("[SG601] layer 'encoder' (LSTM) returns 1 tensor, unpacked into 3\n")
    assert isinstance(error, NotImplementedError)


@pytest.mark.parametrize(("build", "counts"), [(gru_without_state, (1, 2)), (lstm_with_a_state_too_many, (3, 2))])
def test_where_no_argument_gives_that_many_the_numbers_are_told(build, counts):
    given, taken = counts
    assert f"returns {given} tensor{'s' * (given > 1)}, unpacked into {taken}" in str(raised_by(build))


def test_tensors_that_no_layer_gave_are_left_to_keras():
    def build():
        first, second = keras.Input((4, 2))
        return first, second

    with pytest.raises(NotImplementedError) as caught, ShapeGuard():
        build()
    assert not isinstance(caught.value, ShapeMismatchError)


def test_the_users_own_sequences_are_no_business_of_a_guard():
    def build():
        layers.Dense(3)(keras.Input((4,)))
        one, two = [1, 2, 3]
        return one, two

    with pytest.raises(ValueError, match="too many values") as caught, ShapeGuard():
        build()
    assert not isinstance(caught.value, ShapeMismatchError)
