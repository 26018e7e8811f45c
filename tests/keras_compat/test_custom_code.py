"""What counts as code of one's own: what a forward pass runs, and not what `compile` is given."""

import keras
import pytest
from keras import layers, ops

from shapeguard.keras_compat.custom_code import has_custom_code
from shapeguard.trace import abstract_step


class OwnLoss(keras.losses.Loss):
    def call(self, y_true, y_pred):
        return ops.mean((y_true - y_pred) ** 2, -1)


class OwnMetric(keras.metrics.Mean):
    def update_state(self, y_true, y_pred, sample_weight=None):
        return super().update_state(ops.abs(y_true - y_pred), sample_weight)


class OwnOptimizer(keras.optimizers.SGD):
    pass


def own_function(y_true, y_pred):
    return ops.mean((y_true - y_pred) ** 2, -1)


def model(activation=None):
    return keras.Sequential([keras.Input((4,)), layers.Dense(3, activation=activation)])


@pytest.mark.parametrize("loss", [OwnLoss(), own_function, {"dense": own_function}])
def test_a_loss_of_ones_own_is_not_part_of_a_forward_pass(loss):
    plain = keras.Sequential([keras.Input((4,)), layers.Dense(3, name="dense")])
    plain.compile("sgd", loss, metrics=[OwnMetric()])
    assert not has_custom_code(plain)
    assert abstract_step.decides(plain, "train") is (keras.config.backend() != "torch")


def test_an_optimizer_of_ones_own_asks_for_a_real_step():
    plain = model()
    plain.compile(OwnOptimizer(), "mse")
    assert not has_custom_code(plain)
    assert not abstract_step.decides(plain, "train")


def test_an_activation_of_ones_own_is_part_of_a_forward_pass():
    own = model(activation=lambda x: x)
    own.compile("sgd", "mse")
    assert has_custom_code(own)
