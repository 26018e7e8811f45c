"""What watching costs, by counts: Python calls a step, operations in the graph, overridden callbacks."""

import sys

import numpy as np
import pytest
from helpers.counting import counted, deep, operations
from helpers.observing import BACKEND, EAGER, Watching, classifier, fitted

from shapeguard import ShapeGuard

OURS = ("/shapeguard/", "helpers/observing.py")


def steps_of(model, *callbacks):
    data = np.zeros((64, 4), "float32"), np.zeros((64, 1), "float32")
    return counted(model, callbacks, OURS, *data, batch_size=16, epochs=2).steps


@pytest.mark.parametrize("count", [2, 40])
def test_a_traced_step_makes_at_most_three_calls_whatever_the_layers(count):
    if EAGER:
        pytest.skip("PyTorch traces nothing: see the eager steps below")
    assert set(steps_of(deep(count), Watching())[1:]) == {2}


@pytest.mark.parametrize("count", [2, 40])
def test_an_eager_step_whose_signature_is_known_makes_no_call_a_layer(count):
    steps = steps_of(deep(count, run_eagerly=True), Watching())
    assert steps[0] > 4 * count
    assert max(steps[1:]) <= 12


def test_the_count_can_fail():
    class Busy(Watching):
        def on_train_batch_end(self, batch, logs=None):
            for _ in range(5):
                self.on_train_batch_begin(batch)

    assert steps_of(deep(2), Busy())[-1] > 3


def test_a_graph_with_static_sizes_gets_no_operation_of_ours():
    if BACKEND != "tensorflow":
        pytest.skip("graphs are TensorFlow's")
    plain, watched = classifier(), classifier()
    fitted(plain)
    expected = {"conv": (None, 6, 6, 2), "flat": (None, 72), "dense": (None, 3)}
    options = {"expects_unknown": lambda operation, *_: expected.get(operation.name), "violated": lambda _: None}
    asserting = Watching(key="static", **options)
    fitted(watched, asserting)
    count = len(operations(plain.train_function))
    assert count > 20
    asserted = watched.train_function._shapeguard_asserting.function
    assert count == len(operations(asserted))
    assert not [name for name in operations(asserted) if "shapeguard" in name]


def test_no_callback_of_keras_loses_its_asynchronous_dispatch():
    """Trap 14: overriding `on_*_batch_end` turns it off; arming needs `on_*_batch_begin` alone."""
    kinds = (*ShapeGuard.__mro__, Watching)
    ours = [kind for kind in kinds if kind.__module__.partition(".")[0] != "keras"]
    assert ShapeGuard in ours
    assert [name for kind in ours for name in vars(kind) if name.endswith("batch_end")] == []


def test_nothing_of_ours_stands_in_a_layer_call_while_nobody_looks():
    called = []

    def profile(frame, event, argument):
        if event == "call" and "/shapeguard/" in frame.f_code.co_filename:
            called.append(frame.f_code.co_name)

    model = classifier()
    fitted(model, Watching())
    sys.setprofile(profile)
    try:
        model(np.zeros((2, 8, 8, 1), "float32"))
    finally:
        sys.setprofile(None)
    assert called == []
