"""What a real guard costs a `fit`, by counts; `test_costs.py` has the same of the watch alone."""

import keras
import numpy as np
import pytest
from helpers.counting import counted, deep, operations
from helpers.observing import EAGER
from helpers.open_sizes import ONLY_GRAPHS, open_data, open_model

from shapeguard import ShapeGuard

OURS = ("/shapeguard/",)
ONLY_TRACED = pytest.mark.skipif(EAGER, reason="PyTorch traces nothing")


def steps_of(model, guard):
    data = np.zeros((64, 4), "float32"), np.zeros((64, 1), "float32")
    return counted(model, [guard], OURS, *data, batch_size=16, epochs=2)


@ONLY_TRACED
@pytest.mark.parametrize("count", [2, 40])
def test_a_traced_step_makes_at_most_three_calls_whatever_the_layers(count):
    """The callback and the step; in each epoch's second step once more, for what waits for the first to go well."""
    assert steps_of(deep(count), ShapeGuard({"*": "B ..."})).steps[1:] == [3, 2, 2, 2, 3, 2, 2]


@pytest.mark.parametrize("eagerly", [pytest.param(False, marks=pytest.mark.skipif(not EAGER, reason="traced")), True])
def test_an_eager_step_that_was_verified_makes_no_call_a_layer(eagerly):
    """A constant number of calls looks at the batch; none is a layer's."""
    few, many = (steps_of(deep(n, run_eagerly=eagerly), ShapeGuard({"*": "B ..."})) for n in (2, 40))
    assert few.steps[0] < many.steps[0]
    assert few.steps[1:] == many.steps[1:]
    assert max(many.steps[1:]) <= 13


def test_a_second_fit_that_was_verified_is_neither_replayed_nor_watched_nor_traced():
    calls = []

    class CauseText(keras.layers.Layer):
        def call(self, x):
            calls.append(x.shape)
            return x

    model = keras.Sequential([keras.Input((4,)), CauseText(), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    guard = ShapeGuard({"*": "B ..."})
    first = steps_of(model, guard)
    assert {"steps.py", "interception.py", "step_recorder.py"} < set(first.files)
    assert "replay.py" not in first.files
    calls.clear()
    second = steps_of(model, guard)
    assert not {"replay.py", "steps.py", "interception.py", "step_recorder.py"} & set(second.files)
    assert second.steps[1:] == [2, 1, 1, 1, 2, 1, 1]
    assert EAGER or calls == []


EXPECTED = {"conv": "B 6 6 2", "relu": "B 6 6 2", "pool": "B 2", "dense": "B 1"}


def traced(model, data, *callbacks):
    """The operations of the step that ran, which is another than the model's own where sizes are asserted."""
    model.fit(data, verbose=0, shuffle=False, callbacks=list(callbacks))
    asserting = getattr(model.train_function, "_shapeguard_asserting", None)
    return operations(model.train_function if asserting is None else asserting.function)


@ONLY_GRAPHS
def test_a_graph_gets_at_most_one_operation_for_a_layer_whose_size_no_trace_knows():
    plain, guarded = traced(open_model(), open_data()), traced(open_model(), open_data(), ShapeGuard(EXPECTED))
    ours = [name.rpartition("/")[2] for name in guarded if "shapeguard" in name]
    assert ours == ["shapeguard_conv.call1"]  # what it asserts makes the sizes behind it known
    assert len(guarded) == len(plain) + 1


@ONLY_GRAPHS
def test_a_graph_whose_sizes_are_known_gets_no_operation():
    import tensorflow as tf

    def known(x, y):
        return tf.ensure_shape(x, (None, 8, 8, 1)), y

    plain = traced(open_model(), open_data().map(known))
    guarded = traced(open_model(), open_data().map(known), ShapeGuard(EXPECTED))
    assert len(guarded) == len(plain) > 20
    assert not [name for name in guarded if "shapeguard" in name]


def test_a_fresh_guard_on_another_line_finds_what_was_verified_and_tells_of_its_own_line():
    model = deep(2)
    steps_of(model, ShapeGuard({"*": "B ..."}))
    fresh = ShapeGuard({"*": "B ..."})
    assert not {"replay.py", "steps.py", "interception.py", "step_recorder.py"} & set(steps_of(model, fresh).files)
    lines = {row.declared.line for row in fresh.report.rows}
    assert lines == {
        test_a_fresh_guard_on_another_line_finds_what_was_verified_and_tells_of_its_own_line.__code__.co_firstlineno + 3
    }


def test_two_guards_find_what_was_verified_although_one_lies_over_the_other():
    model = deep(2)

    def files():
        data = np.zeros((64, 4), "float32"), np.zeros((64, 1), "float32")
        return set(counted(model, [ShapeGuard({"*": "B ..."}), ShapeGuard({"dense*": "B ..."})], OURS, *data).files)

    assert "replay.py" in files()
    assert not {"replay.py", "steps.py", "interception.py", "step_recorder.py"} & files()
