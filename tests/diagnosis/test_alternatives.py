"""Other values of a suggestion are named where they stand the proof that the suggestion itself stands."""

from dataclasses import replace
from unittest import mock

import keras
import numpy as np
import pytest
from keras import layers

from shapeguard import ShapeGuard, ShapeMismatchError, check
from shapeguard.diagnosis import alternatives, explanation, verification
from shapeguard.diagnosis.evaluated import Verdict

FOUR = 4


class NeverFour(layers.Cropping1D):
    """A layer with a rule that no formula knows: it cannot cut four steps in front."""

    def __init__(self, cropping, **options):
        if not isinstance(cropping, int) and cropping[0] == FOUR:
            raise ValueError
        super().__init__(cropping, **options)


def cropped(cls):
    """The causes of a cropping that leaves two steps too many."""
    model = keras.Sequential([keras.Input((30, 3)), cls((2, 2), name="crop"), layers.Conv1D(4, 3)])
    return check(model, {"crop": "B 24 3"}).diagnoses[0].causes


def test_other_values_that_keras_takes_as_well_are_named_beside_a_verified_one():
    cause = cropped(layers.Cropping1D)[0]
    assert (cause.suggestion, cause.also, cause.verified) == ((3, 3), ((0, 6), (2, 4), (4, 2)), True)


def test_a_value_that_keras_refuses_is_not_named():
    cause = cropped(NeverFour)[0]
    assert (cause.suggestion, cause.also, cause.verified) == ((3, 3), ((0, 6), (2, 4)), True)


def asked(program):
    """(chosen, found, fault, earlier) of each cause whose alternatives are looked for."""
    kept, plain = [], explanation.alternatives

    def noting(*words):
        kept.append(words)
        return plain(*words)

    with mock.patch.object(explanation, "alternatives", noting):
        program()
    return kept


def test_a_value_that_is_a_guess_is_named_beside_a_guess_and_not_beside_a_verified_one():
    def program():
        with pytest.raises(ShapeMismatchError), ShapeGuard():
            keras.Sequential([keras.Input((24, 19)), layers.Flatten(), layers.Reshape((24, 18))])

    chosen, found, fault, earlier = asked(program)[0]
    assert chosen.repair.argument == "target_shape"
    assert alternatives.alternatives(chosen, found, fault, earlier) == ((456,), (24, -1))
    verified = replace(chosen, verdict=Verdict.VERIFIED)
    assert alternatives.alternatives(verified, found, fault, earlier) == ()


def test_no_more_values_are_rebuilt_than_are_printed():
    shown = cropped(layers.Cropping1D)
    suggestions, values = len(shown), sum(len(cause.also) for cause in shown)
    with mock.patch.object(verification, "Rebuild", wraps=verification.Rebuild) as rebuilt:
        cropped(layers.Cropping1D)
    assert values == alternatives.MOST
    assert rebuilt.call_count == suggestions + values


def test_where_a_diagnosis_has_called_enough_layers_no_other_value_is_called_proven():
    chosen, found, fault, earlier = asked(lambda: cropped(layers.Cropping1D))[0]
    while fault.budget.may_prove_alternative(1):
        pass
    assert chosen.is_verified
    assert alternatives.alternatives(chosen, found, fault, earlier) == ()


def filled(targets, target_shape):
    """The first cause where a Reshape and the Dense that fills it are not as the targets."""
    size = int(np.prod(target_shape))
    model = keras.Sequential(
        [keras.Input((24, 19)), layers.LSTM(8), layers.Dense(size), layers.Reshape(target_shape, name="reshape")]
    )
    model.compile("adam", "mse")
    with pytest.raises(ShapeMismatchError) as caught:
        model.fit(np.zeros((8, 24, 19)), np.zeros((8, *targets)), verbose=0, callbacks=[ShapeGuard()])
    return caught.value.report.diagnoses[0].causes[0]


@pytest.mark.parametrize(
    ("targets", "target_shape"),
    [((24, 2), (24, 19)), ((24, 2), (24, 19, 1)), ((24, 1), (24, 19)), ((48,), (24, 19)), ((24,), (12,))],
)
def test_a_target_shape_is_that_of_the_targets_without_an_axis_of_one_more_or_less(targets, target_shape):
    cause = filled(targets, target_shape)
    assert [(edit.argument, edit.suggestion) for edit in cause.edits] == [
        ("target_shape", targets),
        ("units", np.prod(targets)),
    ]
    assert cause.also == ()
    assert cause.verified


def test_another_value_that_needs_another_second_change_as_well_is_not_named():
    chosen, found, fault, earlier = asked(lambda: filled((24, 2), (24, 19)))[0]
    longer = next(each for each in found if each.repair.suggestion == (24, 2, 1))
    near = replace(longer, score=chosen.score)
    assert alternatives.alternatives(chosen, [near], fault, earlier) == ((24, 2, 1),)
    target, units = longer.repair.parts
    wider = replace(units, change=replace(units.change, arguments=(("units", 96),)))
    other = replace(near, repair=replace(longer.repair, parts=(target, wider)))
    assert alternatives.alternatives(chosen, [other], fault, earlier) == ()
