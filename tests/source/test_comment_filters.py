"""Comments of correct programs that only look like the shape of an output: nothing is said about them."""

import linecache

import keras
import pytest

from shapeguard import ShapeGuard
from shapeguard.source.comment_filters import without_axis_names
from shapeguard.spec import parse

HEAD = """
import keras
from keras import layers
def build():
    image = keras.Input((32, 32, 3))
    steps = keras.Input((12, 6))
    words = keras.Input((12,), dtype="int32")
    flat = layers.Flatten()(image)
"""

RIGHT = {
    "features of two widths": [
        "a = layers.Dense(8)(flat)  # (batch, features)",
        "b = layers.Dense(4)(a)  # (batch, features)",
    ],
    "letters of two maps": [
        'a = layers.Conv2D(8, 3, padding="same")(image)  # (B, H, W, C)',
        "b = layers.MaxPooling2D()(a)  # B H W C",
    ],
    "words beside numbers": [
        "a = layers.LSTM(8, return_sequences=True)(steps)  # (batch, seq_len, 8)",
        "b = layers.Conv1D(8, 3)(a)  # (batch, seq_len, 8)",
    ],
    "names of states": [
        "a, *_ = layers.LSTM(8, return_state=True)(steps)  # (h, c)",
        "b = layers.Dense(2)(a)  # (lat, lon)",
    ],
    "a kernel": ["a = layers.Conv2D(64, 3)(image)  # 3x3x64", "b = layers.Conv2D(48, (3, 3))(a)  # (48, 3, 3)"],
    "a table": ["a = layers.Embedding(500, 16)(words)  # (500, 16)", "b = layers.Embedding(500, 8)(words)  # 500x8"],
    "weights of a Dense": ["a = layers.Dense(8)(steps)  # 6x8"],
    "channels first": [
        "a = layers.Conv2D(8, 3)(image)  # 8x30x30",
        "b = layers.Conv2D(5, 3)(image)  # (None, 5, 30, 30)",
    ],
    "names of another rank": ["a = layers.Conv2D(64, 3)(image)  # (batch, features)"],
    "one of many": ["a = layers.LSTM(8, return_sequences=True)(steps)  # (batch, 8) for each word"],
}


def report_of(*lines):
    ends = "    return keras.Model([image, steps, words], [flat, a, b])\n"
    text = HEAD + "    b = flat\n" + "".join(f"    {line}\n" for line in lines) + ends
    file = f"/remarks/{abs(hash(text))}.py"
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    scope = {}
    exec(compile(text, file, "exec"), scope)  # noqa: S102  the source is ours
    keras.utils.clear_session()
    guard = ShapeGuard()
    with guard:
        model = scope["build"]()
    return guard.check(model)


@pytest.mark.parametrize("lines", RIGHT.values(), ids=RIGHT)
def test_no_alarm_is_raised_over_what_is_no_output(lines):
    assert report_of(*lines).ok


@pytest.mark.parametrize(
    ("line", "layer"),
    [
        ("a = layers.Conv2D(64, 3, name='flat')(image)  # output: (batch, features)", "flat"),
        ("a = layers.Conv2D(64, 3, name='wide')(image)  # 28x28x64", "wide"),
        ("a = layers.Embedding(500, 16, name='table')(words)  # (None, 10, 16)", "table"),
        ("a, *states = layers.LSTM(8, return_state=True, name='read')(steps)  # (None, 9)", "read"),
    ],
)
def test_what_is_an_output_is_still_compared(line, layer):
    assert report_of(line).diagnoses[0].layer == layer


def test_names_of_variables_count_where_no_axis_bears_them():
    given = {"d_model": 64, "height": 28, "T": 9, "x": "a text"}
    specs = ["(B, T, d_model)", "(B, height, width, channels)", "(B, T, 64)", "(B, seq_len, 64)", "(B, x)"]
    kept = ["B None d_model", "B None None None", "B T 64", "B None 64", "B None"]
    assert [str(without_axis_names(parse(spec), given)) for spec in specs] == kept


def test_the_name_in_front_counts_only_where_the_batch_may_be_left_out():
    assert str(without_axis_names(parse("(H, W, C)"), {})) == "H None None"
    assert str(without_axis_names(parse("(H, W, C)"), {}, batch_first=False)) == "None None None"
