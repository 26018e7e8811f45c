"""Layers inside Keras' own wrappers: what is expected of them is compared, and nobody else pays for it."""

import keras
import numpy as np
import pytest
from helpers.observing import BACKEND
from keras import layers

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
    rows = [row for row in guard.report.rows if row.status != "no expectation"]
    assert {row.status for row in rows} == {"ok"}
    wrong = [(None, 9)] * len(right) if isinstance(right, list) else (*right[:-1], 9)
    before = network.get_weights()
    with pytest.raises(ShapeMismatchError) as caught:
        network.fit(*data(network), verbose=0, callbacks=[ShapeGuard({key: wrong})])
    assert caught.value.report.diagnoses[0].layer == rows[0].layer
    assert all((a == b).all() for a, b in zip(before, network.get_weights(), strict=True))


def the_cause(network, expected):
    (diagnosis,) = check(network, expected).diagnoses
    return diagnosis, diagnosis.causes[0]


@pytest.mark.parametrize("case", ["each step", "one direction", "a cell", "the weights' norm"])
def test_the_argument_of_the_wrapped_layer_is_named_and_the_change_is_verified(case):
    make, key, right = CASES[case]
    wrong = [(None, 9)] * len(right) if isinstance(right, list) else (None, 9)
    diagnosis, cause = the_cause(make(), {key: wrong})
    assert (cause.argument, cause.suggestion, cause.verified, cause.confidence) == ("units", 9, True, "cause")
    assert cause.proof == f"builds, no data seen: '{diagnosis.layer}' becomes (None, 9)"
    (edit,) = cause.edits
    assert (edit.replacement, edit.corrected.split("(")[1][0]) == ("9", "9")


def test_what_the_wrapped_layer_is_given_may_be_to_blame():
    network = model(
        layers.Conv3D(2, 3, (1, 2, 2), name="stem"),
        layers.TimeDistributed(layers.Conv2D(2, 3, name="conv"), name="each"),
        inputs=(5, 12, 12, 1),
    )
    diagnosis, cause = the_cause(network, {"conv": "B 8 8 2"})
    assert (diagnosis.code, cause.layer, cause.argument, cause.verified) == ("SG102", "stem", "strides", True)


def test_a_change_inside_a_wrapper_must_meet_what_is_expected_behind_it():
    each = layers.TimeDistributed(layers.Dense(2, name="dense"), name="each")
    _, cause = the_cause(model(each, layers.Reshape((10,), name="flat")), {"dense": "B 3", "flat": "B 10"})
    assert (cause.kind, cause.suggestion) == ("annotation", ("B", 2))


def test_two_expectations_one_of_them_inside_are_one_fault():
    each = layers.TimeDistributed(layers.Conv2D(2, 3, 3, name="conv"), name="each")
    diagnosis, cause = the_cause(model(each, inputs=(5, 8, 8, 1)), {"each": "B 5 6 6 2", "conv": "B 6 6 2"})
    assert (diagnosis.layer, diagnosis.consequences) == ("each", ("conv",))
    assert (cause.argument, cause.suggestion, cause.verified) == ("strides", (1, 1), True)


def test_a_layer_two_wrappers_in_is_named():
    norm = layers.SpectralNormalization(layers.Dense(2, name="dense"), name="norm")
    _, cause = the_cause(model(layers.TimeDistributed(norm, name="each")), {"dense": "B 4"})
    assert (cause.layer, cause.argument, cause.suggestion, cause.verified) == ("dense", "units", 4, True)


def test_a_change_in_a_network_for_each_step_is_not_called_verified():
    make, key, _ = CASES["a layer of a network for each step"]
    diagnosis, cause = the_cause(make(), {key: (None, 4, 4, 9)})
    assert (diagnosis.code, cause.argument, cause.suggestion, cause.verified) == ("SG101", "filters", 9, False)


def each_step_as_commented():
    inputs = keras.Input((10, 28, 28, 1))
    x = layers.TimeDistributed(
        layers.Conv2D(32, 3, 3),  # (B, 10, 26, 26, 32)
    )(inputs)
    return keras.Model(inputs, x)


def one_step_as_commented():
    inputs = keras.Input((10, 28, 28, 1))
    x = layers.TimeDistributed(
        name="each",
        layer=layers.Conv2D(32, 3, 3),  # (B, 26, 26, 32)
    )(inputs)
    return keras.Model(inputs, x)


def a_norm_as_commented():
    inputs = keras.Input((28, 28, 1))
    x = layers.SpectralNormalization(
        layers.Conv2D(32, 3, 3)  # 26x26x32
    )(inputs)
    return keras.Model(inputs, x)


@pytest.mark.parametrize(
    ("build", "path", "expected"),
    [
        (each_step_as_commented, "time_distributed", ("B", 10, 26, 26, 32)),
        (one_step_as_commented, "each/conv2d", ("B", 26, 26, 32)),
        (a_norm_as_commented, "spectral_normalization", (None, 26, 26, 32)),
    ],
)
def test_a_comment_behind_a_wrapped_constructor_speaks_of_the_call_that_has_its_rank(build, path, expected):
    with ShapeGuard() as guard:
        network = build()
    (diagnosis,) = guard.check(network).diagnoses
    assert [(row.path, row.expected) for row in guard.report.rows if row.status == "mismatch"] == [(path, expected)]
    cause = diagnosis.causes[0]
    assert (cause.argument, cause.suggestion, cause.verified) == ("strides", (1, 1), True)
    assert cause.edits[0].corrected == "layers.Conv2D(32, (3, 3))"


def test_a_comment_behind_the_layer_of_both_directions_may_mean_one_or_both():
    with ShapeGuard() as guard:
        network = keras.Sequential(
            [
                keras.Input((10, 16)),
                layers.Bidirectional(
                    layers.LSTM(8, return_sequences=True),  # (B, 10, 16)
                    name="both",
                ),
                layers.Bidirectional(
                    layers.LSTM(8, return_sequences=True),  # (B, 10, 8)
                    name="one",
                ),
                layers.RNN(
                    layers.LSTMCell(8),  # (B, 8)
                    name="rnn",
                ),
            ]
        )
    rows = guard.check(network).rows
    assert [(row.path, row.status) for row in rows if row.status != "no expectation"] == [
        ("both", "ok"),
        ("one/forward_lstm_1", "ok"),
        ("one/backward_lstm_1", "ok"),
        ("rnn", "ok"),
    ]


def test_where_neither_has_these_sizes_the_comment_means_what_both_directions_give():
    with ShapeGuard() as guard:
        network = keras.Sequential(
            [
                keras.Input((10, 16)),
                layers.Bidirectional(
                    layers.LSTM(8),  # (None, 32)
                ),
            ]
        )
    (diagnosis,) = guard.check(network).diagnoses
    assert (diagnosis.layer, diagnosis.actual) == ("bidirectional", (None, 16))
    cause = diagnosis.causes[0]
    assert (cause.argument, cause.suggestion, cause.verified) == ("units", 16, True)


@pytest.mark.parametrize("target", ["rnn/cell", "cell"])
def test_one_shape_of_a_cell_is_that_of_its_output(target):
    network = model(layers.RNN(layers.LSTMCell(4, name="cell"), return_sequences=True, name="rnn"))
    assert check(network, {target: "B 4"}).ok
    _, cause = the_cause(network, {target: "B 6"})
    assert (cause.layer, cause.argument, cause.suggestion, cause.verified) == ("cell", "units", 6, True)


def test_expect_on_the_layer_of_both_directions_concerns_each():
    lstm = expect(layers.LSTM(8), (None, 8))
    rows = check(model(layers.Bidirectional(lstm, name="both"))).rows
    assert [(row.path, row.status) for row in rows if row.status != "no expectation"] == [
        ("both/forward_lstm", "ok"),
        ("both/backward_lstm", "ok"),
    ]


def test_what_is_not_spoken_of_has_no_rows():
    network = CASES["one direction"][0]()
    assert [row.path for row in check(network, {"both": "B 8"}).rows[1:]] == ["both"]


def test_expect_on_a_wrapped_layer_is_compared():
    dense = layers.Dense(2, name="dense")
    network = model(layers.TimeDistributed(expect(dense, (None, 3)), name="each"))
    assert [(row.path, row.status) for row in check(network).rows[1:]] == [
        ("each", "no expectation"),
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
    with pytest.raises(ValueError, match=r"the model has no layer 'dents'; it has 'dense'"):
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
