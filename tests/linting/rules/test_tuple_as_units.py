"""The rule tuple-as-units: a tuple for an argument that is one number."""

from helpers.linted import corrections, found_in, names_in

CORRECTED = {
    "Dense((10,))": "Dense(10)",
    "Dense([n + 1], 'relu')": "Dense(n + 1, 'relu')",
    "LSTM(units=(32,))": "LSTM(units=32)",
    "Conv2D((8,), (3, 3))": "Conv2D(8, (3, 3))",
    "Dense((4, 4))": None,
    "Dense((*sizes,))": None,
}

FINE = ["Dense((10))", "Dense(units)", "Dense(units[0])", "Conv2D(8, (3, 3))", "Reshape((3,))", "Embedding(10, 3)"]


def test_a_suspicious_call_is_found_once_with_the_number_itself_if_there_is_one():
    assert {source: names_in(source) for source in CORRECTED} == {source: ["tuple-as-units"] for source in CORRECTED}
    assert {source: corrections(source) for source in CORRECTED} == {
        source: [corrected] for source, corrected in CORRECTED.items()
    }


def test_a_call_that_may_be_meant_is_left_alone():
    assert {source: names for source in FINE if (names := names_in(source))} == {}


def test_the_message_says_what_to_do_for_more_axes():
    ((_, found),) = found_in("Dense((4, 4))")
    assert found.text.headline == "suspicious call Dense: units=(4, 4) must be an int, not a tuple"
    assert found.text.explanation == (
        "Dense takes one number: the size of the last axis of its output. "
        "For an output with more axes, follow the layer by a Reshape."
    )
