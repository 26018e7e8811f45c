"""One vector for each sample beside steps, and what the lines behind tell of the rank that was meant."""

import textwrap

import pytest
from helpers.texts import mended, module_of

from shapeguard import ShapeGuard, ShapeMismatchError

pytestmark = pytest.mark.filterwarnings("ignore:.*unbuilt state")
HEADER = """
    import keras
    from keras import layers, ops

    words = keras.Input((6,), dtype="int32")
    state = keras.Input((24,))
    steps = layers.Embedding(50, 8)(words)
"""
INSIDE = """
    import keras
    import numpy as np
    from keras import layers, ops

    class Decoder(keras.Model):
        def __init__(self):
            super().__init__()
            self.embed = layers.Embedding(50, 8)
            self.lstm = layers.LSTM(12, return_sequences=True)

        def call(self, inputs):
            words, state = inputs
            joined = ops.concatenate([self.embed(words), state], axis=-1)
            return self.lstm(joined)

    model = Decoder()
    model([np.zeros((4, 6), "int32"), np.zeros((4, 24), "float32")])
"""
JOINED = "joined = layers.Concatenate()([steps, state])\n"


def crashed(tmp_path, text, header=HEADER):
    """(the first diagnosis, path) of a program that Keras refuses."""
    path = tmp_path / "program.py"
    path.write_text(textwrap.dedent(header) + textwrap.dedent(text), encoding="utf-8")
    with pytest.raises(ShapeMismatchError) as caught, ShapeGuard():
        module_of(path)
    return caught.value.report.diagnoses[0], path


def inserted(diagnosis):
    return [(cause.suggestion, cause.confidence) for cause in diagnosis.causes if cause.kind == "structure"]


def test_a_vector_that_is_joined_with_steps_may_lack_its_repetition(tmp_path):
    diagnosis, _ = crashed(tmp_path, JOINED)
    found = dict(inserted(diagnosis))
    assert found["Flatten()"] == found["RepeatVector(n=6)"] == "possible"


@pytest.mark.parametrize(
    ("behind", "first"),
    [
        ("out = layers.LSTM(12)(joined)", "RepeatVector(n=6)"),
        ("lstm = layers.LSTM(12)\nout = lstm(joined)", "RepeatVector(n=6)"),
        ("joined = joined * 2\nout = layers.LSTM(12)(joined)", "Flatten()"),
        ("out = layers.RepeatVector(3)(joined)", "Flatten()"),
    ],
)
def test_what_the_next_line_takes_tells_which_rank_was_meant(tmp_path, behind, first):
    diagnosis, _ = crashed(tmp_path, JOINED + behind)
    assert inserted(diagnosis)[0][0] == first


def test_inside_a_layer_the_next_line_tells_it_too(tmp_path):
    diagnosis, path = crashed(tmp_path, "", INSIDE)
    assert inserted(diagnosis)[0][0] == "RepeatVector(n=6)"
    mended(path, diagnosis.causes[0])


def test_an_axis_of_one_is_no_steps(tmp_path):
    diagnosis, _ = crashed(tmp_path, JOINED, HEADER.replace("Input((6,)", "Input((1,)"))
    assert not any(suggestion.startswith("RepeatVector") for suggestion, _ in inserted(diagnosis))
