"""The rule keras1-size: two equal sizes in a row that can only be a kernel."""

from helpers.linted import corrections, names_in

SUSPICIOUS = [
    "Conv2D(32, 3, 3)",
    "Convolution2D(n, 5, 5, activation='relu')",
    "layers.SeparableConv2D(32, 3, 3, padding='same')",
    "keras.layers.Conv2D(32, 7, 7, strides=2)",
]

FINE = [
    "Conv2D(32, 3, 1)",
    "Conv2D(32, 3, 2, 'same')",
    "Conv2D(32, 1, 1)",
    "Conv2D(32, (3, 3), (3, 3))",
    "Conv2D(32, 3, strides=3)",
    "Conv2DTranspose(32, 3, 3)",
    "Conv2DTranspose(32, 2, 2)",
    "DepthwiseConv2D(3, 3)",
    "Conv1D(32, 3, 3)",
    "Conv2D(*sizes)",
    "Conv2D(32, *sizes)",
    "Conv2D(32, 3, **options)",
    "mine.Conv2D(32, 3, 3)",
]

CORRECTED = {
    "Conv2D(32,3,3,activation='relu')": "Conv2D(32,(3,3),activation='relu')",
    "Conv2D(32, 3,\n       3)": "Conv2D(32, (3,\n       3))",
}


def test_a_suspicious_call_is_found_once():
    assert {source: names_in(source) for source in SUSPICIOUS} == {source: ["keras1-size"] for source in SUSPICIOUS}


def test_a_call_that_may_be_meant_is_left_alone():
    assert {source: names for source in FINE if (names := names_in(source))} == {}


def test_the_corrected_call_keeps_the_users_formatting():
    assert {source: corrections(source) for source in CORRECTED} == {
        source: [corrected] for source, corrected in CORRECTED.items()
    }
