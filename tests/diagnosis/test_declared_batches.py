"""A model that is declared for a batch size, and stepped with another one."""

import pytest
from helpers.refused_programs import refused
from helpers.texts import applied, mended, module_of

from shapeguard import ShapeGuard

pytestmark = pytest.mark.filterwarnings("ignore:ShapeGuard. this model has no expected shapes")
PROGRAM = """
import keras
import numpy as np
from keras import layers

model = keras.Sequential([keras.Input({declared}), layers.LSTM(4, stateful=True), layers.Dense(1)])
model.compile("sgd", "mse")
model.fit(np.zeros(({samples}, 5, 3)), np.zeros(({samples}, 1)), verbose=0{further})
"""
INPUT = "batch_shape=(10, 5, 3)"
GRAPH = """
import keras
import numpy as np
from keras import layers, ops

class Spread(layers.Layer):
    def __init__(self, units):
        super().__init__()
        self.mix = layers.Dense(units)

    def call(self, given):
        features, links = given
        return ops.matmul(links, self.mix(features))

features, links = keras.Input((6,)), keras.Input((50,))
model = keras.Model([features, links], Spread(2)([features, links]))
model.compile("sgd", "mse")
model.fit([np.zeros((50, 6)), np.eye(50)], np.zeros((50, 2)), verbose=0)
"""


@pytest.mark.parametrize(
    ("samples", "further", "first", "changes"),
    [
        (60, "", "batch_size", [("verbose=0", "verbose=0, batch_size=10"), ("(10, 5, 3)", "(32, 5, 3)")]),
        (60, ", batch_size=15", "batch_size", [("batch_size=15", "batch_size=10"), ("(10, 5, 3)", "(15, 5, 3)")]),
        (64, ", batch_size=32", "batch_shape", [("(10, 5, 3)", "(32, 5, 3)"), ("batch_size=32", "batch_size=10")]),
    ],
)
def test_both_sizes_may_be_meant_the_one_that_divides_the_samples_first(samples, further, first, changes, tmp_path):
    text = PROGRAM.format(declared=INPUT, samples=samples, further=further)
    diagnosis, path = refused(text, tmp_path), tmp_path / "program.py"
    assert (diagnosis.code, diagnosis.causes[0].argument) == ("SG302", first)
    assert diagnosis.headline.startswith("input 'input_layer' declares batches of 10, (10, 5, 3); this step has ")
    assert [applied(path, cause) for cause in diagnosis.causes] == [text.replace(*change) for change in changes]


def test_samples_that_fill_no_last_batch_are_left_out(tmp_path):
    text = PROGRAM.format(declared=INPUT, samples=64, further=", batch_size=10")
    (cause,) = refused(text, tmp_path).causes
    assert cause.confidence == "possible"
    line = applied(tmp_path / "program.py", cause).splitlines()[-1]
    assert line == "model.fit(np.zeros((64, 5, 3))[:60], np.zeros((64, 1))[:60], verbose=0, batch_size=10)"


def test_a_declared_batch_size_that_nothing_refuses_is_no_fault(tmp_path):
    path = tmp_path / "program.py"
    text = PROGRAM.format(declared=INPUT, samples=64, further=", batch_size=32").replace(", stateful=True", "")
    path.write_text(text, encoding="utf-8")
    with ShapeGuard():
        module_of(path)


def test_one_sample_that_is_predicted_of_fills_a_batch(tmp_path):
    text = PROGRAM.format(declared=INPUT, samples=20, further=", batch_size=10")
    text += "last = np.zeros((1, 5, 3))\nvalue = model.predict(last, verbose=0)[0]\n"
    path = tmp_path / "program.py"
    cause = refused(text, tmp_path).causes[0]
    wanted = text.replace("predict(last,", "predict(np.repeat(last, 10, axis=0),")
    assert (applied(path, cause), cause.confidence) == (wanted, "possible")
    path.write_text(wanted, encoding="utf-8")
    with ShapeGuard():
        assert module_of(path).value.shape == (1,)


def test_what_takes_all_samples_together_is_given_them_in_one_step(tmp_path):
    cause = refused(GRAPH, tmp_path).causes[0]
    fixed = applied(tmp_path / "program.py", cause)
    assert (fixed, cause.confidence) == (GRAPH.replace("verbose=0", "verbose=0, batch_size=50"), "possible")
    mended(tmp_path / "program.py", cause)
