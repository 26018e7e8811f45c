"""What watching costs, by counts: Python calls a step, operations in the graph, overridden callbacks."""

import sys

import keras
import numpy as np
import pytest
from observe.observing import BACKEND, EAGER, Watching, classifier, fitted

OURS = ("/shapeguard/", "observe/observing.py")


class Counting(keras.callbacks.Callback):
    """Counts the Python calls into our files (and the tests' callback) in each training step."""

    def __init__(self):
        super().__init__()
        self.calls, self.steps = 0, []

    def on_train_begin(self, logs=None):
        sys.setprofile(self.profile)

    def profile(self, frame, event, argument):
        if event == "call" and any(part in frame.f_code.co_filename.replace("\\", "/") for part in OURS):
            self.calls += 1

    def on_train_batch_end(self, batch, logs=None):
        self.steps.append(self.calls)
        self.calls = 0

    def on_train_end(self, logs=None):
        sys.setprofile(None)


def counted(model, width, **options):
    counting = Counting()
    x, y = np.zeros((64, width), "float32"), np.zeros((64, 1), "float32")
    try:
        model.fit(x, y, batch_size=16, verbose=0, epochs=2, callbacks=[Watching(), counting], **options)
    finally:
        sys.setprofile(None)
    return counting.steps


def deep(count, **options):
    model = keras.Sequential([keras.Input((4,)), *(keras.layers.Dense(4) for _ in range(count)), keras.layers.Dense(1)])
    model.compile("sgd", "mse", **options)
    return model


@pytest.mark.parametrize("count", [2, 40])
def test_a_traced_step_makes_at_most_three_calls_whatever_the_layers(count):
    if EAGER:
        pytest.skip("PyTorch traces nothing: see the eager steps below")
    assert set(counted(deep(count), 4)[1:]) == {2}


@pytest.mark.parametrize("count", [2, 40])
def test_an_eager_step_whose_signature_is_known_makes_no_call_a_layer(count):
    steps = counted(deep(count, run_eagerly=True), 4)
    assert steps[0] > 4 * count
    assert max(steps[1:]) <= 12


def test_the_count_can_fail():
    class Busy(Watching):
        def on_train_batch_end(self, batch, logs=None):
            for _ in range(5):
                self.on_train_batch_begin(batch)

    counting = Counting()
    fitted(classifier(), counting, Busy(), epochs=2)
    assert counting.steps[-1] > 3


def operations(function):
    """The names of the operations in every graph that a step function has traced."""
    graphs, seen = [], set()
    contents = [function]  # Keras 3.6 keeps the graph function itself, 3.15 a plain function around it
    while contents:
        content = contents.pop()
        if id(content) in seen:
            continue
        seen.add(id(content))
        if hasattr(content, "_list_all_concrete_functions"):
            graphs += [concrete.graph for concrete in content._list_all_concrete_functions()]
            content = content.python_function
        contents += [cell.cell_contents for cell in getattr(content, "__closure__", None) or ()]
    return sorted(operation.name for graph in graphs for operation in graph.get_operations())


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
    overridden = {name for name in vars(Watching) if name.endswith("batch_end")}
    assert overridden == set()


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
