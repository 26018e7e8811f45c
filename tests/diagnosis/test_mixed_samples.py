"""Losses of one's own in which each sample meets all others: told where it is not meant, and not where it is."""

import keras
import pytest
from helpers.texts import applied, module_of

from shapeguard import ShapeGuard, ShapeMismatchError

pytestmark = pytest.mark.filterwarnings("ignore")
BACKENDS = {"tensorflow": "import tensorflow as tf", "jax": "import jax.numpy as tf", "torch": "import torch as tf"}
PROGRAM = """
import keras
import numpy as np
from keras import layers, ops
{imported}

{loss}
model = keras.Sequential([keras.Input((4,)), layers.Dense({units})])
model.compile("sgd", loss={name})
model.fit(np.zeros((16, 4)), np.zeros({targets}), batch_size=8, verbose=0)
"""
PACKED = """
def cost(y_true, y_pred):
    y, w = y_true[:, 0], y_true[:, 1]
    return ops.mean(w * ops.square(y - y_pred))
"""
CENSORED = """
def hazard(y_true, y_pred):
    time = y_true[:, 0]
    event = ops.cast(y_true[:, 1], "float32")
    error = time - y_pred
    late = ops.maximum(error, 0.0) * event
    return ops.mean(late + ops.abs(y_pred - time))
"""
SQUEEZED = """
def hinge(y_true, y_pred):
    y_true = ops.squeeze(y_true, -1)
    return ops.mean(ops.maximum(1.0 - y_true * y_pred, 0.0))
"""
OF_CLASS = """
class Cost(keras.losses.Loss):
    def call(self, y_true, y_pred):
        value = y_true[:, 0]
        return ops.mean(ops.abs(ops.subtract(y_pred, value)))
"""
REDUCED = """
def worst(y_true, y_pred):
    return ops.mean(ops.square(ops.max(y_true, axis=-1) - y_pred))
"""
WRONG = {
    "packed targets": (PACKED, "cost", (16, 2), 1, "ops.square(y - y_pred[:, 0])"),
    "two places": (CENSORED, "hazard", (16, 2), 1, "ops.abs(y_pred[:, 0] - time)"),
    "squeezed": (SQUEEZED, "hinge", (16, 1), 1, "y_true * y_pred[:, 0]"),
    "a class": (OF_CLASS, "Cost()", (16, 2), 1, "ops.subtract(y_pred[:, 0], value)"),
    "reduced": (REDUCED, "worst", (16, 3), 1, "- y_pred[:, 0])"),
}


def written(tmp_path, loss, name, targets, units):
    path = tmp_path / "program.py"
    imported = BACKENDS[keras.config.backend()]
    path.write_text(PROGRAM.format(imported=imported, loss=loss, name=name, units=units, targets=targets))
    return path


@pytest.mark.parametrize("case", WRONG)
def test_samples_that_meet_all_others_are_told_with_the_line(case, tmp_path):
    loss, name, targets, units, line = WRONG[case]
    path = written(tmp_path, loss, name, targets, units)
    with pytest.raises(ShapeMismatchError) as caught, ShapeGuard():
        module_of(path)
    (diagnosis,) = caught.value.report.diagnoses
    (cause,) = diagnosis.causes
    assert diagnosis.code == "SG303"
    assert "compares each sample with all others" in diagnosis.headline
    assert not cause.verified
    assert line in applied(path, cause)
    path.write_text(applied(path, cause))
    with ShapeGuard():
        module_of(path)


RIGHT = {
    "pairs of samples": (
        (
            "def ranking(y_true, y_pred):\n    y = y_true[:, 0]\n"
            "    return ops.mean(ops.square((y[:, None] - y) - (y_pred - ops.transpose(y_pred))))\n"
        ),
        "ranking",
        (16, 2),
        1,
    ),
    "labels beside distances": (
        (
            "def contrastive(y_true, y_pred):\n    same = ops.equal(y_true, ops.transpose(y_true))\n"
            "    near = ops.matmul(y_pred, ops.transpose(y_pred))\n"
            "    return ops.mean(ops.where(same, 1.0 - near, ops.maximum(near, 0.0)))\n"
        ),
        "contrastive",
        (16, 1),
        3,
    ),
    "all outputs beside targets laid for it": (
        "def spread(y_true, y_pred):\n    y = y_true[:, 0]\n    return ops.mean(ops.abs(y[None, :] - y_pred))\n",
        "spread",
        (16, 2),
        1,
    ),
    "Keras appends the axis": ("def own(y_true, y_pred):\n    return ops.mean(y_true - y_pred)\n", "own", (16,), 1),
    "weights of samples": (
        (
            "def weighted(y_true, y_pred):\n    weight = y_true[:, -1]\n    error = y_true[:, :-1] - y_pred\n"
            "    return ops.mean(weight * ops.mean(ops.square(error), axis=-1))\n"
        ),
        "weighted",
        (16, 4),
        3,
    ),
    "asked for their rank": (
        (
            "def careful(y_true, y_pred):\n    y = y_true[:, 0]\n    if len(y.shape) < len(y_pred.shape):\n"
            "        y = y[:, None]\n    return ops.mean(y - y_pred)\n"
        ),
        "careful",
        (16, 2),
        1,
    ),
}


@pytest.mark.parametrize("case", RIGHT)
def test_nothing_is_said_of_what_is_meant(case, tmp_path):
    with ShapeGuard():
        module_of(written(tmp_path, *RIGHT[case]))


def test_functions_of_the_backend_are_read_as_well(tmp_path):
    mean = {"tensorflow": "tf.reduce_mean", "jax": "tf.mean", "torch": "tf.mean"}[keras.config.backend()]
    loss = PACKED.replace("ops.mean", mean).replace("ops.square", "tf.square")
    path = written(tmp_path, loss, "cost", (16, 2), 1)
    with pytest.raises(ShapeMismatchError) as caught, ShapeGuard():
        module_of(path)
    (cause,) = caught.value.report.diagnoses[0].causes
    assert "tf.square(y - y_pred[:, 0])" in applied(path, cause)
