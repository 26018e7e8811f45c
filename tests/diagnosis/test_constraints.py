"""Which outputs the targets and the loss ask for, against what Keras' own losses do with the pair."""

import itertools
import warnings

import keras
import pytest
from keras.src.losses.loss import squeeze_or_expand_to_same_rank
from keras.src.trainers.compile_utils import get_loss

from shapeguard.diagnosis.target_shapes import CLASS_NUMBERS, accepted_outputs, accepts
from shapeguard.keras_compat.compiled_losses import BY_SHAPE, described
from shapeguard.layers.losses import ELEMENTWISE, ROWS

SHAPES = ((), (1,), (3,), (5,), (5, 1), (5, 3), (1, 1), (5, 3, 1))
MORE = (*SHAPES, (1, 3), (3, 5), (1, 3, 1), (5, 1, 1))
BATCH = 2
LISTED = sorted({*ELEMENTWISE, *CLASS_NUMBERS, *BY_SHAPE} & {*dir(keras.losses), *BY_SHAPE})


def given(name):
    """The loss as it is given to `compile`; one of them has an argument that it needs."""
    return keras.losses.CategoricalGeneralizedCrossEntropy() if "generalized" in name else name


def measured(loss, targets, output):
    """ "raises", "broadcasts", "warns" or "fits": what Keras does with arrays of these shapes."""
    y_true = keras.ops.zeros((BATCH, *targets))
    y_pred = keras.ops.full((BATCH, *output), 0.5)
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        try:
            live = get_loss(given(loss), y_true, y_pred)  # as `compile` wraps it
            live(y_true, y_pred)
            unreduced = live.call(y_true, y_pred)
        except Exception:  # noqa: BLE001  each backend has its own types
            return "raises"
    some, others = squeeze_or_expand_to_same_rank(y_true, y_pred)
    is_one_each = tuple(some.shape) == tuple(others.shape)
    numbers = unreduced if "sparse" in live.fn.__name__ else some
    is_one_a_class = tuple(numbers.shape) == tuple(unreduced.shape) == tuple(others.shape)[:-1]
    if not (is_one_a_class if live.fn.__name__ in CLASS_NUMBERS else is_one_each):
        return "broadcasts"
    return "warns" if any(each.category is SyntaxWarning for each in warned) else "fits"


@pytest.mark.parametrize("loss", LISTED)
def test_a_loss_accepts_exactly_the_outputs_that_keras_neither_refuses_nor_broadcasts(loss):
    shapes = MORE if loss in CLASS_NUMBERS | BY_SHAPE else SHAPES
    pairs = list(itertools.product(shapes, shapes))
    answers = {pair: (accepts(pair[1], pair[0], described(given(loss))), measured(loss, *pair)) for pair in pairs}
    told = {pair: answer for pair, answer in answers.items() if answer[1] != "warns"}  # of one class only
    assert {pair: answer for pair, answer in told.items() if answer[0] != (answer[1] == "fits")} == {}
    assert {answer for _, answer in answers.values()} >= {"raises", "fits"}


@pytest.mark.parametrize("loss", ["mse", "categorical_crossentropy", "sparse_categorical_crossentropy"])
def test_the_first_output_worth_trying_is_accepted(loss):
    for targets in SHAPES:
        first = tuple(7 if size is None else size for size in accepted_outputs(targets, described(given(loss)))[0])
        if (loss, first) not in {(each, (1,)) for each in ROWS}:
            assert measured(loss, targets, first) in {"fits", "warns"}, (targets, first)


@pytest.mark.parametrize("loss", ["mse", "categorical_crossentropy", "sparse_categorical_crossentropy"])
def test_a_size_that_is_not_known_may_be_any(loss):
    for targets, output in itertools.product(MORE, MORE):
        if accepts(output, targets, described(given(loss))):
            for axis in range(len(output)):
                assert accepts((*output[:axis], None, *output[axis + 1 :]), targets, described(given(loss)))
            for axis in range(len(targets)):
                assert accepts(output, (*targets[:axis], None, *targets[axis + 1 :]), described(given(loss)))


def test_every_loss_of_keras_is_listed_or_known_to_compare_otherwise():
    functions = {name for name, each in vars(keras.losses).items() if callable(each) and name.islower()}
    assert functions - {"deserialize", "get", "serialize"} == {*LISTED, "circle", "ctc"} - BY_SHAPE


@pytest.mark.parametrize(
    "loss",
    [None, lambda y, p: y, "ctc", keras.losses.SparseCategoricalCrossentropy(axis=1)],
    ids=["none", "own", "ctc", "along another axis"],
)
def test_a_loss_without_a_rule_accepts_anything(loss):
    assert accepted_outputs((3,), described(loss)) == ()
    assert accepts((4, 5), (3,), described(loss))
