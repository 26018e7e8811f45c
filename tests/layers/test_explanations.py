"""What the rules say: derivations, refusals and the habits behind common slips."""

from __future__ import annotations

import keras
import pytest

from shapeguard.layers import Change, Derivation, Refusal, configuration, rule_for
from shapeguard.records.source import Argument, Construction

layers = keras.layers
IMAGE = (None, 28, 28, 3)

ARITHMETIC = {
    "strides": (layers.Conv2D(32, 3, 3), IMAGE, 1, "floor((28 - 3) / 3) + 1 = 9"),
    "same": (layers.Conv2D(32, 3, 2, "same"), IMAGE, 2, "ceil(28 / 2) = 14"),
    "dilation": (layers.Conv2D(32, 3, dilation_rate=4), IMAGE, 1, "floor((28 - (4 * 2 + 1)) / 1) + 1 = 20"),
    "filters": (layers.Conv2D(32, 3), IMAGE, -1, "filters = 32"),
    "depth": (layers.DepthwiseConv2D(3, depth_multiplier=4), IMAGE, 3, "3 * 4 = 12"),
    "pooling": (layers.MaxPooling2D(2), IMAGE, 1, "floor((28 - 2) / 2) + 1 = 14"),
    "transposed": (layers.Conv2DTranspose(8, 3, 2), IMAGE, 1, "(28 - 1) * 2 + max(3, 2) = 57"),
    "doubled": (layers.Conv2DTranspose(8, 3, 2, "same"), IMAGE, 1, "28 * 2 = 56"),
    "padded": (
        layers.Conv2DTranspose(8, 3, 2, "same", output_padding=1),
        IMAGE,
        1,
        "(28 - 1) * 2 + 3 % 2 + 1 = 56",
    ),
    "flatten": (layers.Flatten(), (None, 9, 9, 32), 1, "9 * 9 * 32 = 2592"),
    "units": (layers.Dense(10), (None, 5), 1, "units = 10"),
    "lstm": (layers.LSTM(10), (None, 5, 4), 1, "units = 10"),
    "both": (layers.Bidirectional(layers.LSTM(10)), (None, 5, 4), -1, "2 * 10 = 20"),
    "each step": (layers.TimeDistributed(layers.Dense(10)), (None, 5, 4), 2, "units = 10"),
    "cropping": (layers.Cropping2D(((1, 2), (3, 4))), IMAGE, 2, "28 - 3 - 4 = 21"),
    "upsampling": (layers.UpSampling2D(2), IMAGE, 1, "28 * 2 = 56"),
    "reshape": (layers.Reshape((-1, 3)), IMAGE, 1, "2352 / 3 = 784"),
    "boundaries": (
        layers.Discretization([0.0, 1.0], output_mode="one_hot"),
        (None, 1),
        1,
        "len(bin_boundaries) + 1 = 3",
    ),
    "bins": (layers.Discretization(num_bins=4, output_mode="one_hot"), (None, 1), 1, "num_bins = 4"),
    "permute": (layers.Permute((3, 1, 2)), IMAGE, 1, "axis 3 of the input = 3"),
}


@pytest.mark.parametrize("name", ARITHMETIC)
def test_an_axis_has_its_arithmetic(name):
    layer, shape, axis, arithmetic = ARITHMETIC[name]
    assert rule_for(type(layer)).explain_axis(configuration(layer), (shape,), axis).arithmetic == arithmetic


def test_a_derivation_names_the_arguments_that_the_axis_depends_on():
    layer = layers.Conv2D(32, 3, 3)
    assert rule_for(type(layer)).explain_axis(configuration(layer), (IMAGE,), 2) == Derivation(
        2, "width", "floor((28 - 3) / 3) + 1 = 9", ("strides", "padding", "kernel_size")
    )


def test_an_axis_that_is_passed_on_has_no_derivation():
    assert rule_for(layers.Dense).explain_axis({"units": 4}, (IMAGE,), 1) is None
    assert rule_for(layers.Dropout).explain_axis({}, (IMAGE,), 1) is None


def test_concatenated_sizes_add_up():
    rule = rule_for(layers.Concatenate)
    assert rule.explain_axis({"axis": -1}, ((None, 64), (None, 32)), 1).arithmetic == "64 + 32 = 96"


REFUSALS = {
    "window": (
        layers.Conv2D(8, 30),
        (IMAGE,),
        Refusal("`kernel_size` 30 is larger than the 28 of axis 1", 1),
    ),
    "rank": (
        layers.LSTM(4),
        ((None, 64),),
        Refusal("it needs rank 3 (batch, timesteps, features), got rank 2 (None, 64)"),
    ),
    "dense": (layers.Dense(4), ((5,),), Refusal("it needs rank 2 or more, got rank 1 (5,)")),
    "groups": (
        layers.Conv2D(4, 3, groups=2),
        (IMAGE,),
        Refusal("`groups` 2 must divide both the 3 input channels and the 4 filters"),
    ),
    "reshape": (
        layers.Reshape((7, 7)),
        ((None, 50),),
        Refusal("50 elements do not fill (7, 7), which holds 49"),
    ),
    "concatenate": (
        layers.Concatenate(),
        ((None, 3, 5), (None, 4, 5)),
        Refusal("axis 1 has 3 and 4, but only axis 2 may differ", 1),
    ),
    "add": (
        layers.Add(),
        ((None, 3, 5), (None, 4, 5)),
        Refusal("axis 1 has 3 and 4 in (None, 3, 5) and (None, 4, 5)", 1),
    ),
    "groups of a normalisation": (
        layers.GroupNormalization(),
        (IMAGE,),
        Refusal("`groups` 32 does not divide the 3 of axis 3", 3),
    ),
    "cropping": (layers.Cropping1D(3), ((None, 4, 2),), Refusal("4 - 3 - 3 = -2: nothing is left of axis 1", 1)),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_a_refusal_says_why(name):
    layer, inputs, refusal = REFUSALS[name]
    assert rule_for(type(layer)).forward(configuration(layer), inputs) == refusal


def hint(layer, argument, value, *, written=(), inner=()):
    made = Construction(
        layer.name, type(layer).__name__, tuple(Argument(f"#{place}", v, place) for place, v in enumerate(written))
    )
    return rule_for(type(layer)).hint(made, configuration(layer), Change(((argument, value),), inner=inner))


def test_the_form_of_keras_1_is_named_where_the_third_positional_integer_repeats_the_second():
    assert hint(layers.Conv2D(32, 3, 3), "strides", (1, 1), written=(32, 3, 3)) == (
        "Conv2D takes (filters, kernel_size, strides, ...). "
        "The form (32, 3, 3), meaning a 3x3 kernel, is Keras 1 syntax."
    )


def test_another_third_positional_integer_is_said_to_be_the_stride():
    assert hint(layers.Conv2D(32, 5, 2), "strides", (1, 1), written=(32, 5, 2)) == (
        "Conv2D takes (filters, kernel_size, strides, ...). The third positional integer is the stride."
    )


def test_same_padding_is_said_to_divide_by_strides():
    assert hint(layers.Conv2D(32, 3, strides=2, padding="same"), "strides", (1, 1)) == (
        "padding='same' keeps a size only with strides=1; otherwise the size is ceil(size / strides)."
    )


def test_pool_strides_are_said_to_default_to_the_pool_size():
    assert hint(layers.MaxPooling2D(3), "strides", (1, 1)) == (
        "The strides of a pooling layer default to its pool_size, not to 1."
    )


def test_a_recurrent_layer_inside_bidirectional_teaches_as_it_does_outside():
    sentence = (
        "A recurrent layer returns only its last timestep; with return_sequences=True it returns every timestep, "
        "as axis 1."
    )
    assert hint(layers.LSTM(4), "return_sequences", True) == sentence
    assert hint(layers.Bidirectional(layers.LSTM(4)), "return_sequences", True, inner=("layer",)) == sentence


def test_nothing_to_teach_is_an_empty_string():
    assert hint(layers.Conv2D(32, 3), "kernel_size", (5, 5)) == ""
