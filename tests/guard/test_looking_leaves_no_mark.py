"""`check`, `explain` and `lint` of a model with custom code: one pass, and everything is as it was."""

import random

import keras
import numpy as np
import pytest
from keras import layers, ops

from shapeguard import ShapeGuard, check, explain, lint


class Noisy(layers.Layer):
    """Draws from a seed of its own, Python and NumPy, and counts in a variable, an attribute, a list and a dict."""

    def __init__(self, **options):
        super().__init__(**options)
        self.seed = keras.random.SeedGenerator(7)
        self.calls, self.seen, self.by_rank = 0, [], {}

    def build(self, shape):
        self.scale = self.add_weight(shape=(shape[-1],))
        self.steps = self.add_weight(shape=(), trainable=False, initializer="zeros")

    def call(self, x):
        self.calls += 1
        self.seen.append(x.shape)
        self.by_rank[len(x.shape)] = self.calls
        self.steps.assign_add(1.0)
        factor = random.random() + float(np.random.rand())
        return x * self.scale * factor + keras.random.normal(ops.shape(x), seed=self.seed)


class OfClass(keras.Model):
    def __init__(self):
        super().__init__()
        self.noisy, self.head = Noisy(), layers.Dense(1, name="head")

    def call(self, x):
        return self.head(self.noisy(x))


def state_of(model):
    """Everything that a pass may change."""
    parts = model._flatten_layers()
    names = [sorted(vars(part)) for part in parts]
    counts = [(part.calls, list(part.seen), dict(part.by_rank)) for part in parts if isinstance(part, Noisy)]
    weights = [ops.convert_to_numpy(variable).tobytes() for variable in model.variables]
    built = [part.built for part in parts]
    return names, counts, weights, built, random.getstate(), np.random.get_state()[1].tobytes()


def functional():
    x = keras.Input((3,))
    return keras.Model(x, layers.Dense(1, name="head")(layers.BatchNormalization()(Noisy()(x))))


LOOKS = {
    "check": lambda model: check(model, {"head": (None, 2)}),
    "check of what is right": lambda model: check(model, {"head": (None, 1)}),
    "a guard's check": lambda model: ShapeGuard({"head": (None, 2)}).check(model, (4, 3)),
    "explain": explain,
    "explain of a layer": lambda model: explain(model.layers[1]),
    "lint": lint,
}


@pytest.mark.parametrize("look", LOOKS)
def test_a_look_at_a_built_model_changes_nothing(look):
    keras.utils.set_random_seed(0)
    model = functional()
    keras.utils.set_random_seed(1)
    before = state_of(model)
    LOOKS[look](model)
    assert state_of(model) == before


@pytest.mark.parametrize(
    ("make", "shape"),
    [
        (
            lambda: keras.Sequential([Noisy(), layers.Dropout(0.5), layers.LSTM(3), layers.Dense(1, name="head")]),
            (4, 5, 3),
        ),
        (lambda: keras.Sequential([layers.LSTM(3, stateful=True), layers.Dense(1, name="head")]), (4, 5, 3)),
        (OfClass, (4, 3)),
    ],
    ids=["deferred", "stateful", "of a class"],
)
def test_a_check_of_an_unbuilt_model_knows_its_shapes_and_leaves_it_unbuilt(make, shape):
    model = make()
    before = state_of(model)
    report = check(model, {"head": (None, 2)}, inputs=shape)
    assert [(each.layer, each.actual[1:]) for each in report.diagnoses] == [("head", (1,))]
    assert state_of(model) == before
    assert model(np.zeros(shape, "float32")).shape[-1] == 1
