"""A step that was traced before runs no Python: what a guard can say then of a model with custom code, running none."""

import keras
import numpy as np
import pytest
from helpers.guarding import BACKEND, NOT_SEEN, outcome
from keras import layers

from shapeguard import ShapeGuard

pytestmark = pytest.mark.skipif(BACKEND == "torch", reason="PyTorch traces nothing")
X, Y = np.zeros((16, 4), "float32"), np.zeros((16, 1), "float32")


class Block(layers.Layer):
    """Counts its calls, and has a layer inside that no graph knows of."""

    def __init__(self, **options):
        super().__init__(**options)
        self.inner, self.calls = layers.Dense(5, name="inner"), 0

    def call(self, x):
        self.calls += 1
        return self.inner(x)


class Claiming(Block):
    def compute_output_shape(self, shape):
        return (*shape[:-1], 7)


def trained_without_a_guard(block):
    inputs = keras.Input((4,))
    model = keras.Model(inputs, layers.Dense(1, name="head")(block(layers.Dense(3, name="first")(inputs))))
    model.compile("sgd", "mse")
    model.fit(X, Y, batch_size=8, verbose=0)
    return model


@pytest.mark.parametrize(
    ("expected", "error", "warnings"),
    [
        ({"first": (None, 3), "block": (None, 5), "head": (None, 1)}, None, []),
        ({"block": (None, 6)}, "[SG102] layer 'block' (Block): expected (None, 6), got (8, 5)", []),
        ({"head": (None, 2)}, "[SG501] layer 'head' (Dense): expected (None, 2), got (8, 1)", []),
        ({"head": (None, 1), "inner": (None, 9)}, None, [NOT_SEEN]),
        ({"haed": (None, 1)}, "[SG502] the model has no layer 'haed'; it has 'head'", []),
    ],
)
def test_a_graph_is_compared_as_it_is_known(expected, error, warnings):
    block = Block(name="block")
    model = trained_without_a_guard(block)
    calls = block.calls
    assert outcome(lambda: model.fit(X, Y, batch_size=8, verbose=0, callbacks=[ShapeGuard(expected)])) == (
        error,
        warnings,
    )
    assert error is not None or block.calls == calls


def test_a_layers_own_word_for_its_output_is_not_taken():
    model = trained_without_a_guard(Block(name="block"))
    guard = ShapeGuard({"block": (None, 5)})
    inputs = keras.Input((4,))
    claiming = keras.Model(inputs, Claiming(name="block")(inputs))
    claiming.compile("sgd", "mse")
    claiming.fit(X, np.zeros((16, 5), "float32"), batch_size=8, verbose=0)
    told = outcome(lambda: claiming.fit(X, np.zeros((16, 5), "float32"), batch_size=8, verbose=0, callbacks=[guard]))
    assert told == (None, [NOT_SEEN])
    assert outcome(lambda: model.fit(X, Y, batch_size=8, verbose=0, callbacks=[guard])) == (None, [])
