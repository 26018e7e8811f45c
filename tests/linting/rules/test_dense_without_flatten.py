"""The rule dense-without-flatten: Dense layers that end an image classifier without Flatten."""

import pytest
from helpers.linted import found_in, names_in

SUSPICIOUS = [
    "Sequential([Conv2D(3, 3), MaxPooling2D(), Dense(9), Dense(3, activation='softmax')])",
    "m = Sequential()\nm.add(Conv2D(3, 3))\nm.add(Dense(3))\nm.add(Activation('softmax'))",
]

FINE = [
    "Sequential([Conv2D(3, 3), Flatten(), Dense(3)])",
    "Sequential([Conv2D(3, 3), GlobalMaxPooling2D(), Dense(3)])",
    "Sequential([Conv2D(3, 3), Dense(3), Conv2D(3, 3)])",
    "Sequential([Conv2D(3, 3), Dense(3), Flatten(), Dense(3)])",
    "Sequential([Conv2D(3, 3), anything(), Dense(3)])",
    "Sequential([Conv1D(3, 3), Dense(3)])",
    "m = Sequential()\nm.add(Conv2D(3, 3))\nm.add(Dense(3))\nfinish(m)",
]


def test_a_suspicious_call_is_found_once():
    assert {source: names_in(source) for source in SUSPICIOUS} == {
        source: ["dense-without-flatten"] for source in SUSPICIOUS
    }


def test_a_call_that_may_be_meant_is_left_alone():
    assert {source: names for source in FINE if (names := names_in(source))} == {}


@pytest.mark.parametrize(
    ("source", "place", "replacement"),
    [
        ("Sequential([Conv2D(3, 3), Dense(9)])", (5, 26), "Flatten(), "),
        ("Sequential([\n    layers.Conv2D(3, 3),\n    layers.Dense(9),\n])", (7, 4), "layers.Flatten(),\n    "),
        ("m = Sequential()\nm.add(Conv2D(3, 3))\nm.add(Dense(9))", (7, 0), "m.add(Flatten())\n"),
    ],
)
def test_a_missing_flatten_is_put_in_the_form_of_its_neighbours(source, place, replacement):
    ((_, found),) = found_in(source)
    (change,) = found.changes
    assert (change.replaces.line, change.replaces.column) == place
    assert (change.replaces.end_line, change.replaces.end_column) == place
    assert change.replacement == replacement
