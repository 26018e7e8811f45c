"""The rule layer-not-called: a layer where its output is expected."""

import pytest
from helpers.linted import LINES, corrections, found_in, names_in

HEAD = "i = Input((8,))\nx = Dense(4)(i)\n"
SUSPICIOUS = {
    "out = Dense(3)\nmodel = keras.Model(i, out)": "Dense(3)(x)",
    "model = keras.Model(i, Dense(3))": "Dense(3)(x)",
    "model = keras.Model(inputs=i, outputs=[x, Dense(3)])": "Dense(3)(x)",
    "y = Dense(3)\ny = Dropout(0.5)(y)": "Dense(3)(x)",
    "y = Dropout(0.5)(Dense(3))": "Dense(3)(x)",
    "x = Dense(3)\nx = Dropout(0.5)(x)\nx = Dense(3)(x)": "Dense(3)(x)",
    "def build(z):\n    out = layers.Dense(3)\n    return keras.Model(z, out)": "layers.Dense(3)(...)",
    "y = Dense(3)\ny = keras.layers.Dense(4)(inputs=y) if y else layers.Flatten()(y)": "Dense(3)(x)",
}

FINE = [
    "out = Dense(3)(x)\nmodel = keras.Model(i, out)",
    "dense = Dense(3)\nmodel = keras.Model(i, dense(x))",
    "dense = Dense(3)\ndense = dense(x)\nmodel = keras.Model(i, dense)",
    "y = Dense(3)\nfor _ in range(3):\n    y = Dense(3)(x)\nmodel = keras.Model(i, y)",
    "y = Dense(3)\nif z:\n    y = y(x)\nmodel = keras.Model(i, y)",
    "y = TimeDistributed(Dense(3))(x)",
    "y = Bidirectional(LSTM(3))(x)",
    "inner = Dense(3)\ny = TimeDistributed(inner)(x)",
    "model = Sequential([Dense(3), Dense(4)])",
    "layers = [Dense(3), Dense(4)]\nfor layer in layers:\n    x = layer(x)",
    "model = keras.Model(i, f(Dense(3)))",
    "y = Dense(3)\ndef f(y):\n    return keras.Model(i, y)",
    "model = keras.Model(Input((3,)), x)",
    "model = keras.Model(i, x, name=Dense(3))",
    "y = Dense(3)\n(y, z) = f()\nmodel = keras.Model(i, y)",
    "y = Dense(3)\nwith f() as y:\n    pass\nmodel = keras.Model(i, y)",
]


@pytest.mark.parametrize("source", SUSPICIOUS)
def test_a_layer_that_is_passed_as_a_tensor_is_found_once_with_its_call(source):
    assert names_in(HEAD + source) == ["layer-not-called"]
    assert corrections(HEAD + source) == [SUSPICIOUS[source]]


def test_a_layer_that_is_called_or_wrapped_is_left_alone():
    assert {source: names for source in FINE if (names := names_in(HEAD + source))} == {}


def test_the_place_is_the_layer_and_the_text_puts_the_call_behind_it():
    ((_, found),) = found_in(HEAD + "out = Dense(3)\nmodel = keras.Model(i, out)")
    (change,) = found.changes
    assert (change.span.line - LINES, change.span.column) == (3, 6)
    assert (change.replaces.column, change.replaces.end_column, change.replacement) == (14, 14, "(x)")
    assert found.text.headline == "suspicious call Dense: the layer is not called, and `out` is passed as a tensor"
