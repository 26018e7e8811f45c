"""Losses and metrics that are functions of the user's own: what they refuse is looked into as their lines are."""

import textwrap

import pytest
from helpers.texts import module_of

from shapeguard import ShapeGuard, ShapeMismatchError

PROGRAM = """
    import keras
    import numpy as np
    from keras import layers, ops

    eye = keras.Sequential([keras.Input((8, 8, 3)), layers.Conv2D(2, 3)])

    def boxes(weight):
        def loss(y_true, y_pred):
            box = ops.sum(ops.square(y_true[:, :5] - y_pred[:, :4]), axis=-1)
            return box + weight * ops.square(y_true[:, 4] - y_pred[:, 4])
        return loss

    def anchored(y_true, y_pred):
        first, second = y_pred[:, 0:3], y_pred[:, 3:5]
        return ops.sum(ops.square(first - second), axis=-1)

    def seen(y_true, y_pred):
        return ops.mean(ops.square(eye(y_true) - eye(y_pred)))

    def upper(y_true, y_pred):
        return ops.mean(ops.abs(y_true[:, 6] - y_pred[:, 1]))

    def masked(y_true, y_pred):
        values, mask = ops.split(y_true, 2, axis=-1)
        return ops.sum(mask * ops.square(values - y_pred), axis=-1)

    model = keras.Sequential([keras.Input({shape}), {layers}])
    model.compile("sgd", {compiled})
    model.fit(np.zeros((8, *{shape})), np.zeros((8, *{target})), verbose=0)
"""


def refused(tmp_path, compiled, shape, target, made):
    text = textwrap.dedent(PROGRAM).replace("{compiled}", compiled).replace("{layers}", made)
    path = tmp_path / "program.py"
    path.write_text(text.replace("{shape}", shape).replace("{target}", target), encoding="utf-8")
    with pytest.raises(ShapeMismatchError) as caught, ShapeGuard():
        module_of(path)
    (diagnosis,) = caught.value.report.diagnoses
    assert all(cause.confidence == "possible" for cause in diagnosis.causes)
    return diagnosis


@pytest.mark.parametrize(
    ("compiled", "shape", "target", "made", "first"),
    [
        ("boxes(0.5)", "(6,)", "(5,)", "layers.Dense(5)", "y_pred[:, :5]"),
        ("anchored", "(6,)", "(1,)", "layers.Dense(6)", "y_pred[:, 3:]"),
        ("'mse', metrics=[upper]", "(6,)", "(4,)", "layers.Dense(4)", "y_true[:, -1]"),
        ("seen", "(8, 8, 3)", "(8, 8, 3)", "layers.Conv2D(1, 1)", "3"),
    ],
    ids=["a closure", "an end of a slice", "a metric", "a network that the loss calls"],
)
def test_the_line_or_layer_behind_what_a_loss_refused_is_named(tmp_path, compiled, shape, target, made, first):
    cause = refused(tmp_path, compiled, shape, target, made).causes[0]
    assert cause.edits[0].replacement == first


def test_a_slice_of_one_is_not_suggested_because_it_fits_anything(tmp_path):
    causes = refused(tmp_path, "boxes(0.5)", "(6,)", "(5,)", "layers.Dense(5)").causes
    assert "y_pred[:, 4:]" not in [edit.replacement for cause in causes for edit in cause.edits]


def test_no_layer_is_called_the_cause_where_the_targets_may_be_wrong(tmp_path):
    diagnosis = refused(tmp_path, "masked", "(6,)", "(4,)", "layers.Dense(4)")
    assert [cause.kind for cause in diagnosis.causes] == ["argument", "data"]
