"""A size that a pass does not know was not compared: the row says so, and a later pass that knows it tells."""

import keras
import numpy as np
import pytest
from helpers.observing import BACKEND
from helpers.open_sizes import ONLY_GRAPHS, open_data, open_model

from shapeguard import ShapeGuard, ShapeMismatchError, check

NAMES = {"conv": "B H W 2", "relu": "B H W 2"}
CASES = [
    (NAMES, "not checked"),
    ({"conv": "B H W 2"}, "ok"),
    ({"conv": "B n n 2"}, "not checked"),
    ({"conv": "B 2*n n 2"}, "not checked"),
    ({"conv": "B ... 2"}, "ok"),
    ({"conv": (None, None, None, 2)}, "ok"),
    ({"conv": "B *s 2", "relu": "B *s 2"}, "not checked"),
    ({"dense": "B 1"}, "ok"),
]


def statuses(report):
    return {row.status for row in report.rows if row.status != "no expectation"}


@pytest.mark.parametrize(("expected", "status"), CASES)
def test_names_that_nothing_binds_are_not_checked(expected, status):
    assert statuses(check(open_model(), expected)) == {status}


@ONLY_GRAPHS
@pytest.mark.parametrize(("expected", "status"), CASES)
def test_names_are_not_checked_in_a_graph_that_leaves_the_sizes_open(expected, status):
    open_model().fit(open_data(), verbose=0, shuffle=False, callbacks=[guard := ShapeGuard(expected)])
    assert statuses(guard.report) == {status}


@ONLY_GRAPHS
def test_a_number_is_checked_in_a_fit_whose_steps_assert_it_and_not_in_a_check_of_the_model_alone():
    expected = {"conv": "B 6 6 2"}
    open_model().fit(open_data(), verbose=0, shuffle=False, callbacks=[guard := ShapeGuard(expected)])
    assert statuses(guard.report) == {"ok"}
    assert statuses(check(open_model(), expected)) == {"not checked"}
    assert statuses(check(open_model(), expected, inputs=(4, 8, 8, 1))) == {"ok"}


@ONLY_GRAPHS
def test_names_are_checked_where_the_steps_run_eagerly():
    model = open_model()
    model.compile("sgd", "mse", run_eagerly=True)
    model.fit(open_data(), verbose=0, shuffle=False, callbacks=[guard := ShapeGuard(NAMES)])
    assert statuses(guard.report) == {"ok"}


class Batches(keras.utils.PyDataset):
    def __len__(self):
        return 2

    def __getitem__(self, index):
        return keras.ops.zeros((4, 8, 8, 1)), keras.ops.zeros((4, 1))


@pytest.mark.skipif(BACKEND == "tensorflow", reason="TensorFlow draws a batch before the first step")
def test_the_first_real_step_tells_what_the_pass_ahead_could_not_know():
    open_model().fit(Batches(), verbose=0, shuffle=False, callbacks=[guard := ShapeGuard(NAMES)])
    assert statuses(guard.report) == {"ok"}
    assert dict(guard.report.bindings) == {"B": 4, "H": 6, "W": 6}


@pytest.mark.parametrize("eagerly", [False, True])
def test_a_second_fit_whose_later_batches_have_other_shapes_is_looked_at(eagerly):
    """What was found right is known by the first batch; only arrays have no others."""

    def serve(*sizes):
        for size in sizes:
            yield np.zeros((4, size, 6, 1), "float32"), np.zeros((4, 1), "float32")

    inputs = keras.Input((None, None, 1))
    x = keras.layers.Conv2D(1, 3, name="conv")(inputs)
    model = keras.Model(inputs, keras.layers.Dense(1)(keras.layers.GlobalMaxPooling2D()(x)))
    model.compile("sgd", "mse", run_eagerly=eagerly)
    expected = {"conv": "B 4 4 1"} if BACKEND == "tensorflow" and not eagerly else {"conv": "B n n 1"}
    model.fit(serve(6, 6), verbose=0, steps_per_epoch=2, shuffle=False, callbacks=[ShapeGuard(expected)])
    with pytest.raises(ShapeMismatchError):
        model.fit(serve(6, 8), verbose=0, steps_per_epoch=2, shuffle=False, callbacks=[ShapeGuard(expected)])


class Growing(keras.utils.PyDataset):
    """Pictures of 8x8, then of 9x9."""

    def __len__(self):
        return 4

    def __getitem__(self, index):
        size = 8 if index < 2 else 9
        return np.zeros((4, size, size, 1), "float32"), np.ones((4, 1), "float32")


@pytest.mark.skipif(BACKEND == "tensorflow", reason="TensorFlow takes batches of the first one's sizes alone")
@pytest.mark.parametrize("mode", ["stop", "warn", "record", "raise"])
@pytest.mark.filterwarnings("ignore::shapeguard.strict.ShapeGuardWarning")
def test_a_mismatch_in_a_later_step_leaves_the_weights_to_train_on_with(mode):
    model = open_model()
    guard = ShapeGuard({"conv": "B 6 6 2"}, on_mismatch=mode)
    try:
        model.fit(Growing(), verbose=0, shuffle=False, callbacks=[guard])
    except ShapeMismatchError:
        assert mode == "raise"
    assert not guard.report.ok
    assert all(np.isfinite(weight).all() for weight in model.get_weights())
    model.fit(Growing(), verbose=0)


def test_a_shorter_last_batch_leaves_the_step_its_weights():
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, name="dense")])
    model.compile("sgd", "mse")
    x, y = np.ones((10, 4), "float32"), np.ones((10, 3), "float32")
    guard = ShapeGuard({"dense": "B 3"})
    history = model.fit(x, y, batch_size=4, epochs=2, verbose=0, validation_data=(x, y), callbacks=[guard]).history
    assert guard.report.ok
    assert np.isfinite([history["loss"], history["val_loss"]]).all()
