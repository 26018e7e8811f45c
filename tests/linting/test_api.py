"""`shapeguard.lint` of paths and models."""

import pytest

from shapeguard import lint

SOURCE = """
import keras
from keras.layers import Convolution2D

model = keras.Sequential([keras.Input((28, 28, 1)), Convolution2D(32, 3, 3)])
other = Convolution2D(64, 5, 5)
"""


@pytest.fixture
def program(tmp_path):
    file = tmp_path / "old.py"
    file.write_text(SOURCE)
    return file


def test_a_file_is_linted_by_its_path(program):
    assert [found.code for found in lint(program).diagnoses] == ["SG701", "SG701"]
    assert lint(str(program.parent)).diagnoses == lint(str(program)).diagnoses


def test_of_a_model_only_the_calls_that_made_it_are_told(program):
    namespace = {}
    exec(compile(SOURCE, str(program), "exec"), namespace)  # noqa: S102
    (found,) = lint(namespace["model"]).diagnoses
    assert found.causes[0].edits[0].span.line == 5


def test_a_model_whose_source_is_not_at_hand_has_no_suspicions():
    import keras

    assert lint(keras.Sequential([keras.layers.Dense(3)])).ok


def test_a_path_that_is_not_there_is_an_error_that_names_it(tmp_path):
    with pytest.raises(ValueError, match=r"^.*nowhere\.py: .+"):
        lint(tmp_path / "nowhere.py")
