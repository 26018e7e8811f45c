"""What proposals cost by themselves, each in the smallest program in which it is made."""

import keras
import numpy as np
import pytest
from helpers.judging import breakdowns, contexts
from keras import layers

from shapeguard import ShapeGuard, ShapeMismatchError
from shapeguard.diagnosis.scoring import costs, weights


def stacked(shape, *several):
    return lambda: keras.Sequential([keras.Input(shape, name="input"), *several])


def base_costs(build, expected=None):
    """{(layers, argument, suggestion, what its proposer says that it costs)}"""
    return {(*repair, round(found.get("base_cost", 0), 6)) for repair, found in breakdowns(build, expected)}


def inserted(place, layer, *several):
    """A layer before others, with the sum of these costs."""
    return ((place,) if isinstance(place, str) else place), "insert_before", layer, round(sum(several), 6)


def test_pictures_in_steps_are_flattened_step_by_step():
    found = base_costs(stacked((10, 8, 8, 3), layers.LSTM(4, name="lstm")))
    assert inserted("lstm", "TimeDistributed(Flatten())", costs.EACH_STEP) in found


def test_a_generator_begins_with_a_dense_whether_noise_or_a_code_comes_in():
    reshape = {"target_shape": (7, 7, 16), "name": "map"}
    of_noise = base_costs(stacked((100,), layers.Reshape(**reshape)))
    of_code = base_costs(stacked((100,), layers.Dense(10), layers.Reshape(**reshape)))
    assert inserted("map", "Dense(units=784)", costs.FROM_NOISE) in of_noise
    assert inserted("map", "Dense(units=784)", costs.FROM_CODE) in of_code


def test_one_layer_before_several_of_a_class_is_likelier_than_before_several_classes():
    def heads(second, expected):
        def build():
            image = keras.Input((9, 9, 4))
            return keras.Model(image, [layers.Dense(3, name="first")(image), second(name="second")(image)])

        return base_costs(build, {"first": "B 3", "second": expected})

    both = ("second", "first")
    alike = heads(lambda name: layers.Dense(5, name=name), "B 5")
    assert inserted(both, "Flatten()", costs.INSERT_FLATTEN, costs.ALL_ALIKE) in alike
    unlike = heads(layers.Softmax, "B 324")
    assert inserted(both, "Flatten()", costs.INSERT_ELSEWHERE, costs.ALL_WAYS) in unlike


def test_a_pooling_with_the_same_neighbours_elsewhere_is_regular():
    def level():
        return layers.Conv2D(8, 3, padding="same"), layers.MaxPooling2D(2, padding="same")

    last = layers.Conv2D(8, 3, padding="same", name="last")
    found = base_costs(
        stacked((28, 28, 1), *level(), *level(), layers.Conv2D(8, 3, padding="same"), last), {"last": "B 4 4 8"}
    )
    assert (
        inserted("last", "MaxPooling2D(pool_size=(2, 2), padding='same')", costs.INSERT_SIZED, costs.REGULAR) in found
    )


def test_a_global_pooling_before_a_window_was_meant_as_another_pooling():
    pooling = layers.GlobalMaxPooling2D(keepdims=True, name="pool")
    found = base_costs(stacked((9, 9, 4), pooling, layers.Conv2D(4, 3)))
    assert (("pool",), "replace", "MaxPooling2D()", costs.REPLACE_BEFORE_WINDOW) in found


def test_that_what_cannot_be_added_can_be_joined_says_little():
    found = base_costs(lambda: layers.Add(name="sum")([keras.Input((5, 3)), keras.Input((5, 4))]))
    assert (("sum",), "replace", "Concatenate()", round(costs.REPLACE + costs.ALWAYS_FITS, 6)) in found


def test_a_layer_of_an_unknown_name_may_be_any_and_is_likelier_before_the_one_listed_next():
    build = stacked((100, 64), layers.Dropout(0.1, name="drop"), layers.Dense(3, name="head"))
    found = base_costs(build, {"drop": "B 100 64", "summary": "B 6400", "head": "B 3"})
    assert inserted("head", "Flatten()", costs.ABSENT, costs.ANY) in found
    found = base_costs(build, {"summary": "B 6400", "head": "B 3"})
    assert inserted("drop", "Flatten()", costs.ABSENT, costs.ANY, costs.ELSEWHERE) in found


def test_an_input_with_an_axis_of_1_too_many_is_nearer_than_one_with_a_wrong_axis():
    found = base_costs(stacked((6, 8, 1), layers.LSTM(4)))
    assert (("input",), "shape", (6, 8), round(costs.UNKNOWN_DATA + costs.NEARER, 6)) in found
    assert (("input",), "shape", (8, 1), round(costs.UNKNOWN_DATA + costs.NEAR, 6)) in found


def test_of_axes_too_many_the_first_is_rather_too_many_than_the_last():
    found = base_costs(stacked((60, 6, 8), layers.LSTM(4)))
    assert (("input",), "shape", (6, 8), round(costs.UNKNOWN_DATA + costs.NEAR, 6)) in found
    assert (("input",), "shape", (60, 6), round(costs.UNKNOWN_DATA + costs.NEAR + costs.IN_FRONT, 6)) in found


@pytest.mark.parametrize(
    ("given", "code", "several"),
    [
        ((3, 16, 16), "np.moveaxis({x}, 1, -1)", ("TRANSFORM",)),
        ((20, 24, 3), "keras.ops.image.resize({x}, (16, 16))", ("TRANSFORM", "REFITTED")),
        ((16, 48), "{x}.reshape(-1, 16, 16, 3)", ("TRANSFORM", "REGROUPED")),
    ],
)
def test_data_is_moved_rather_than_resized_or_regrouped(given, code, several):
    assert (("input",), "x", code, round(sum(getattr(costs, name) for name in several), 6)) in of_data(given)


def test_an_input_with_channels_last_is_not_declared_anew_for_channels_first():
    assert (("input",), "shape", (3, 16, 16), costs.UNUSUAL) in of_data((3, 16, 16))


def of_data(given):
    model = stacked((16, 16, 3), layers.Conv2D(4, 3), layers.Flatten(), layers.Dense(2, name="out"))()
    model.compile("sgd", "mse")
    with contexts() as found, pytest.raises(ShapeMismatchError):
        model.fit(np.zeros((8, *given)), np.zeros((8, 2)), verbose=0, callbacks=[ShapeGuard({"out": "B 2"})])
    return {(("input",), each.repair.argument, each.repair.suggestion, round(each.repair.cost, 6)) for each in found}


def test_an_application_lacks_its_top_or_also_a_pooling_or_has_too_many_classes():
    def build(head=None):
        image = keras.Input((32, 32, 3))
        features = keras.applications.MobileNetV2(weights=None, input_shape=(32, 32, 3), name="net")(image)
        return keras.Model(image, features if head is None else head(features))

    several = costs.APPLICATION_PRIORS["include_top"] + costs.APPLICATION_PRIORS["pooling"] + costs.EACH_OTHER_ARGUMENT
    found = base_costs(lambda: build(layers.Dense(3, name="head")), {"net": "B 1280", "head": "B 3"})
    assert ((), "include_top", False, round(several, 6)) in found
    found = base_costs(build, {"net": "B 7"})
    assert ((), "classes", 7, costs.APPLICATION_PRIORS["classes"]) in found


def far_fetched(build, expected, layer, argument, suggestion):
    repair = next(
        found
        for named, found in breakdowns(build, expected)
        if named[1:] == (argument, suggestion) and layer in named[0]
    )
    return repair["far_fetched"]


def test_a_decoder_gives_back_odd_sizes_by_what_each_layer_adds():
    def build():
        image = h = keras.Input((27, 57, 1))
        for _ in range(2):
            h = layers.Conv2D(4, 3, strides=2, padding="same")(h)
        for name in ("first", "second"):
            h = layers.Conv2DTranspose(4, 3, strides=2, padding="same", name=name)(h)
        return keras.Model(image, h)

    with contexts() as found:
        breakdowns(build, {"second": "B 27 57 4"})
    parts = [part.change.cost for each in found for part in getattr(each.repair, "parts", ())]
    assert costs.MIRRORED_DECODER in parts


def test_a_reshape_and_the_dense_that_fills_it_change_together():
    build = stacked((10,), layers.Dense(6), layers.Reshape((2, 3), name="map"))
    cost = far_fetched(build, {"map": "B 4 5"}, "map", "target_shape", (4, 5))
    assert cost == pytest.approx(costs.FILLED_TARGET * weights.EFFORT)


@pytest.mark.parametrize(("promised", "name"), [((5,), "PROMISE_MEANT"), ((5, 2), "PROMISE_BROKEN")])
def test_a_promise_of_another_rank_contradicts_itself_and_one_of_other_sizes_may_be_meant(promised, name):
    build = stacked((10,), layers.Lambda(lambda x: x, output_shape=promised, name="function"), layers.Dense(3))
    cost = far_fetched(build, {"function": "B 10"}, "function", "output_shape", (10,))
    assert cost == pytest.approx(getattr(costs, name) * weights.EFFORT)
