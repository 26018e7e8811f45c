"""A layer that is called on all that another one gives."""

import pytest
from helpers.texts import applied, mended, module_of

from shapeguard import ShapeGuard, ShapeMismatchError

PROGRAM = """
import keras
from keras import layers

x = keras.Input((5, 6))
steps = layers.GRU(4, return_sequences=True, return_state=True)(x)
{line}
"""


def refused(tmp_path, line):
    path = tmp_path / "program.py"
    path.write_text(PROGRAM.replace("{line}", line), encoding="utf-8")
    with pytest.raises(ShapeMismatchError) as caught, ShapeGuard():
        module_of(path)
    return path, caught.value.report.diagnoses[0].causes


def test_the_output_is_told_before_the_states_are_left_out(tmp_path):
    path, causes = refused(tmp_path, "dense = layers.Dense(3)\ny = dense(steps)")
    assert "y = dense(steps[0])" in applied(path, causes[0])
    assert {each.confidence for each in causes} == {"possible"}
    assert "return_state" in [each.edits[0].argument for each in causes]
    mended(path, causes[0])


def test_tensors_of_several_calls_are_no_outputs_of_one(tmp_path):
    _, causes = refused(tmp_path, "y = layers.Dense(3)([steps[0], x])")
    assert not any("the output first" in each.title for each in causes)
