"""Which parameter a keyword was meant to be."""

import pytest
from keras import layers

from shapeguard.layers.close_names import close_name, keywords_of, needed_by

CONVOLUTION = keywords_of(layers.Conv2D)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("stride", "strides"),
        ("kernal_size", "kernel_size"),
        ("kernelsize", "kernel_size"),
        ("Filters", "filters"),
        ("kernel", "kernel_size"),
        ("size", "kernel_size"),
        ("dilation", "dilation_rate"),
        ("initializer", None),
        ("units", None),
        ("colour", None),
    ],
)
def test_a_name_is_close_by_its_letters_or_by_its_words(written, meant):
    assert close_name(written, CONVOLUTION, needed_by(layers.Conv2D)) == meant


def test_the_keywords_of_the_base_class_belong_to_a_layer():
    assert {"strides", "name", "trainable", "dtype"} <= set(CONVOLUTION)


def test_what_has_no_default_is_needed():
    assert needed_by(layers.Conv2D) == ("filters", "kernel_size")
