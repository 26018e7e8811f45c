"""An operation refuses its tensors, or makes another shape of them: what each would have to be is found."""

import keras
import numpy as np
import pytest
from keras import layers, ops

from shapeguard import ShapeGuard, ShapeMismatchError
from shapeguard.diagnosis.graph import Graph
from shapeguard.diagnosis.scenarios import Patch
from shapeguard.diagnosis.what_if import propagate
from shapeguard.guard import preflight


class Net(keras.Model):
    """Two tensors of these many units, each with five steps in front, and a function of both."""

    def __init__(self, function, one, other):
        super().__init__()
        self.function = function
        self.one, self.other = layers.Dense(one), layers.Dense(other)

    def call(self, x):
        return self.function(self.one(x), self.other(x))


class Weighted(keras.Model):
    """A tensor of so many units, and a weight of 20 by 32."""

    def __init__(self, function, units):
        super().__init__()
        self.function = function
        self.one = layers.Dense(units)
        self.weight = self.add_weight(shape=(20, 32))

    def call(self, x):
        return self.function(self.one(x), self.weight)


def causes(model, targets):
    """(name, value, suggestion) of each cause of what is wrong in a fit."""
    model.compile("sgd", "mse")
    x = np.zeros((4, 5, 9), "float32")
    with pytest.raises(ShapeMismatchError) as raised:
        model.fit(x, np.zeros(targets, "float32"), verbose=0, callbacks=[ShapeGuard()])
    (diagnosis,) = raised.value.report.diagnoses
    return {(each.argument, each.edits[0].value, each.suggestion) for each in diagnosis.causes}


PRODUCTS = {
    "matmul": lambda a, b: ops.matmul(a, ops.transpose(b, (0, 2, 1))),
    "operator": lambda a, b: a @ ops.swapaxes(b, 1, 2),
    "einsum": lambda a, b: ops.einsum("bij,bkj->bik", a, b),
    "dot": lambda a, b: ops.dot(a, ops.transpose(b[0])),
    "tensordot": lambda a, b: ops.tensordot(a, b[0], axes=[[2], [1]]),
}


@pytest.mark.filterwarnings("ignore:.*(unbuilt state|trainable weights)")
@pytest.mark.parametrize("name", PRODUCTS)
def test_either_tensor_of_a_product_may_be_as_wide_as_the_other(name):
    assert causes(Net(PRODUCTS[name], 64, 37), (4, 5, 5)) == {("one", 64, 37), ("other", 37, 64)}


TOGETHER = {
    "concatenate": (lambda a, b: ops.concatenate([a, b], axis=1), (4, 10, 64)),
    "stack": (lambda a, b: ops.stack([a, b], axis=1), (4, 2, 5, 64)),
    "add": (lambda a, b: a + b, (4, 5, 64)),
    "subtract": (lambda a, b: ops.relu(a) - ops.relu(b), (4, 5, 64)),
    "multiply": (lambda a, b: ops.multiply(a, b), (4, 5, 64)),
    "where": (lambda a, b: ops.where(a > 0, a, b), (4, 5, 64)),
    "concatenate: what is left": (lambda a, b: ops.concatenate([a, b], axis=-1), (4, 5, 128)),
}


@pytest.mark.filterwarnings("ignore:.*(unbuilt state|trainable weights)")
@pytest.mark.parametrize("name", TOGETHER)
def test_of_two_tensors_the_one_is_to_blame_that_is_not_as_the_targets(name):
    function, targets = TOGETHER[name]
    assert ("other", 37, 64) in causes(Net(function, 64, 37), targets)


OF_A_WEIGHT = {
    "matmul": lambda a, w: ops.matmul(a, w),
    "dot": lambda a, w: ops.dot(a, w),
    "tensordot": lambda a, w: ops.tensordot(a, w, axes=1),
    "einsum": lambda a, w: ops.einsum("bij,jk->bik", a, w),
    "behind an activation": lambda a, w: ops.tanh(a) @ w,
    "behind two operations": lambda a, w: ops.reshape(ops.transpose(a, (0, 2, 1)), (-1, 5, 20)) @ w,
}


@pytest.mark.filterwarnings("ignore:.*(unbuilt state|trainable weights)")
@pytest.mark.parametrize("name", OF_A_WEIGHT)
def test_a_tensor_is_as_wide_as_a_weight_is_high(name):
    assert ("units", 64, 20) in causes(Weighted(OF_A_WEIGHT[name], 64), (4, 5, 32))


WANTED = {
    "take": (lambda a, b: ops.take(a, np.array([0, 2], "int32"), axis=1) + ops.mean(b), (4, 2, 12), 12),
    "repeat": (lambda a, b: ops.repeat(a, 3, axis=2) + ops.mean(b), (4, 5, 36), 12),
    "tile": (lambda a, b: ops.tile(a, (1, 2, 3)) + ops.mean(b), (4, 10, 36), 12),
    "pad": (lambda a, b: ops.pad(a, ((0, 0), (0, 0), (1, 2))) + ops.mean(b), (4, 5, 15), 12),
    "reshape": (lambda a, b: ops.reshape(a, (-1, 60)) + ops.mean(b), (4, 60), 12),
    "transpose": (lambda a, b: ops.transpose(a, (0, 2, 1)) + ops.mean(b), (4, 12, 5), 12),
    "index": (lambda a, b: a[:, -1, 1:] + ops.mean(b), (4, 11), 12),
    "product": (lambda a, b: ops.matmul(ops.transpose(a, (0, 2, 1)), b), (4, 12, 7), 12),
}


@pytest.mark.filterwarnings("ignore:.*(unbuilt state|trainable weights)")
@pytest.mark.parametrize("name", WANTED)
def test_what_a_tensor_has_to_be_is_solved_from_what_is_wanted_behind(name):
    function, targets, units = WANTED[name]
    assert ("one", 17, units) in causes(Net(function, 17, 7), targets)


def test_no_shape_is_followed_through_what_runs_functions_of_the_user():
    x = keras.Input((5, 9))
    graph = Graph(preflight.dry_run_on(keras.Model(x, layers.Dense(2)(ops.map(lambda each: each * 2, x))), None))
    (node,) = [each for each in graph.nodes.values() if each.call.layer_type == "Map"]
    scenario = propagate(graph, Patch(values={node.inputs[0]: (None, 7, 9)}))
    assert node.rule is None
    assert set(node.outputs) <= scenario.unknown


def test_tensors_that_fit_are_not_refused_by_letters_either():
    x = keras.Input((5, 9))
    y = ops.einsum("bij,bkj->bik", x, x)
    graph = Graph(preflight.dry_run_on(keras.Model(x, ops.tensordot(y, ops.ones((5, 3)), axes=1)), None))
    assert not any(node.doubtful or node.opaque for node in graph.nodes.values())
