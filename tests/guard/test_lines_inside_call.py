"""What is declared of a line that calls no layer, inside a `call` that Keras refuses nothing of."""

import sys

import numpy as np
import pytest
from helpers.texts import module_of

from shapeguard import ShapeGuard, ShapeMismatchError

PROGRAM = """
from typing import Annotated, Any

import keras
import numpy as np
from keras import layers, ops

runs = []


class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.hidden, self.out = layers.Dense(6), layers.Dense(2)

    def pooled(self, h):
        {helper}

    def call(self, x):
        runs.append(type(x))
        h = self.hidden(x)
        {line}
        return self.out({returned})


def model():
    made = Net()
    made.compile("sgd", "mse")
    return made
"""
DATA = np.zeros((8, 5, 4), "float32"), np.zeros((8, 2), "float32")
WRONG = {
    "a function": ("g = ops.mean(h, axis=-1)  # (None, 6)", "g", "ops.mean in Net.call"),
    "an annotation": ('g: Annotated[Any, "B 6"] = ops.mean(h, axis=-1)', "g", "ops.mean in Net.call"),
    "an index": ("g = h[:, :, 0]  # (None, 6)", "g", "h[:, :, 0] in Net.call"),
    "an operator": ("g = h + h  # (None, 6)", "ops.mean(g, axis=1)", "h + h in Net.call"),
    "several lines": (
        "g = ops.mean(\n            h,\n            axis=-1,\n        )  # (None, 6)",
        "g",
        "ops.mean in Net.call",
    ),
}


def program(tmp_path, line, returned, helper="return ops.mean(h, axis=1)"):
    """A module in which `call` has this line, run under a guard: its comments are read."""
    text = PROGRAM.format(line=line, returned=returned, helper=helper)
    path = tmp_path / "net.py"
    path.write_text(text, encoding="utf-8")
    return module_of(path)


@pytest.mark.parametrize("kind", WRONG)
def test_a_line_that_gives_another_shape_than_declared_is_found_where_nothing_crashes(tmp_path, kind):
    line, returned, place = WRONG[kind]
    guard = ShapeGuard()
    with pytest.raises(ShapeMismatchError) as caught, guard:
        program(tmp_path, line, returned).model().fit(*DATA, verbose=0, callbacks=[guard])
    (diagnosis,) = caught.value.report.diagnoses
    assert diagnosis.layer == place
    assert diagnosis.declared is not None
    assert sys.gettrace() is None


def test_no_repair_of_a_line_puts_another_axis_in_the_place_of_the_batch(tmp_path):
    guard = ShapeGuard()
    with pytest.raises(ShapeMismatchError) as caught, guard:
        model = program(tmp_path, *WRONG["a function"][:2]).model()
        model.predict(DATA[0], verbose=0, callbacks=[guard])
    cause = caught.value.report.diagnoses[0].causes[0]
    assert (cause.argument, cause.suggestion in {1, -2}) == ("axis", True)
    assert {0, -3}.isdisjoint(cause.also)


def test_a_line_of_a_function_of_the_model_is_compared_too(tmp_path):
    guard = ShapeGuard()
    with pytest.raises(ShapeMismatchError) as caught, guard:
        module = program(tmp_path, "g = self.pooled(h)", "g", "g = ops.mean(h, axis=-1)  # (None, 6)\n        return g")
        module.model().fit(*DATA, verbose=0, callbacks=[guard])
    assert caught.value.report.diagnoses[0].layer == "ops.mean in Net.pooled"


def test_a_model_that_is_called_is_compared_line_by_line(tmp_path):
    guard = ShapeGuard()
    with pytest.raises(ShapeMismatchError) as caught, guard:
        program(tmp_path, *WRONG["a function"][:2]).model()(DATA[0])
    assert caught.value.report.diagnoses[0].layer == "ops.mean in Net.call"


pytestmark = pytest.mark.filterwarnings("ignore:ShapeGuard. this model has no expected shapes")
"""So it says of a program in which no line declares anything, or none can be seen."""


RIGHT = {
    "as declared": ("g = ops.mean(h, axis=1)  # (None, 6)", "g"),
    "another batch": ("g = ops.mean(h, axis=1)  # (32, 6)", "g"),
    "without the batch": ("g = ops.mean(h, axis=1)  # (6,)", "g"),
    "words": ("g = ops.mean(h, axis=1)  # (batch, features)", "g"),
    "a prose comment": ("g = ops.mean(h, axis=1)  # the mean (see 2.3) of all steps", "g"),
    "in a branch": ("if True:\n            g = ops.mean(h, axis=1)  # (None, 6)\n        g = g * 2  # (None, 6)", "g"),
}


@pytest.mark.parametrize("kind", RIGHT)
def test_lines_as_declared_run_as_often_as_without_a_guard(tmp_path, kind):
    line, returned = RIGHT[kind]
    plain = program(tmp_path, line, returned)
    plain.model().fit(*DATA, verbose=0)
    guard = ShapeGuard()
    with guard:
        guarded = program(tmp_path, line, returned)
        guarded.model().fit(*DATA, verbose=0, callbacks=[guard])
    assert guard.report.ok
    assert len(guarded.runs) == len(plain.runs)
    assert sys.gettrace() is None


def test_who_traces_python_already_keeps_that(tmp_path):
    def tracer(frame, event, arg):
        return None

    guard = ShapeGuard()
    sys.settrace(tracer)
    try:
        with guard:
            program(tmp_path, *WRONG["a function"][:2]).model().fit(*DATA, verbose=0, callbacks=[guard])
        assert sys.gettrace() is tracer
    finally:
        sys.settrace(None)
