"""What was trained, loaded or set for a shape does not go with another one: such a change is possible, not verified."""

import keras
import numpy as np
import pytest
from keras import layers

from shapeguard import check
from shapeguard.keras_compat import ready_made


def stack(units=5, **arguments):
    return keras.Sequential(
        [keras.Input((8,)), layers.Dense(units, name="hidden", **arguments), layers.Dense(3, name="last")], name="stack"
    )


def as_made():
    return stack()


def trained():
    model = stack()
    model.compile("sgd", "mse")
    model.fit(np.zeros((4, 8)), np.zeros((4, 3)), verbose=0)
    return model


def with_set_weights():
    model = stack()
    model.get_layer("hidden").set_weights([np.ones((8, 5)), np.zeros(5)])
    return model


def loaded(path):
    other = stack()
    other.get_layer("last").set_weights([np.ones((5, 3)), np.full(3, 0.5)])
    other.save_weights(path / "stack.weights.h5")
    model = stack()
    model.load_weights(path / "stack.weights.h5")
    return model


def around_trained():
    inner = trained()
    i = keras.Input((8,))
    return keras.Model(i, layers.Dense(2)(inner(i)))


@pytest.mark.parametrize(
    ("build", "reason"),
    [
        (as_made, ""),
        (trained, ""),
        (with_set_weights, "'hidden' has weights that were trained, loaded or set for its present shape"),
        (around_trained, "'stack' was trained before, as it is"),
    ],
)
def test_units_are_verified_unless_what_was_learned_comes_from_elsewhere(build, reason):
    key = "stack/hidden" if build is around_trained else "hidden"
    (cause,) = check(build(), {key: "B 6"}).diagnoses[0].causes
    assert (cause.argument, cause.suggestion, cause.verified) == ("units", 6, not reason)
    assert not reason or cause.proof == reason


def test_weights_that_were_loaded_are_seen_behind_the_change(tmp_path):
    (cause,) = check(loaded(tmp_path), {"hidden": "B 6"}).diagnoses[0].causes
    assert (cause.verified, cause.proof.partition("'")[2].partition("'")[0]) == (False, "hidden")


def test_a_change_that_keeps_every_weight_is_verified_whatever_was_set():
    model = keras.Sequential([keras.Input((9, 9, 1)), layers.Conv2D(2, 3, strides=2, name="conv")])
    model.get_layer("conv").set_weights([np.ones((3, 3, 1, 2)), np.ones(2)])
    causes = check(model, {"conv": "B 7 7 2"}).diagnoses[0].causes
    assert [cause.verified for cause in causes if cause.argument == "strides"] == [True]


def test_weights_given_to_a_constructor_are_for_its_sizes():
    table = layers.Embedding(6, 3, weights=[np.ones((6, 3))], name="table")
    model = keras.Sequential([keras.Input((4,)), table, layers.Flatten()])
    (cause, *_) = check(model, {"table": "B 4 5"}).diagnoses[0].causes
    assert (cause.argument, cause.verified) == ("output_dim", False)


@pytest.mark.parametrize(
    "layer",
    [
        layers.LSTM(4, return_sequences=True),
        layers.Bidirectional(layers.GRU(2, return_sequences=True)),
        layers.MultiHeadAttention(2, 3),
        layers.Conv1D(3, 2, kernel_initializer=keras.initializers.HeNormal()),
        layers.Dense(3, kernel_initializer=lambda shape, dtype=None: keras.random.normal(shape, dtype=dtype)),
        layers.BatchNormalization(),
        layers.Embedding(5, 2),
    ],
)
def test_a_layer_as_it_was_made_has_learned_nothing(layer):
    tensor = keras.KerasTensor((None, 6, 4), dtype="float32")
    layer(*([tensor, tensor] if isinstance(layer, layers.MultiHeadAttention) else [tensor]))
    assert not ready_made.has_other_weights(layer)
