"""A loss that refuses what a model gave in a loop of the user's own: the model is looked at, as in `fit`."""

import keras
import numpy as np
import pytest
from keras import layers, ops

from shapeguard import ShapeGuard, ShapeMismatchError

X, Y = ops.ones((8, 12, 12, 1)), ops.convert_to_tensor(np.arange(8) % 5)
sparse = keras.losses.SparseCategoricalCrossentropy(from_logits=True)


def network(*more):
    return keras.Sequential([keras.Input((12, 12, 1)), layers.Conv2D(4, 3), *more, layers.Dense(5, name="head")])


def by_name(model, x, y):
    outputs = model(x, training=True)
    return sparse(y, outputs)


def by_call(model, x, y):
    return sparse(y_true=y, y_pred=model(x))


def by_function(model, x, y):
    outputs = model(x)
    return keras.losses.sparse_categorical_crossentropy(y, outputs)


def renamed(model, x, y):
    outputs = model(x)
    outputs = outputs * 2.0
    return sparse(y, outputs)


def refused(loop, model, targets=Y):
    with pytest.raises(ShapeMismatchError) as caught, ShapeGuard():
        for _ in range(2):
            loop(model, X, targets)
    return caught.value.report.diagnoses[0]


@pytest.mark.parametrize("loop", [by_name, by_call, by_function])
def test_a_layer_of_the_model_is_to_blame(loop):
    diagnosis = refused(loop, network())
    first = diagnosis.causes[0]
    assert (diagnosis.layer, diagnosis.actual) == ("head", (8, 10, 10, 5))
    assert [(edit.argument, str(edit.suggestion)) for edit in first.edits] == [("insert_before", "Flatten()")]


def test_the_form_of_the_targets_may_be_wrong():
    diagnosis = refused(by_name, network(layers.Flatten()), ops.one_hot(Y, 5))
    assert {cause.kind for cause in diagnosis.causes} & {"loss", "targets"}


def test_what_the_source_does_not_tell_is_no_cause():
    assert refused(renamed, network()).causes == ()


def test_a_loop_in_which_nothing_is_wrong_gets_no_word():
    model = network(layers.Flatten())
    with ShapeGuard():
        assert by_name(model, X, Y).shape == ()


class Decoder(keras.Model):
    """Joins a context with the codes of the last words along the steps and not along the features."""

    def __init__(self, axis):
        super().__init__()
        self.axis = axis
        self.codes = layers.Embedding(5, 6)
        self.cells = layers.GRU(6, return_sequences=True, return_state=True)
        self.head = layers.Dense(5)

    def call(self, words, state):
        joined = ops.concatenate([ops.expand_dims(state, 1), self.codes(words)], axis=self.axis)
        steps, state = self.cells(joined)
        steps = ops.reshape(steps, (-1, steps.shape[2]))
        return self.head(steps), state


def masked(targets, given):
    values = sparse(targets, given)
    return ops.mean(values)


def decoded(model, words, targets):
    state = ops.ones((8, 6))
    outputs, state = model(words, state, training=True)
    return masked(targets, outputs)


def test_an_operation_of_a_model_of_several_inputs_and_outputs_is_to_blame_whose_loss_stands_in_a_function():
    model = Decoder(1)
    with pytest.raises(ShapeMismatchError) as caught, ShapeGuard():
        decoded(model, Y[:, None], Y)
    diagnosis = caught.value.report.diagnoses[0]
    first = diagnosis.causes[0]
    assert (diagnosis.layer_type, diagnosis.actual) == ("Dense", (16, 5))
    assert (first.verified, [(edit.layer_type, edit.argument, edit.suggestion) for edit in first.edits]) == (
        True,
        [("Concatenate", "axis", 2)],
    )


def test_such_a_model_that_is_right_gets_no_word():
    with ShapeGuard():
        assert decoded(Decoder(2), Y[:, None], Y).shape == ()
