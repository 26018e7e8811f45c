"""The rule return-sequences: a recurrent layer that returns its last step before one that needs all."""

from helpers.linted import corrections, names_in

SUSPICIOUS = [
    "Sequential([LSTM(3), LSTM(3)])",
    "Sequential([Bidirectional(LSTM(3)), GRU(3)])",
    "Sequential([Embedding(9, 3), LSTM(3, return_sequences=False), Dropout(0.1), LSTM(3)])",
    "Sequential([SimpleRNN(3), TimeDistributed(Dense(3))])",
    "m = Sequential()\nm.add(LSTM(3))\nm.add(LSTM(3))",
]

FINE = [
    "Sequential([LSTM(3, return_sequences=True), LSTM(3)])",
    "Sequential([LSTM(3, return_sequences=more), LSTM(3)])",
    "Sequential([LSTM(3, **options), LSTM(3)])",
    "Sequential([LSTM(3), RepeatVector(9), LSTM(3)])",
    "Sequential([LSTM(3), Reshape((3, 1)), LSTM(3)])",
    "Sequential([LSTM(3), anything(), LSTM(3)])",
    "m = Sequential()\nm.add(LSTM(3))\nif deep:\n    m.add(RepeatVector(3))\nm.add(LSTM(3))",
    "m = Sequential()\nm.add(LSTM(3))\nhelp(m)\nm.add(LSTM(3))",
    "m = Sequential()\nm.add(LSTM(3))\nm = Sequential()\nm.add(LSTM(3))",
]

CORRECTED = {
    "Sequential([LSTM(3,), LSTM(3)])": "LSTM(3, return_sequences=True,)",
    "Sequential([LSTM(3, return_sequences=False), LSTM(3)])": "LSTM(3, return_sequences=True)",
}


def test_a_suspicious_call_is_found_once():
    assert {source: names_in(source) for source in SUSPICIOUS} == {
        source: ["return-sequences"] for source in SUSPICIOUS
    }


def test_a_call_that_may_be_meant_is_left_alone():
    assert {source: names for source in FINE if (names := names_in(source))} == {}


def test_the_corrected_call_keeps_the_users_formatting():
    assert {source: corrections(source) for source in CORRECTED} == {
        source: [corrected] for source, corrected in CORRECTED.items()
    }
