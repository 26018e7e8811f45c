"""Which argument is named first where only the weights of a layer, or their number, tell that one is wrong."""

import keras
import pytest
from keras import layers

from shapeguard import check, expect
from shapeguard.layers import ArgumentTraits, Traits, register, registry
from shapeguard.layers.base import Family

STEPS, IMAGE, FEATURES = (6, 8), (9, 9, 4), (12,)
EXAMPLES = {
    "kernel_size": (IMAGE, layers.Conv2D, {"filters": 7, "kernel_size": 5, "padding": "same"}, (3, 3)),
    "units": (FEATURES, layers.Dense, {"units": 5}, 7),
    "filters": (IMAGE, layers.Conv2D, {"filters": 7, "kernel_size": 3}, 11),
    "use_bias": (FEATURES, layers.Dense, {"units": 5, "use_bias": False}, True),
    "depth_multiplier": (IMAGE, layers.DepthwiseConv2D, {"kernel_size": 3, "depth_multiplier": 2}, 3),
    "groups": (IMAGE, layers.Conv2D, {"filters": 8, "kernel_size": 3, "groups": 1}, 2),
    "input_dim": ((6,), layers.Embedding, {"input_dim": 50, "output_dim": 7}, 51),
    "output_dim": ((6,), layers.Embedding, {"input_dim": 50, "output_dim": 7}, 9),
    "num_heads": (STEPS, layers.MultiHeadAttention, {"num_heads": 2, "key_dim": 5}, 3),
    "key_dim": (STEPS, layers.MultiHeadAttention, {"num_heads": 2, "key_dim": 5, "value_dim": 4}, 7),
    "value_dim": (STEPS, layers.MultiHeadAttention, {"num_heads": 2, "key_dim": 5, "value_dim": 4}, 7),
    "head_dim": (
        STEPS,
        layers.GroupQueryAttention,
        {"head_dim": 5, "num_query_heads": 4, "num_key_value_heads": 2},
        7,
    ),
    "num_query_heads": (
        STEPS,
        layers.GroupQueryAttention,
        {"head_dim": 5, "num_query_heads": 4, "num_key_value_heads": 2},
        6,
    ),
    "num_key_value_heads": (
        STEPS,
        layers.GroupQueryAttention,
        {"head_dim": 5, "num_query_heads": 4, "num_key_value_heads": 2},
        4,
    ),
    "center": (FEATURES, layers.BatchNormalization, {"center": False}, True),
    "scale": (FEATURES, layers.BatchNormalization, {"scale": False}, True),
    "reset_after": (STEPS, layers.GRU, {"units": 5, "reset_after": False}, True),
}


def model_of(shape, layer):
    entering = keras.Input(shape)
    attends = isinstance(layer, layers.MultiHeadAttention | layers.GroupQueryAttention)
    return keras.Model(entering, layer(entering, entering) if attends else layer(entering))


def causes(model, layer, **expected):
    expect(layer, **expected)
    (diagnosis,) = check(model).diagnoses
    return [(cause.layer, cause.edits[0].argument, cause.edits[0].suggestion) for cause in diagnosis.causes]


@pytest.mark.parametrize("argument", EXAMPLES)
def test_an_argument_that_decides_about_weights_may_be_to_blame(argument):
    shape, layer_type, arguments, wanted = EXAMPLES[argument]
    meant = layer_type(**{**arguments, argument: wanted})
    model_of(shape, meant)
    layer = layer_type(**arguments, name="wrong")
    model = model_of(shape, layer)
    assert ("wrong", argument, wanted) in causes(model, layer, weights=[tuple(each.shape) for each in meant.weights])


def counted(filters, size, params):
    layer = layers.Conv2D(filters, size, padding="same", name="conv")
    return [argument for _, argument, _ in causes(model_of((9, 9, 1), layer), layer, params=params)]


@pytest.mark.parametrize(
    ("filters", "size", "window", "first"),
    [
        (13, 5, 3, "kernel_size"),
        (13, 5, 1, "filters"),
        (5, 3, 5, "filters"),
        (13, 5, 7, "filters"),
        (13, 5, 9, "filters"),
    ],
)
def test_a_usual_window_is_named_before_a_number_of_filters_with_as_many_weights(filters, size, window, first):
    named = counted(filters, size, filters * (window * window + 1))
    assert sorted(named) == ["filters", "kernel_size"]
    assert named[0] == first


def test_a_layer_is_blamed_for_its_weights_before_the_one_that_feeds_it():
    features = keras.Input((4,))
    fed = layers.Dense(8, name="fed")
    model = keras.Model(features, fed(layers.Dense(8, name="feeds")(features)))
    assert [layer for layer, _, _ in causes(model, fed, params=144)] == ["fed", "feeds"]


def test_of_two_layers_that_feed_a_third_the_nearer_one_is_blamed_first():
    features = keras.Input((4,))
    both = [layers.Dense(8, name="farther")(features), layers.Dense(4, name="nearer")(features)]
    fed = layers.Dense(3, name="fed")
    model = keras.Model(features, fed(layers.Concatenate()(both)))
    assert [layer for layer, _, _ in causes(model, fed, params=51)] == ["nearer", "farther"]


def test_another_format_is_blamed_after_the_channels_that_come_in():
    image = keras.Input((8, 8, 3))
    fed = layers.Conv2D(16, 3, name="fed")
    model = keras.Model(image, fed(layers.Conv2D(4, 1, name="feeds")(image)))
    assert [argument for _, argument, _ in causes(model, fed, weights=(3, 3, 8, 16))] == ["filters", "data_format"]


class Widening(keras.layers.Layer):
    def __init__(self, breadth, **rest):
        super().__init__(**rest)
        self.breadth = breadth

    def build(self, shape):
        self.table = self.add_weight(shape=(self.breadth, shape[-1]))

    def call(self, inputs):
        return inputs + keras.ops.sum(self.table, 0)

    def get_config(self):
        return {**super().get_config(), "breadth": self.breadth}


class WideningRule(Family):
    arguments = ("breadth",)
    traits = Traits(arguments=(ArgumentTraits("breadth", of_weights=True),))

    def forward(self, config, inputs):
        del config
        return inputs


@pytest.fixture
def registered():
    register(Widening, WideningRule("Widening"))
    yield
    del registry._registered[Widening]
    registry.forget()


@pytest.mark.usefixtures("registered")
def test_an_argument_of_a_layer_from_outside_that_decides_about_weights_may_be_to_blame():
    layer = Widening(5, name="wide")
    assert causes(model_of((4,), layer), layer, weights=(7, 4)) == [("wide", "breadth", 7)]
