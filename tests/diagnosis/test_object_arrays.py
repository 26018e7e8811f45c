"""Arrays of Python's objects, as NumPy makes of lists of several lengths."""

import pytest
from helpers.refused_programs import refused
from helpers.texts import mended

PROGRAM = """
import keras
import numpy as np
from keras import layers

def together(*arrays):
    made = np.empty(len(arrays), dtype=object)
    made[:] = arrays
    return made

x = together({elements})
model = keras.Sequential([keras.Input({shape}), {layers}])
model.compile("sgd", "mse")
model.fit(x, np.zeros((2, 1)), verbose=0)
"""
TEXTS = "layers.Embedding(9, 4), layers.GlobalAveragePooling1D(), layers.Dense(1)"
PICTURES = "layers.Conv2D(1, 2), layers.Flatten(), layers.Dense(1)"


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("elements", "shape", "made", "code"),
    [
        ("[1, 2, 3], [4, 5]", "(6,)", TEXTS, "keras.utils.pad_sequences(x, 6)"),
        ("[1, 2, 3], [4, 5]", "(None,)", TEXTS, "keras.utils.pad_sequences(x)"),
        ("[0.5], [1.5, 2.5]", "(3,)", "layers.Dense(1)", 'keras.utils.pad_sequences(x, 3, dtype="float32")'),
        (
            "np.zeros((4, 5, 3)), np.zeros((6, 4, 3))",
            "(4, 4, 3)",
            PICTURES,
            "np.stack([keras.ops.image.resize(each, (4, 4)) for each in x])",
        ),
        ("1.0, 2.0", "(1,)", "layers.Dense(1)", 'x.astype("float32")'),
    ],
    ids=["words", "words of any number", "numbers", "pictures", "no sequences"],
)
def test_what_is_in_the_array_tells_what_makes_one_of_it(elements, shape, made, code, tmp_path):
    text = PROGRAM.replace("{elements}", elements).replace("{shape}", shape).replace("{layers}", made)
    (cause,) = refused(text, tmp_path).causes
    assert (cause.confidence, cause.verified) == ("possible", False)
    lines = mended(tmp_path / "program.py", cause).splitlines()
    assert lines[-1] == f"model.fit({code}, np.zeros((2, 1)), verbose=0)"


@pytest.mark.filterwarnings("ignore")
def test_arrays_of_one_shape_are_stacked(tmp_path):
    made = "rows = np.empty(2, dtype=object)\nrows[0], rows[1] = np.zeros(4), np.ones(4)"
    text = PROGRAM.replace("x = together({elements})", made).replace("{shape}", "(4,)").replace("fit(x", "fit(rows")
    (cause,) = refused(text.replace("{layers}", "layers.Dense(1)"), tmp_path).causes
    lines = mended(tmp_path / "program.py", cause).splitlines()
    assert lines[-1] == "model.fit(np.stack(rows), np.zeros((2, 1)), verbose=0)"
