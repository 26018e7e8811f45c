"""What a prompt shows of a guard, and what the rows of a report know of each layer beside its shapes."""

import keras
import numpy as np
from keras import layers

from shapeguard import ShapeGuard, check


def test_a_guard_shows_what_it_expects_and_the_outcome_of_its_latest_check():
    model = keras.Sequential([keras.Input((8,)), layers.Dense(4, name="dense")])
    guard = ShapeGuard({"dense": (None, 5)}, on_mismatch="record")
    assert repr(guard) == "<ShapeGuard: 1 expectation of its own, on_mismatch='record'; nothing checked yet>"
    guard.check(model)
    assert repr(guard) == "<ShapeGuard: 1 expectation of its own, on_mismatch='record'; 1 finding>"


def test_rows_have_the_parameters_and_dtypes_of_their_layers():
    image = keras.Input((8, 8, 3), name="image", dtype="float32")
    x = layers.Conv2D(4, 3, name="conv", dtype="mixed_bfloat16")(image)
    x = layers.GlobalAveragePooling2D(name="pool", dtype="mixed_bfloat16")(x)
    inner = keras.Sequential([keras.Input((4,)), layers.Dense(2, name="dense")], name="inner")
    report = check(keras.Model(image, inner(x)))
    rows = {row.layer: (row.params, row.dtypes) for row in report.rows}
    assert rows["conv"] == (112, ("bfloat16",))
    assert rows["pool"] == (0, ("bfloat16",))
    assert rows["dense"] == rows["inner"] == (10, ("float32",))


def test_a_layer_with_several_outputs_has_the_dtype_of_each():
    text = keras.Input((5,), dtype="int32", name="text")
    outputs = layers.LSTM(3, return_state=True, name="lstm")(layers.Embedding(7, 4, name="words")(text))
    report = check(keras.Model(text, outputs))
    rows = {row.layer: row.dtypes for row in report.rows}
    assert rows["text"] == ("int32",)
    assert rows["lstm"] == ("float32",) * 3


def test_a_deferred_model_has_its_parameters_in_the_report_of_its_fit():
    model = keras.Sequential([layers.Dense(4, name="dense")])
    model.compile("sgd", "mse")
    guard = ShapeGuard({"dense": (None, 4)})
    model.fit(np.zeros((2, 8)), np.zeros((2, 4)), verbose=0, callbacks=[guard])
    assert [row.params for row in guard.report.rows if row.layer == "dense"] == [36]
