"""Targets that are as wrong as the input, because they are the same data; and targets that are right."""

import keras
import numpy as np
import pytest
from keras import layers

from shapeguard import ShapeGuard, ShapeMismatchError

SOURCE = """
import keras
import numpy as np
from keras import layers

image = keras.Input((8, 8, 1))
model = keras.Model(image, layers.Conv2D(1, 3, padding="same")(layers.Conv2D(4, 3, padding="same")(image)))
model.compile(loss="mse")
clean = np.zeros((6, 1, 8, 8), "float32")
noisy = clean + 1
model.fit(noisy, clean, verbose=0)
"""


def test_data_and_targets_are_converted_together(tmp_path):
    path = tmp_path / "denoiser.py"
    path.write_text(SOURCE, encoding="utf-8")
    with pytest.raises(ShapeMismatchError) as caught, ShapeGuard():
        exec(compile(SOURCE, str(path), "exec"), {})  # noqa: S102  a user's program
    (diagnosis,) = caught.value.report.diagnoses
    assert diagnosis.code == "SG301"
    edits = diagnosis.causes[0].edits
    assert [(edit.argument, edit.replacement) for edit in edits] == [
        ("x", "np.moveaxis(noisy, 1, -1)"),
        ("y", "np.moveaxis(clean, 1, -1)"),
    ]
    assert not any(cause.verified for cause in diagnosis.causes[1:])


def test_targets_are_not_called_mended_while_the_data_does_not_fit():
    image = keras.Input((8, 8, 1))
    model = keras.Model(image, layers.GlobalAveragePooling2D()(image))
    model.compile(loss="mse")
    with pytest.raises(ShapeMismatchError) as caught:
        model.fit(np.zeros((6, 5, 5, 1)), np.zeros((6, 2)), verbose=0, callbacks=[ShapeGuard()])
    assert not any(cause.verified for each in caught.value.report.diagnoses for cause in each.causes)


def test_an_axis_of_one_that_only_the_output_has_is_no_matter_of_the_targets():
    words = keras.Input((12, 4))
    features = layers.Conv1D(3, 12)(words)
    model = keras.Model(words, layers.Dense(5, activation="softmax")(features))
    model.compile(loss="categorical_crossentropy")
    with pytest.raises(ShapeMismatchError) as caught:
        model.fit(np.zeros((6, 12, 4)), np.eye(5)[[0, 1, 2, 3, 4, 0]], verbose=0, callbacks=[ShapeGuard()])
    (diagnosis,) = caught.value.report.diagnoses
    assert diagnosis.causes[0].kind == "structure"
    assert not any("reshape" in str(cause.suggestion) for cause in diagnosis.causes)
