"""Every built-in layer class has a rule or a reason; what the rules read and write."""

from __future__ import annotations

import inspect
import subprocess
import sys

import keras
import numpy as np
import pytest

from shapeguard.layers import Change, configuration, covered, opaque, rule_for, with_change
from shapeguard.records.source import Argument, Construction

BUILT_IN = {
    made.__name__: made
    for made in vars(keras.layers).values()
    if inspect.isclass(made) and issubclass(made, keras.layers.Layer)
}


@pytest.mark.parametrize("name", sorted(BUILT_IN))
def test_a_built_in_class_has_either_a_rule_or_a_reason(name):
    assert (rule_for(BUILT_IN[name]) is not None) != (name in opaque())


def test_no_class_has_both_a_rule_and_a_reason():
    assert not set(covered()) & set(opaque())


def test_an_alias_has_the_rule_of_its_class():
    assert rule_for(keras.layers.Convolution2D) is rule_for(keras.layers.Conv2D)


class Quiet(keras.layers.Conv2D):
    def get_config(self):
        return super().get_config()


class Loud(keras.layers.Conv2D):
    def call(self, inputs):
        return super().call(inputs)[:, ::2]


class Louder(Loud):
    pass


def test_a_subclass_that_leaves_the_shapes_alone_has_the_rule_of_its_base():
    assert rule_for(Quiet) is rule_for(keras.layers.Conv2D)


def test_a_subclass_that_overrides_call_has_no_rule():
    assert rule_for(Loud) is None
    assert rule_for(Louder) is None


def test_operations_that_share_a_name_with_a_layer_have_no_rule():
    assert rule_for(type(keras.src.ops.numpy.Add())) is None


def test_a_wrapper_around_a_custom_layer_has_no_rule():
    layer = keras.layers.TimeDistributed(Loud(4, 3))
    assert rule_for(type(layer)) is not None
    assert rule_for(type(layer), configuration(layer)) is None


def test_strides_that_a_pooling_was_not_given_follow_its_pool_size():
    layer = keras.layers.MaxPooling2D(3)
    written = Construction("max_pooling2d", "MaxPooling2D", (Argument("pool_size", 3, 0),))
    config = configuration(layer, written)
    assert config["strides"] is None
    changed = with_change(config, Change((("pool_size", (2, 2)),)))
    assert rule_for(type(layer)).forward(changed, ((None, 28, 28, 1),)) == ((None, 14, 14, 1),)


def test_strides_that_a_pooling_was_given_stay():
    layer = keras.layers.MaxPooling2D(3, 3)
    written = Construction("max_pooling2d", "MaxPooling2D", (Argument("pool_size", 3, 0), Argument("strides", 3, 1)))
    assert configuration(layer, written)["strides"] == (3, 3)


def test_output_padding_is_read_where_the_config_leaves_it_out():
    layer = keras.layers.Conv2DTranspose(4, 3, 2, "same", output_padding=1)
    assert configuration(layer)["output_padding"] == (1, 1)


def test_numpy_integers_are_read_as_integers():
    layer = keras.layers.Conv2D(np.int64(4), (np.int32(3), np.int32(3)))
    assert repr(rule_for(type(layer)).forward(configuration(layer), ((None, 9, 9, 1),))) == "((None, 7, 7, 4),)"


def test_a_change_inside_a_bidirectional_layer_changes_both_directions():
    layer = keras.layers.Bidirectional(keras.layers.LSTM(4))
    changed = with_change(configuration(layer), Change((("units", 7),), inner=("layer",)))
    assert changed["layer"]["config"]["units"] == changed["backward_layer"]["config"]["units"] == 7
    assert keras.layers.Bidirectional.from_config(changed)(keras.KerasTensor((None, 5, 3))).shape == (None, 14)


def test_a_change_of_one_stacked_cell_leaves_the_others():
    layer = keras.layers.RNN([keras.layers.LSTMCell(4), keras.layers.LSTMCell(5)])
    rule, config = rule_for(type(layer)), configuration(layer)
    change = next(c for c in rule.changes(config, ((None, 6, 3),), ((None, 9),)) if c.arguments == (("units", 9),))
    assert rule.forward(with_change(config, change), ((None, 6, 3),)) == ((None, 9),)
    assert config["cell"]["config"]["cells"][1]["config"]["units"] == 5


def test_the_rules_are_read_without_keras():
    program = "import sys, shapeguard.layers as rules; rules.covered(); print('keras' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
