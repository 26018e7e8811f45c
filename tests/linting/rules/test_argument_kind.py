"""The rule argument-kind: a literal of the wrong kind for its place."""

from helpers.linted import corrections, names_in

SUSPICIOUS = [
    "Conv3D(32, 3, 3, 3)",
    "Conv2D(32, 3, 3, 3)",
    "UpSampling2D(2, 2)",
    "ZeroPadding2D(1, 1)",
    "MaxPooling3D(2, 2, 2)",
    "MaxPooling2D((2, 2), 'same')",
    "Conv2D(32, (3, 3), 'same')",
    "Dense(784, 128)",
    "Embedding(5000, 64, 100)",
    "Flatten(1)",
]

FINE = [
    "MaxPooling2D(2, 2)",
    "MaxPooling2D(3, 3, 'same')",
    "MaxPooling2D(2, 2, padding='same')",
    "UpSampling2D(2, 'channels_last')",
    "ZeroPadding2D(1)",
    "Dense(10, 'relu')",
    "Dense(10, True)",
]

CORRECTED = {
    "Conv3D(8, 3, 3, 3)": "Conv3D(8, (3, 3, 3))",
    "UpSampling2D(2, 2)": "UpSampling2D((2, 2))",
    "MaxPooling2D((2, 2), 'same')": "MaxPooling2D((2, 2), padding='same')",
}

UNKNOWABLE = [
    "Dense(784, 128)",
]


def test_a_suspicious_call_is_found_once():
    assert {source: names_in(source) for source in SUSPICIOUS} == {source: ["argument-kind"] for source in SUSPICIOUS}


def test_a_call_that_may_be_meant_is_left_alone():
    assert {source: names for source in FINE if (names := names_in(source))} == {}


def test_the_corrected_call_keeps_the_users_formatting():
    assert {source: corrections(source) for source in CORRECTED} == {
        source: [corrected] for source, corrected in CORRECTED.items()
    }


def test_no_correction_is_offered_if_the_right_value_cannot_be_known():
    assert {source: corrections(source) for source in UNKNOWABLE} == {source: [None] for source in UNKNOWABLE}
