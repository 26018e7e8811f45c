"""Layers inside Keras' own wrappers: what is expected of them is compared, and nobody else pays for it."""

import keras
import numpy as np
import pytest
from keras import layers
from observe.observing import BACKEND

from shapeguard import ShapeGuard, ShapeMismatchError, check, expect


def model(*stack, inputs=(5, 3), deferred=False):
    network = keras.Sequential([*([] if deferred else [keras.Input(inputs)]), *stack])
    network.compile("sgd", "mse")
    return network


def frames():
    """A little network for single images, to be run on each image of a film."""
    conv = layers.Conv2D(2, 3, name="conv")
    return keras.Sequential([keras.Input((6, 6, 1)), conv, layers.Flatten(name="flat")], name="frames")


CASES = {
    "each step": (lambda: model(layers.TimeDistributed(layers.Dense(2, name="dense"), name="each")), "each/dense", 2),
    "a bare name": (lambda: model(layers.TimeDistributed(layers.Dense(2, name="dense"), name="each")), "dense", 2),
    "one direction": (
        lambda: model(layers.Bidirectional(layers.LSTM(4, name="lstm"), name="both")),
        "both/forward_lstm",
        4,
    ),
    "a cell": (
        lambda: model(layers.RNN(layers.GRUCell(4, name="cell"), name="rnn")),
        "rnn/cell",
        [(None, 4), (None, 4)],
    ),
    "a cell of a direction": (
        lambda: model(layers.Bidirectional(layers.SimpleRNN(4), name="both")),
        "both/forward_*/*",
        [(None, 4), (None, 4)],
    ),
    "the weights' norm": (
        lambda: model(layers.SpectralNormalization(layers.Dense(2, name="dense"), name="norm"), inputs=(3,)),
        "norm/dense",
        2,
    ),
    "a layer of a network for each step": (
        lambda: model(layers.TimeDistributed(frames(), name="film"), inputs=(5, 6, 6, 1)),
        "film/frames/conv",
        (None, 4, 4, 2),
    ),
}


def data(network):
    x = np.zeros((8, *network.input_shape[1:]), "float32")
    return x, np.zeros((8, *network.output_shape[1:]), "float32")


@pytest.mark.parametrize("case", CASES)
def test_what_is_expected_of_a_layer_inside_a_wrapper_is_compared_in_fit(case):
    make, key, right = CASES[case]
    right = (None, right) if isinstance(right, int) else right
    network = make()
    network.fit(*data(network), verbose=0, callbacks=[guard := ShapeGuard({key: right})])
    rows = [row for row in guard.report.rows if row.status != "not expected"]
    assert {row.status for row in rows} == {"ok"}
    wrong = [(None, 9)] * len(right) if isinstance(right, list) else (*right[:-1], 9)
    before = network.get_weights()
    with pytest.raises(ShapeMismatchError) as caught:
        network.fit(*data(network), verbose=0, callbacks=[ShapeGuard({key: wrong})])
    assert caught.value.report.diagnoses[0].layer == rows[0].layer
    assert all((a == b).all() for a, b in zip(before, network.get_weights(), strict=True))


def test_what_is_not_spoken_of_has_no_rows():
    network = CASES["one direction"][0]()
    assert [row.path for row in check(network, {"both": "B 8"}).rows[1:]] == ["both"]


def test_expect_on_a_wrapped_layer_is_compared():
    dense = layers.Dense(2, name="dense")
    network = model(layers.TimeDistributed(expect(dense, (None, 3)), name="each"))
    assert [(row.path, row.status) for row in check(network).rows[1:]] == [
        ("each", "not expected"),
        ("each/dense", "mismatch"),
    ]


def test_one_layer_in_two_wrappers_has_a_row_for_each():
    dense = layers.Dense(3, name="dense")
    each, other = (layers.TimeDistributed(dense, name=name) for name in ("each", "other"))
    report = check(model(each, other), {"**/dense": "B 3"})
    assert [(row.path, row.call) for row in report.rows if row.status == "ok"] == [
        ("each/dense", 1),
        ("other/dense", 2),
    ]


def test_a_key_that_no_wrapped_layer_bears_is_an_error_that_names_them():
    network = CASES["each step"][0]()
    with pytest.raises(ValueError, match=r"no layer of the model is called 'dents'; it has 'dense'"):
        network.fit(*data(network), verbose=0, callbacks=[ShapeGuard({"dents": "B 2"})])


def test_a_deferred_model_is_seen_inside_too():
    network = model(layers.TimeDistributed(layers.Dense(2, name="dense"), name="each"), deferred=True)
    with pytest.raises(ShapeMismatchError):
        network.fit(np.zeros((8, 5, 3)), np.zeros((8, 5, 2)), verbose=0, callbacks=[ShapeGuard({"dense": "B 3"})])


def test_looking_inside_changes_no_weight_and_no_random_state():
    def trained(*callbacks):
        keras.utils.set_random_seed(1)
        network = model(
            layers.TimeDistributed(layers.Dropout(0.5, name="drop"), name="each"),
            layers.Bidirectional(layers.LSTM(2, name="lstm", recurrent_dropout=0.5), name="both"),
        )
        x = np.random.default_rng(0).normal(size=(8, 5, 3)).astype("float32")
        network.fit(x, np.ones((8, 4)), verbose=0, callbacks=list(callbacks))
        return [weight.tobytes() for weight in network.get_weights()]

    assert trained(ShapeGuard({"drop": "B 3", "forward_lstm": "B 2"})) == trained()


def test_cells_in_a_step_are_the_same_rows_that_the_pass_ahead_gives():
    if BACKEND != "tensorflow":
        pytest.skip("elsewhere the model is built before the first step, and the pass ahead tells")

    class Recurrent(keras.Model):
        def __init__(self):
            super().__init__()
            self.both = layers.Bidirectional(layers.LSTM(2, name="lstm"), name="both")

        def call(self, x):
            return self.both(x)

    for _ in range(2):
        network = Recurrent()
        network.compile("sgd", "mse")
        guard = ShapeGuard({"forward_lstm": "B 2"})
        network.fit(np.zeros((8, 5, 3)), np.zeros((8, 4)), verbose=0, callbacks=[guard])
        assert [row.status for row in guard.report.rows if row.expected is not None] == ["ok"]
