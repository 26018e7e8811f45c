"""Metrics of one's own that give a whole batch to a variable, each repaired in the program that runs then."""

import keras
import pytest
from helpers.refused_programs import refused
from helpers.texts import mended

pytestmark = pytest.mark.filterwarnings("ignore")
PROGRAM = """
import keras
import numpy as np
from keras import layers, ops

class Share(keras.metrics.Metric):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.total = self.add_weight(name="total", shape={shape}, initializer="zeros")
        self.count = self.add_weight(name="count", initializer="zeros")

    def update_state(self, y_true, y_pred, sample_weight=None):
        hits = ops.cast(ops.round(y_pred), "float32")
        {line}
        {count}

    def result(self):
        return ops.mean(self.total) / self.count

model = keras.Sequential([keras.Input((4,)), layers.Dense(3, activation="sigmoid")])
model.compile("sgd", "mse", metrics=[Share()])
model.fit(np.zeros((24, 4)), np.zeros((24, 3)), batch_size=8, verbose=0)
"""


@pytest.mark.parametrize(
    ("shape", "line", "count", "change"),
    {
        "a sum": (
            "()",
            "self.total.assign_add(hits[:, 0])",
            "self.count.assign_add(ops.cast(ops.shape(y_true)[0], 'float32'))",
            "self.total.assign_add(ops.sum(hits[:, 0]))",
        ),
        "a mean of each batch": (
            "()",
            "self.total.assign_add(hits[:, 0])",
            "self.count.assign_add(1.0)",
            "self.total.assign_add(ops.mean(hits[:, 0]))",
        ),
        "beside the former value": (
            "()",
            "self.total.assign(self.total + ops.max(hits, -1))",
            "self.count.assign_add(8.0)",
            "self.total.assign(self.total + ops.sum(ops.max(hits, -1)))",
        ),
        "a sum for each class": (
            "(3,)",
            "self.total.assign_add(hits)",
            "self.count.assign_add(8.0)",
            "self.total.assign_add(ops.sum(hits, 0))",
        ),
    }.values(),
)
def test_what_a_variable_of_one_value_is_given_is_reduced(shape, line, count, change, tmp_path):
    diagnosis = refused(PROGRAM.format(shape=shape, line=line, count=count), tmp_path)
    (cause,) = diagnosis.causes
    assert diagnosis.code == "SG601"
    assert cause.confidence == "cause"
    assert cause.verified
    assert change in mended(tmp_path / "program.py", cause)


def test_all_assignments_of_a_batch_are_reduced_together(tmp_path):
    line = "self.total.assign(self.total + ops.sum(hits, axis=-1))"
    text = PROGRAM.format(shape="()", line=line, count="self.count.assign_add(hits[:, 1])")
    (cause,) = refused(text, tmp_path).causes
    changed = mended(tmp_path / "program.py", cause)
    assert "self.total.assign(self.total + ops.sum(ops.sum(hits, axis=-1)))" in changed
    assert "self.count.assign_add(ops.sum(hits[:, 1]))" in changed


def test_a_value_of_other_axes_than_the_variable_is_not_reduced(tmp_path):
    text = PROGRAM.format(shape="(2,)", line="self.total.assign_add(hits)", count="self.count.assign_add(1.0)")
    assert not refused(text, tmp_path).causes


BACKENDS = {
    "tensorflow": ("import tensorflow as tf", "tf.reduce_max(y_pred, -1)", "tf.reduce_sum"),
    "jax": ("import jax.numpy as jnp", "jnp.max(y_pred, -1)", "jnp.sum"),
    "torch": ("import torch", "torch.amax(y_pred, -1)", "torch.sum"),
}


def test_the_function_is_that_of_the_module_that_the_metric_uses(tmp_path):
    imported, value, function = BACKENDS[keras.config.backend()]
    text = PROGRAM.replace('hits = ops.cast(ops.round(y_pred), "float32")', f"hits = {value}")
    text = (
        f"{imported}\n{text.format(shape='()', line='self.total.assign_add(hits)', count='self.count.assign_add(8.0)')}"
    )
    (cause,) = refused(text, tmp_path).causes
    assert f"self.total.assign_add({function}(hits))" in mended(tmp_path / "program.py", cause)
