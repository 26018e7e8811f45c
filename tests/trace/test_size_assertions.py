"""Sizes that no trace knows: caught when a batch breaks them, in graphs and under XLA, and never a false alarm."""

import keras
import numpy as np
import pytest
from helpers.counting import operations
from helpers.observing import BACKEND, Rejected, Watching
from helpers.open_sizes import open_data, open_model

from shapeguard import ShapeGuard, ShapeMismatchError
from shapeguard.trace.size_assertions import Violation

pytestmark = pytest.mark.skipif(BACKEND != "tensorflow", reason="only TensorFlow traces with open sizes")

EXPECTED = {"conv": (None, 26, 26, 4), "pool": (None, 4), "dense": (None, 3)}


def expected(operation, number, shape):
    return EXPECTED.get(operation.name)


def batches(*sizes):
    """A dataset whose specs leave the spatial sizes open, serving images of these sizes."""
    import tensorflow as tf

    def serve():
        for size in sizes:
            yield np.zeros((4, size, size, 1), "float32"), np.zeros((4,), "int32")

    signature = tf.TensorSpec((None, None, None, 1)), tf.TensorSpec((None,), "int32")
    return tf.data.Dataset.from_generator(serve, output_signature=signature)


def model(strides=1, **compiled):
    layers = keras.layers
    conv = layers.Conv2D(4, 3, strides=strides, name="conv")
    stack = [conv, layers.GlobalAveragePooling2D(name="pool"), layers.Dense(3, name="dense")]
    network = keras.Sequential([keras.Input((None, None, 1)), *stack])
    network.compile("sgd", "sparse_categorical_crossentropy", **compiled)
    return network


class Asserting(Watching):
    """Watches with assertions in the graph, and keeps what they said."""

    def __init__(self, expects=expected, **options):
        self.violations = []
        super().__init__(expects_unknown=expects, violated=self.violated, **options)

    def violated(self, violation):
        self.violations.append(violation)
        return Rejected(f"{violation.layer} gave {violation.actual}")


def fit(network, watching, *sizes, **options):
    network.fit(batches(*sizes), verbose=0, shuffle=False, callbacks=[watching], **options)


XLA = pytest.mark.parametrize("jit_compile", [False, True], ids=["graph", "XLA"])


@XLA
def test_a_correct_layer_raises_no_alarm(jit_compile):
    watching = Asserting()
    fit(model(jit_compile=jit_compile), watching, 28, 28)
    assert watching.violations == []


@XLA
def test_a_buggy_layer_is_caught_by_its_name(jit_compile):
    watching = Asserting()
    with pytest.raises(Rejected) as caught:
        fit(model(strides=3, jit_compile=jit_compile), watching, 28, 28)
    assert str(caught.value) == "conv gave (4, 9, 9, 4)"
    violation = watching.violations[0]
    assert violation == Violation("conv", 1, (4, 9, 9, 4), (None, 26, 26, 4), violation.text)


@XLA
def test_a_later_batch_of_another_size_is_caught(jit_compile):
    watching = Asserting()
    with pytest.raises(Rejected) as caught:
        fit(model(jit_compile=jit_compile), watching, 28, 28, 20)
    assert str(caught.value) == "conv gave (4, 18, 18, 4)"


def test_the_usual_assertion_says_nothing_under_xla():
    """Trap 4: why `tf.ensure_shape` and not `tf.debugging`."""
    import tensorflow as tf

    class Asserted(keras.layers.Layer):
        def call(self, x):
            tf.debugging.assert_shapes([(x, ("B", 26, 26, 1))])
            return x

    def network(**compiled):
        stack = [keras.Input((None, None, 1)), Asserted(), keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(3)]
        each = keras.Sequential(stack)
        each.compile("sgd", "sparse_categorical_crossentropy", **compiled)
        return each

    with pytest.raises(tf.errors.InvalidArgumentError):
        network(jit_compile=False).fit(batches(20), verbose=0, shuffle=False)
    network(jit_compile=True).fit(batches(20), verbose=0, shuffle=False)


def test_one_operation_is_added_where_a_size_is_open_and_none_elsewhere():
    added = []

    class Looking(Asserting):
        def on_train_end(self, logs=None):
            added.extend(name for name in operations(self.watches["train"]._function) if "shapeguard" in name)
            super().on_train_end(logs)

    fit(model(), Looking(), 28)
    assert [name.rpartition("/")[2] for name in added] == ["shapeguard_conv.call1"]


def test_asserted_graphs_do_not_outlive_the_watch():
    network = model()
    fit(network, Asserting(key="these"), 28)
    network.fit(batches(20), verbose=0, shuffle=False)
    with pytest.raises(Rejected):
        fit(network, Asserting(key="these"), 20)
    network.fit(batches(20), verbose=0, shuffle=False)


def test_a_second_fit_under_the_same_key_asserts_without_another_trace():
    network, first, second, other = model(), Asserting(key="these"), Asserting(key="these"), Asserting(key="others")
    for watching in (first, second, other):
        fit(network, watching, 28)
    assert [len(watching.networks) for watching in (first, second, other)] == [1, 0, 1]


RIGHT, OTHER_RIGHT = {"conv": (None, 26, 26, 4)}, {"again": (None, 26, 26, 4)}
WRONG, OTHER_WRONG = {"conv": (None, 25, 26, 4)}, {"again": (None, 26, 25, 4)}


@pytest.mark.parametrize(
    ("first", "second", "told"),
    [
        (RIGHT, OTHER_RIGHT, ([], [])),
        (RIGHT, RIGHT, ([], [])),
        (WRONG, RIGHT, (["conv"], [])),
        (RIGHT, WRONG, ([], [])),
        (WRONG, OTHER_RIGHT, (["conv"], [])),
        (RIGHT, OTHER_WRONG, ([], [])),
        (OTHER_WRONG, {}, (["again"], [])),
        ({}, OTHER_WRONG, ([], ["again"])),
    ],
)
def test_two_guards_of_one_fit_assert_in_one_graph_what_each_expects(first, second, told):
    """Where one has filled a size that another contradicts, the other's judge sees it in the trace."""
    layers = [keras.layers.Conv2D(4, 3, name="conv"), keras.layers.ReLU(name="again")]
    network = keras.Sequential([keras.Input((None, None, 1)), *layers, keras.layers.GlobalMaxPooling2D()])
    network.compile("sgd", "sparse_categorical_crossentropy")
    guards = [Asserting(lambda operation, *_, e=e: e.get(operation.name), key=str(e)) for e in (first, second)]
    for _ in range(2):
        try:
            network.fit(batches(28), verbose=0, shuffle=False, callbacks=guards)
        except Rejected:
            break
    assert tuple([each.layer for each in guard.violations] for guard in guards) == told
    traces = [len(guard.networks) for guard in guards]
    assert told != ([], []) or traces == [1, 1]


@pytest.mark.parametrize(
    ("first", "second", "told"),
    [
        ({"conv": "B 5 5 2"}, {"relu": "B 6 6 2"}, "relu"),
        ({"conv": "B 6 6 2"}, {"relu": "B 5 5 2"}, "relu"),
        ({"conv": "B 5 6 2"}, {"conv": "B 6 6 2"}, "conv"),
        ({"conv": "B 6 6 2"}, {"conv": "B 5 6 2"}, "conv"),
    ],
)
def test_what_two_guards_contradict_each_other_in_is_an_error(first, second, told):
    guards = [ShapeGuard(first), ShapeGuard(second)]
    with pytest.raises(ShapeMismatchError) as caught:
        open_model().fit(open_data(), verbose=0, shuffle=False, callbacks=guards)
    assert caught.value.report.diagnoses[0].layer == told


def test_sizes_that_contradict_the_trace_are_left_to_the_judge():
    watching = Asserting(lambda operation, *_: (None, 26, 26, 5) if operation.name == "conv" else None)
    fit(model(), watching, 28)
    assert (watching.violations, len(watching.networks)) == ([], 1)


def test_a_mask_passes_through_an_asserted_output():
    watching = Asserting(lambda operation, *_: (None, 5, 2) if operation.name == "embedding" else None)
    layers = [keras.Input((None,)), keras.layers.Embedding(7, 2, mask_zero=True, name="embedding")]
    masked = keras.Sequential([*layers, keras.layers.LSTM(3, name="lstm"), keras.layers.Dense(1)])
    masked.compile("sgd", "mse")
    watched = keras.models.clone_model(masked)
    watched.set_weights(masked.get_weights())
    watched.compile("sgd", "mse")
    import tensorflow as tf

    x, y = np.array([[1, 2, 0, 0, 0], [3, 4, 5, 0, 0]]), np.ones((2, 1))
    data = tf.data.Dataset.from_generator(
        lambda: iter([(x, y)]), output_signature=(tf.TensorSpec((None, None), "int32"), tf.TensorSpec((None, 1)))
    )
    masked.fit(data, verbose=0, shuffle=False)
    watched.fit(data, verbose=0, shuffle=False, callbacks=[watching])
    assert all((a == b).all() for a, b in zip(masked.get_weights(), watched.get_weights(), strict=True))


def test_other_errors_of_tensorflow_are_not_taken_for_ours():
    import tensorflow as tf

    class Failing(keras.layers.Layer):
        def call(self, x):
            return tf.ensure_shape(x, (None, 9, 9, 1), name="users_own")

    stack = [keras.Input((None, None, 1)), Failing(), keras.layers.GlobalMaxPooling2D(), keras.layers.Dense(1)]
    network = keras.Sequential(stack)
    network.compile("sgd", "mse")
    watching = Asserting()
    with pytest.raises(tf.errors.InvalidArgumentError):
        fit(network, watching, 28)
    assert watching.violations == []
