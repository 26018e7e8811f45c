"""Random models over all built-in layers train as they would without a guard: the same bits, no alarm, no warning."""

import os
import random
import warnings

import keras
import numpy as np
import pytest
from stress.random_models import NAMES, drawn

from shapeguard import ShapeGuard
from shapeguard.strict import ShapeGuardWarning

QUICK = range(0, len(NAMES), 16)
ALL = range(int(os.environ.get("SHAPEGUARD_STRESS", "1")) * len(NAMES))
"""SHAPEGUARD_STRESS=10 is the run before a release: ten models that begin with each layer."""
BATCHES = (None, "B", 4)
"""What is written for the axis of the batch."""


def trained(recipe, seed, *callbacks):
    """Fresh layers, and what a model of them has become by two steps of which the second is short."""
    keras.utils.set_random_seed(seed)
    layers = recipe.layers()
    model = recipe.model(layers)
    model.compile("sgd", "mse", run_eagerly=seed % 4 == 3, jit_compile=False)
    x, y = recipe.data(6)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        history = model.fit(x, y, batch_size=4, verbose=0, callbacks=list(callbacks), validation_data=(x[:2], y[:2]))
    assert not [each for each in caught if issubclass(each.category, ShapeGuardWarning)]
    weights = [np.asarray(weight).tobytes() for weight in model.weights]
    return layers, (weights, repr(history.history), random.getstate(), np.random.get_state()[1].tobytes())


def observed(recipe, layers, batch):
    """What each layer gives for four real samples, the batch axis as `batch`."""
    seen = {}
    recipe.flow(layers, keras.ops.convert_to_tensor(recipe.data(4)[0]), seen)

    def spec(tensor):
        return (batch if tensor.shape[0] == 4 else None, *map(int, tensor.shape[1:]))

    shapes = {name: [spec(x) for x in keras.tree.flatten(outputs)] for name, outputs in seen.items()}
    return {name: each[0] if len(each) == 1 else each for name, each in shapes.items()}


def trains_alike(seed):
    """Whether plain Keras trains this seed's model; asserts that with a guard it does so by the same bits, in peace."""
    recipe = drawn(seed)
    try:
        layers, plain = trained(recipe, seed)
        expected = observed(recipe, layers, BATCHES[seed % 3])
    except Exception:  # noqa: BLE001  whatever Keras has against it, there is nothing to compare
        return False
    guard = ShapeGuard(expected)
    _, guarded = trained(recipe, seed, guard)
    if guarded != plain and trained(recipe, seed)[1] != plain:
        return False  # plain Keras does not train it twice alike, as where PyTorch makes the batch's numbers infinite
    assert guarded == plain, recipe
    assert guard.report.ok, recipe
    assert {row.status for row in guard.report.rows if row.layer in expected} == {"ok"}, recipe
    return True


def test_random_models_train_as_without_a_guard():
    assert sum(map(trains_alike, QUICK)) > 0.8 * len(QUICK)


@pytest.mark.slow
def test_models_that_begin_with_each_built_in_layer_train_as_without_a_guard():
    assert sum(map(trains_alike, ALL)) > 0.8 * len(ALL)
