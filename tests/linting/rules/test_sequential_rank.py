"""The rule sequential-rank: a layer of a Sequential that needs another number of axes."""

from helpers.linted import names_in

SUSPICIOUS = [
    "Sequential([Embedding(9, 3), Flatten(), LSTM(3)])",
    "Sequential([Conv2D(3, 3), LSTM(3)])",
    "Sequential([GlobalAveragePooling2D(), Conv2D(3, 3)])",
    "Sequential([Input((28, 28)), Conv2D(3, 3)])",
]

FINE = [
    "Sequential([GlobalAveragePooling2D(keepdims=True), Conv2D(3, 3)])",
    "Sequential([Input((2, 28, 28, 1)), TimeDistributed(Conv2D(3, 3)), TimeDistributed(Flatten()), LSTM(3)])",
]


def test_a_suspicious_call_is_found_once():
    assert {source: names_in(source) for source in SUSPICIOUS} == {source: ["sequential-rank"] for source in SUSPICIOUS}


def test_a_call_that_may_be_meant_is_left_alone():
    assert {source: names for source in FINE if (names := names_in(source))} == {}
