"""Which outputs the targets and the loss ask for, against what Keras' own losses do with the pair."""

import itertools
import warnings

import keras
import numpy as np
import pytest
from keras.src.losses.loss import squeeze_or_expand_to_same_rank
from keras.src.losses.losses import LossFunctionWrapper

from shapeguard.diagnosis.target_shapes import CLASS_NUMBERS, accepted_outputs, accepts
from shapeguard.keras_compat.compiled_losses import described
from shapeguard.keras_compat.loss_calls import ELEMENTWISE, ROWS

SHAPES = ((), (1,), (3,), (5,), (5, 1), (5, 3), (1, 1), (5, 3, 1))
MORE = (*SHAPES, (1, 3), (3, 5), (1, 3, 1), (5, 1, 1))
BATCH = 2
LISTED = sorted(ELEMENTWISE | CLASS_NUMBERS)


def measured(loss, targets, output):
    """ "raises", "broadcasts", "warns" or "fits": what Keras does with arrays of these shapes."""
    y_true = np.zeros((BATCH, *targets), "int32" if loss in CLASS_NUMBERS else "float32")
    y_pred = np.full((BATCH, *output), 0.5, "float32")
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        try:
            LossFunctionWrapper(keras.losses.get(loss))(y_true, y_pred)  # as `compile` wraps it
        except Exception:  # noqa: BLE001  each backend has its own types
            return "raises"
    squeezed, predicted = squeeze_or_expand_to_same_rank(
        keras.ops.convert_to_tensor(y_true), keras.ops.convert_to_tensor(y_pred)
    )
    if loss not in CLASS_NUMBERS and tuple(squeezed.shape) != tuple(predicted.shape):
        return "broadcasts"
    return "warns" if any(each.category is SyntaxWarning for each in warned) else "fits"


@pytest.mark.parametrize("loss", LISTED)
def test_a_loss_accepts_exactly_the_outputs_that_keras_neither_refuses_nor_broadcasts(loss):
    shapes = MORE if loss in CLASS_NUMBERS else SHAPES
    pairs = list(itertools.product(shapes, shapes))
    answers = {pair: (accepts(pair[1], pair[0], described(loss)), measured(loss, *pair)) for pair in pairs}
    told = {pair: answer for pair, answer in answers.items() if answer[1] != "warns"}  # of one class only
    assert {pair: answer for pair, answer in told.items() if answer[0] != (answer[1] == "fits")} == {}
    assert {answer for _, answer in answers.values()} >= {"raises", "fits"}


@pytest.mark.parametrize("loss", ["mse", "categorical_crossentropy", "sparse_categorical_crossentropy"])
def test_the_first_output_worth_trying_is_accepted(loss):
    for targets in SHAPES:
        first = tuple(7 if size is None else size for size in accepted_outputs(targets, described(loss))[0])
        if (loss, first) not in {(each, (1,)) for each in ROWS}:
            assert measured(loss, targets, first) in {"fits", "warns"}, (targets, first)


@pytest.mark.parametrize("loss", ["mse", "categorical_crossentropy", "sparse_categorical_crossentropy"])
def test_a_size_that_is_not_known_may_be_any(loss):
    for targets, output in itertools.product(MORE, MORE):
        if accepts(output, targets, described(loss)):
            for axis in range(len(output)):
                assert accepts((*output[:axis], None, *output[axis + 1 :]), targets, described(loss))
            for axis in range(len(targets)):
                assert accepts(output, (*targets[:axis], None, *targets[axis + 1 :]), described(loss))


def test_every_loss_of_keras_is_listed_or_known_to_compare_otherwise():
    functions = {name for name, each in vars(keras.losses).items() if callable(each) and name.islower()}
    others = {"categorical_generalized_cross_entropy", "circle", "ctc"} & functions
    assert functions - {"deserialize", "get", "serialize"} == {*LISTED, *others} & functions


@pytest.mark.parametrize(
    "loss", [None, lambda y, p: y, "ctc", keras.losses.SparseCategoricalCrossentropy(axis=1)], ids=str
)
def test_a_loss_without_a_rule_accepts_anything(loss):
    assert accepted_outputs((3,), described(loss)) == ()
    assert accepts((4, 5), (3,), described(loss))
