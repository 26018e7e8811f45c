"""A reduction without its axis makes one number of all samples, in a layer as in the function of a Lambda."""

import pytest
from helpers.slips import refused, told
from helpers.texts import mended

NET = """
def pooled(parts):
    return {reduced}

inputs = [keras.Input((6,)) for _ in range(3)]
dense = layers.Dense(5)
parts = [dense(each) for each in inputs]
y = layers.Lambda(pooled{promise})(parts)
model = keras.Model(inputs, layers.Activation("sigmoid")(y))
model.compile("sgd", "binary_crossentropy")
model.fit([np.zeros((8, 6))] * 3, np.zeros((8, 5)), verbose=0)
"""
STEPS = """
def pooled(steps):
    return ops.max(steps)

model = keras.Sequential([keras.Input((7, 6)), layers.Lambda(pooled, output_shape=(6,)), layers.Dense(2)])
model.compile("sgd", "mse")
model.fit(np.zeros((8, 7, 6)), np.zeros((8, 2)), verbose=0)
"""
DISTANCE = """
def distance(pair):
    return ops.sqrt(ops.sum(ops.square(pair[0] - pair[1])))

one, other = keras.Input((6,)), keras.Input((6,))
code = layers.Dense(4)
apart = layers.Lambda(distance, output_shape=(1,))([code(one), code(other)])
model = keras.Model([one, other], layers.Dense(1, activation="sigmoid")(apart))
model.compile("sgd", "binary_crossentropy")
model.fit([np.zeros((8, 6))] * 2, np.zeros((8, 1)), verbose=0)
"""
RIGHT = """
def spread(parts):
    return ops.mean(ops.square(parts))

x = keras.Input((6,))
code = layers.Dense(4)(x)
y = layers.Dense(6)(code) + layers.Lambda(spread, output_shape=())(code)
model = keras.Model(x, layers.Dense({units})(y))
model.compile("sgd", "mse")
model.fit(np.zeros((8, 6)), np.zeros((8, 6)), verbose=0)
"""


@pytest.mark.parametrize("promise", ["", ", output_shape=(5,)"], ids=["no shape", "a shape"])
def test_stacked_tensors_are_reduced_to_one_of_them(tmp_path, promise):
    text = NET.replace("{promise}", promise)
    causes = told(
        tmp_path, text.replace("{reduced}", "ops.sum(ops.stack(parts))"), "return ops.sum(ops.stack(parts), axis=0)"
    )
    assert causes[0].confidence == "cause"


def test_what_a_promised_shape_hides_is_told(tmp_path):
    causes, path = refused(tmp_path, STEPS)
    assert (causes[0].edits[0].argument, causes[0].edits[0].suggestion) == ("axis", 1)
    assert causes[0].verified
    mended(path, causes[0])


def test_one_number_that_is_meant_for_all_samples_is_not_blamed(tmp_path):
    causes, _ = refused(tmp_path, RIGHT.replace("{units}", "5"))
    assert causes[0].edits[0].argument == "units"


def test_an_axis_and_the_option_that_keeps_it_are_forgotten_together(tmp_path):
    told(tmp_path, DISTANCE, "return ops.sqrt(ops.sum(ops.square(pair[0] - pair[1]), axis=1, keepdims=True))")
