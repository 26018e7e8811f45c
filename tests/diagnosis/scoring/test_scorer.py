"""How features become one score, and repairs of several layers one of fewer."""

from dataclasses import replace

import keras
import numpy as np
import pytest
from helpers.judging import FEATURES, contexts, judged
from keras import layers

from shapeguard import ShapeGuard, ShapeMismatchError, check
from shapeguard.diagnosis.scoring import scorer, weights
from shapeguard.diagnosis.scoring.axes import penalise_needless_axes
from shapeguard.diagnosis.scoring.places import penalise_supersets


def strided():
    image = keras.Input((28, 28, 1))
    first = layers.Conv2D(8, 3, strides=2, name="first")(image)
    return keras.Model(image, layers.Conv2D(8, 3, strides=2, name="second")(first))


@pytest.fixture(scope="module")
def found():
    with contexts() as found:
        check(strided(), {"first": "B 26 26 8", "second": "B 24 24 8"})
    return found


def test_a_score_is_the_sum_of_its_breakdown(found):
    assert found
    for context in found:
        assert scorer.score(context) == pytest.approx(sum(value for _, value in scorer.breakdown(context)))


def test_a_breakdown_names_features_and_leaves_out_those_that_say_nothing(found):
    names = {feature.__name__ for feature in FEATURES}
    for context in found:
        assert {name for name, _ in scorer.breakdown(context)} <= names
        assert all(value for _, value in scorer.breakdown(context))


def test_features_look_at_a_repair_and_change_nothing(found):
    for context in found:
        assert scorer.breakdown(context) == scorer.breakdown(context)


def test_inputs_and_layers_that_are_put_in_are_judged_by_fewer_features():
    repairs = judged(strided, {"second": "B 13 13 8"})
    of_inputs = {name for (_, argument, _), each in repairs.items() if argument == "shape" for name in each}
    inserted = {name for (_, argument, _), each in repairs.items() if argument == "insert_before" for name in each}
    assert of_inputs <= {feature.__name__ for feature in scorer.OF_INPUTS}
    assert inserted <= {feature.__name__ for feature in scorer.OF_INSERTIONS}


def test_a_change_of_fewer_layers_that_does_is_dearer_in_more(found):
    context = next(context for context in found if len(context.repair.nodes) > 1)
    larger = context.repair
    smaller = replace(larger, nodes=larger.nodes[:1])
    assert penalise_supersets([larger, smaller], [0, 0.5], context.groups) == [0.5 + weights.LARGER_THAN_ENOUGH, 0.5]
    assert penalise_supersets([smaller], [0.5], context.groups) == [0.5]


def test_a_target_with_an_axis_of_one_that_nothing_needs_is_far_behind():
    model = keras.Sequential([keras.Input((9,)), layers.Dense(456), layers.Reshape((24, 19))])
    model.compile("adam", "mse")
    with contexts() as found, pytest.raises(ShapeMismatchError):
        model.fit(np.zeros((8, 9)), np.zeros((8, 24, 2)), verbose=0, callbacks=[ShapeGuard()])
    targets = {each.repair.suggestion: each for each in found if each.repair.argument == "target_shape"}
    natural, longer = targets[24, 2], targets[24, 2, 1]
    assert penalise_needless_axes([longer, natural], [0, 0.5]) == [0.5 + weights.NEEDLESS_AXIS, 0.5]
    assert penalise_needless_axes([longer], [0]) == [0]
