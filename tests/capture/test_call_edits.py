"""Corrected calls: the user's own text with exactly the changed arguments changed."""

import ast
import inspect
import textwrap

import keras
import pytest
from helpers.annotated_programs import run, text_of
from hypothesis import given, settings
from hypothesis import strategies as st

from shapeguard.capture import constructions
from shapeguard.capture.call_edits import Correction, corrected_call
from shapeguard.capture.constructions import construction_of

constructions.install()

HEADER = "import keras\nfrom keras import layers\nfrom keras.layers import *\n"
TABLE = [
    ("Convolution2D(32, 3, 3, activation='relu')", {"strides": (1, 1)}, "Convolution2D(32, (3, 3), activation='relu')"),
    ("Convolution2D(32,3,3,activation='relu')", {"strides": (1, 1)}, "Convolution2D(32,(3,3),activation='relu')"),
    ("Conv2D(32, 3, 5)", {"strides": (1, 1)}, "Conv2D(32, 3)"),
    ("Conv2D(32, 3, 5)", {"strides": 1, "kernel_size": (3, 5)}, "Conv2D(32, (3, 5))"),
    ("Conv2D(32, 3, 3, 'same')", {"strides": (1, 1)}, "Conv2D(32, 3, 1, 'same')"),
    ("Conv2D(32, (3), (2))", {"strides": (1, 1)}, "Conv2D(32, (3))"),
    ("Conv1D(32, 3, 3)", {"strides": 1}, "Conv1D(32, 3)"),
    ("Conv2D(32, [3, 3], strides=[2,2])", {"strides": (1, 1)}, "Conv2D(32, [3, 3], strides=[1, 1])"),
    ("MaxPooling2D(2, 2)", {"strides": None}, "MaxPooling2D(2)"),
    ("MaxPooling2D()", {"pool_size": (3, 3)}, "MaxPooling2D(pool_size=3)"),
    ("Conv2D(4, (3, 3))", {"strides": (2, 2)}, "Conv2D(4, (3, 3), strides=(2, 2))"),
    ("Dense((4))", {"units": 5, "use_bias": False}, "Dense(5, use_bias=False)"),
    ("Dense(units = 3)", {"units": 5}, "Dense(units = 5)"),
    ("Dense(**dict(units=4))", {"use_bias": False}, "Dense(**dict(units=4), use_bias=False)"),
    ("Reshape((4, 4, 1))", {"target_shape": (16,)}, "Reshape((16,))"),
    ("ZeroPadding2D(padding=1)", {"padding": ((2, 2), (2, 2))}, "ZeroPadding2D(padding=2)"),
    ("LSTM(8, activation='tanh')", {"return_sequences": True}, "LSTM(8, activation='tanh', return_sequences=True)"),
    ("Conv2D(4, 3, padding='valid')", {"padding": "same"}, "Conv2D(4, 3, padding='same')"),
    ("Conv2D(4, 3, name='a,b(')", {"padding": "same"}, "Conv2D(4, 3, name='a,b(', padding='same')"),
    (
        "Conv2D(\n    4,  # é, (\n    3,\n)",
        {"padding": "same"},
        'Conv2D(\n    4,  # é, (\n    3,\n    padding="same",\n)',
    ),
]


@pytest.mark.parametrize(("written", "changes", "corrected"), TABLE, ids=[row[0] for row in TABLE])
def test_the_correction_is_in_the_users_own_formatting(written, changes, corrected, tmp_path):
    construction = construction_of(run(tmp_path, f"{HEADER}layer = {written}\n")["layer"])
    correction = corrected_call(construction, changes)
    assert correction.text == corrected
    assert (
        written.replace(text_of(correction.replaces), correction.replacement, 1) == corrected
        or _put(construction, correction) == corrected
    )


def _put(construction, correction):
    """The call with the replacement at exactly the place that is named."""
    lines = text_of(construction.call).split("\n")
    start, span = construction.call, correction.replaces
    row, end_row = span.line - start.line, span.end_line - start.line
    shift = lambda line, column: column - start.column if line == start.line else column
    head = lines[row][: shift(span.line, span.column)]
    tail = lines[end_row][shift(span.end_line, span.end_column) :]
    return "\n".join([*lines[:row], head + correction.replacement + tail, *lines[end_row + 1 :]])


def test_an_argument_that_a_star_passes_is_written_out_but_not_replaced(tmp_path):
    layer = run(tmp_path, f"{HEADER}k = dict(units=4)\nlayer = Dense(**k)\n")["layer"]
    assert corrected_call(construction_of(layer), {"units": 5}) == Correction("Dense(units=5)", None, None)


def test_without_source_the_call_is_written_out_from_its_values(tmp_path):
    layer = run(tmp_path, f"{HEADER}exec(\"layer = Conv2D(4, 3, activation='relu')\")\n")["layer"]
    assert corrected_call(construction_of(layer), {"padding": "same"}) == Correction(
        'Conv2D(4, 3, activation="relu", padding="same")', None, None
    )


SIZES = st.integers(1, 5)
PAIRS = st.tuples(SIZES, SIZES)
VALUES = {
    "filters": SIZES,
    "kernel_size": SIZES | PAIRS,
    "strides": SIZES | PAIRS,
    "padding": st.sampled_from(["valid", "same"]),
    "use_bias": st.booleans(),
    "dilation_rate": PAIRS,
}
ORDER = ["filters", "kernel_size", "strides", "padding"]


@st.composite
def _calls(draw):
    """A Conv2D call in some formatting, and changes of some of its arguments."""
    count = draw(st.integers(0, 4))
    arguments = {name: draw(VALUES[name]) for name in ORDER[: max(count, 2)]}
    extra = {name: draw(VALUES[name]) for name in draw(st.sets(st.sampled_from(["use_bias", "dilation_rate"])))}
    comma = draw(st.sampled_from([", ", ",", ",\n    ", " ,  # c, (\n    "]))
    texts = [repr(v) for v in list(arguments.values())[:count]]
    texts += [f"{name}={value!r}" for name, value in list(arguments.items())[count:]]
    texts += [f"{name}={value!r}" for name, value in extra.items()]
    changed = draw(st.sets(st.sampled_from(sorted(VALUES)), min_size=1, max_size=3))
    return f"Conv2D({comma.join(texts)})", {name: draw(VALUES[name]) for name in changed}


def _bound(text):
    """What a call binds, as Keras understands it."""
    call = ast.parse(textwrap.dedent(text), mode="eval").body
    values = [ast.literal_eval(node) for node in call.args]
    named = {keyword.arg: ast.literal_eval(keyword.value) for keyword in call.keywords}
    bound = inspect.signature(keras.layers.Conv2D).bind(*values, **named)
    bound.apply_defaults()
    sizes = {"kernel_size", "strides", "dilation_rate"}
    pair = lambda value: (value, value) if isinstance(value, int) else tuple(value)
    return {name: pair(value) if name in sizes else value for name, value in bound.arguments.items()}


@pytest.fixture(scope="module")
def module_path(tmp_path_factory):
    return tmp_path_factory.mktemp("calls")


@settings(max_examples=60, deadline=None)
@given(call=_calls())
def test_a_corrected_call_binds_exactly_the_changed_arguments(call, module_path):
    written, changes = call
    program = f"from shapeguard.capture import constructions\nmade = []\n{HEADER}"
    program += f"try:\n    made.append(({written}))\nexcept ValueError:\n    made.append(None)\n"
    layer = run(module_path, program)["made"][0]
    if layer is None:
        return  # Keras refuses strides together with dilation
    correction = corrected_call(construction_of(layer), changes)
    sizes = {"kernel_size", "strides"}
    wanted = {name: (v, v) if name in sizes and isinstance(v, int) else v for name, v in changes.items()}
    assert _bound(correction.text) == {**_bound(written), **wanted}
