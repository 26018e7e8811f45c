"""An argument of an operation inside `call` is to blame: named, with its place, and the corrected call applied."""

import keras
import numpy as np
import pytest
from keras import layers, ops

from shapeguard import ShapeGuard, ShapeMismatchError, expect


def caught(function, spec, shape=(8, 12)):
    """The diagnosis of a model in which a function has to give this shape."""
    with ShapeGuard(on_mismatch="record") as guard:
        x = keras.Input(shape)
        model = keras.Model(x, layers.Dense(2)(expect(function(x), spec)))
    return guard.check(model).diagnoses[0]


def kept(x):
    return ops.mean(x, axis=1, keepdims=True)


def other_axis(x):
    return ops.max(x, 2)


def flat(x):
    return ops.reshape(x, (-1, 96, 1))


def turned(x):
    return ops.mean(ops.transpose(x, (0, 2, 1)), axis=1)


def joined(x):
    return ops.mean(ops.concatenate([x, x], axis=1), axis=1)


def products(x):
    return ops.mean(ops.einsum("bij,bkj->bki", x[:, :3], x), axis=1)


def last(x):
    return x[:, -1:]


FAULTS = {
    "keepdims": (kept, "B 12", "keepdims", True, False, "ops.mean in kept", "ops.mean(x, axis=1, keepdims=False)"),
    "axis": (other_axis, "B 12", "axis", 2, 1, "ops.max in other_axis", "ops.max(x, 1)"),
    "newshape": (flat, "B 96", "newshape", (-1, 96, 1), (-1, 96), "ops.reshape in flat", "ops.reshape(x, (-1, 96))"),
    "axes": (turned, "B 12", None, None, None, None, None),
    "join": (joined, "B 24", "axis", 1, 2, "ops.concatenate in joined", "ops.concatenate([x, x], axis=2)"),
    "index": (last, "B 12", "key", ":, -1:", ":, -1", "x[:, -1:] in last", "x[:, -1]"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_an_argument_of_an_operation_is_to_blame(name):
    function, spec, argument, value, suggestion, place, corrected = FAULTS[name]
    diagnosis = caught(function, spec)
    cause = diagnosis.causes[0]
    if argument is None:  # the reduction and the order of axes are equally likely
        blamed = {(each.argument, each.layer) for each in diagnosis.causes}
        assert ("axes", "ops.transpose in turned") in blamed
        assert ("axis", "ops.mean in turned") in blamed
        return
    edit = cause.edits[0]
    assert (edit.argument, edit.value, edit.suggestion) == (argument, value, suggestion)
    assert (edit.layer, edit.corrected, cause.verified) == (place, corrected, True)
    assert edit.replaces is not None
    assert edit.replaces.file == __file__


class Net(keras.Model):
    """Joins the last step to itself, by an index that keeps the axis of steps."""

    def __init__(self):
        super().__init__()
        self.head = layers.Dense(2)
        self.join = layers.Concatenate()

    def call(self, x):
        return self.head(self.join([x[:, -1:], ops.max(x, axis=1)]))


def test_an_operation_is_told_by_its_place_and_never_as_a_layer():
    model = Net()
    model.compile("sgd", "mse")
    with pytest.raises(ShapeMismatchError) as raised:
        model.fit(np.zeros((6, 8, 12)), np.zeros((6, 2)), verbose=0, callbacks=[ShapeGuard()])
    cause = raised.value.report.diagnoses[0].causes[0]
    assert (cause.layer, cause.suggestion, cause.verified) == ("x[:, -1:] in Net.call", ":, -1", True)
    assert "`x[:, -1:]` in `Net.call`" in str(raised.value)
    assert "get_item" not in str(raised.value).lower()


def counted(x):
    return ops.reshape(x, (-1, x.shape[1] * 12))


def test_a_number_over_a_calculation_is_possible_and_never_proven():
    cause = caught(counted, "B 8 12").causes[0]
    assert (cause.layer, cause.argument, cause.suggestion) == ("ops.reshape in counted", "newshape", (-1, 8, 12))
    assert (cause.confidence, cause.verified) == ("possible", False)


def scaled(x):
    for _ in range(2):
        x = ops.mean(x, axis=1, keepdims=True)
    return x


def test_one_line_that_runs_twice_is_one_place_and_one_edit():
    cause = caught(scaled, "B 3", (4, 4, 3)).causes[0]
    assert (cause.edits[0].argument, len(cause.edits), cause.verified) == ("keepdims", 1, True)
