"""Where a model was compiled is noted, and `compile` is the same as before."""

import gc
import inspect
import traceback
import weakref

import keras
import pytest

from shapeguard.keras_compat.compile_calls import place_of_compile
from shapeguard.source import reading


def model():
    return keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])


def text_of(span):
    return reading.line_at(span.file, span.line)[span.column : span.end_column]


def test_the_latest_call_of_the_user_is_noted():
    one, other = model(), model()
    one.compile("sgd", "mse")
    one.compile("adam", loss="mae")
    assert text_of(place_of_compile(one)) == 'one.compile("adam", loss="mae")'
    assert place_of_compile(other) is None


def test_a_saved_model_was_compiled_by_nobody(tmp_path):
    saved = model()
    saved.compile("sgd", "mse")
    saved.save(tmp_path / "saved.keras")
    assert place_of_compile(keras.models.load_model(tmp_path / "saved.keras")) is None


def test_what_compile_raises_and_takes_is_as_before():
    with pytest.raises(ValueError, match="nonsense") as raised:
        model().compile("nonsense", "mse")
    files = [frame.filename for frame in traceback.extract_tb(raised.value.__traceback__)]
    assert not any("keras_compat" in file and "tests" not in file for file in files)
    assert list(inspect.signature(keras.Model.compile).parameters)[:3] == ["self", "optimizer", "loss"]


def test_a_model_that_was_compiled_can_be_let_go():
    compiled = model()
    compiled.compile("sgd", "mse")
    reference = weakref.ref(compiled)
    del compiled
    gc.collect()
    assert reference() is None
