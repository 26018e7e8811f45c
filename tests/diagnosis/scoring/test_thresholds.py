"""Where one answer ends and another begins: targets of another form, and sizes that somebody mistyped."""

import keras
import numpy as np
import pytest
from keras import layers

from shapeguard import ShapeGuard, ShapeMismatchError, check


def test_a_forgotten_return_sequences_is_named_before_targets_that_another_loss_takes():
    model = keras.Sequential([keras.Input((4, 8)), layers.LSTM(4, name="lstm")])
    model.compile("sgd", "sparse_categorical_crossentropy")
    x, y = np.zeros((6, 4, 8), "float32"), np.zeros((6, 4), "int32")
    with pytest.raises(ShapeMismatchError) as caught:
        model.fit(x, y, verbose=0, callbacks=[ShapeGuard()])
    causes = caught.value.report.diagnoses[0].causes
    assert [(cause.kind, cause.suggestion) for cause in causes if cause.kind != "structure"] == [
        ("argument", True),
        ("loss", "categorical_crossentropy"),
    ]


@pytest.mark.parametrize(
    ("expected", "code", "kind"), [("B 7 7 3", "SG103", "argument"), ("B 7 13 3", "SG501", "annotation")]
)
def test_nobody_mistypes_one_size_on_two_axes(expected, code, kind):
    image = keras.Input((28, 28, 1), name="image")
    maps = layers.Conv2D(3, 3, strides=2, name="conv")(image)
    model = keras.Model(image, layers.GlobalAveragePooling2D(name="mean")(maps))
    (diagnosis,) = check(model, {"image": "B 28 28 1", "conv": expected, "mean": "B 3"}).diagnoses
    assert (diagnosis.code, diagnosis.causes[0].kind) == (code, kind)
