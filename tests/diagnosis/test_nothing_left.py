"""A diagnosis reads: random state, layer names, graph nodes, weights and memory are as they were."""

import gc
import random
import weakref

import keras
import numpy as np
import pytest
from keras import layers
from keras.src.backend.common import global_state

from shapeguard import ShapeGuard, check


def faulty():
    image = keras.Input((28, 28, 1))
    x = layers.Conv2D(8, 3, 3, name="conv")(image)
    x = layers.Dropout(0.5)(x)
    x = layers.LSTM(4, name="steps")(layers.Reshape((81, 8))(x))
    return keras.Model(image, layers.Dense(3, name="out")(x))


EXPECTED = {"conv": "B 26 26 8"}


def nodes_of(model):
    return [(layer.name, len(layer._inbound_nodes), len(layer._outbound_nodes)) for layer in model.layers]


def test_the_random_states_are_as_they_were():
    model = faulty()
    keras.utils.set_random_seed(3)
    seeds = keras.src.random.seed_generator.global_seed_generator().state.numpy().tolist()
    python, numpy = random.getstate(), np.random.get_state()
    assert check(model, EXPECTED).diagnoses
    assert random.getstate() == python
    assert all(np.array_equal(a, b) for a, b in zip(np.random.get_state(), numpy, strict=True))
    assert keras.src.random.seed_generator.global_seed_generator().state.numpy().tolist() == seeds


def test_the_next_layer_has_the_name_that_it_would_have_had():
    model = faulty()
    before = dict(global_state.get_global_attribute("object_name_uids"))
    assert check(model, EXPECTED).diagnoses
    assert dict(global_state.get_global_attribute("object_name_uids")) == before


def test_the_layers_have_the_graph_nodes_and_weights_that_they_had():
    model = faulty()
    nodes, weights = nodes_of(model), model.get_weights()
    variables = [id(v) for v in model.variables]
    assert check(model, EXPECTED).diagnoses
    assert nodes_of(model) == nodes
    assert [id(v) for v in model.variables] == variables
    assert all(np.array_equal(a, b) for a, b in zip(model.get_weights(), weights, strict=True))


def test_a_model_that_was_diagnosed_can_be_forgotten():
    model = faulty()
    report = check(model, EXPECTED)
    gone = weakref.ref(model)
    layer = weakref.ref(model.get_layer("conv"))
    del model
    gc.collect()
    assert report.diagnoses
    assert (gone(), layer()) == (None, None)


@pytest.mark.parametrize("spelling", ["builder", "with"])
def test_a_model_that_keras_refused_to_build_can_be_forgotten(spelling):
    seen = []

    def build():
        image = keras.Input((28, 28, 1))
        x = layers.Flatten()(image)
        seen.append(weakref.ref(x))
        return layers.LSTM(3)(layers.LSTM(4)(layers.Reshape((28, 28))(x)))

    guard = ShapeGuard()
    with pytest.raises(ValueError, match="SG601"):
        if spelling == "builder":
            guard(build)()
        else:
            with guard:
                build()
    gc.collect()
    assert [each() for each in seen] == [None]
