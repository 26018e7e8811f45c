"""When two values of an argument mean the same to Keras."""

import pytest

from shapeguard.source.value_equality import is_configured, same_value


@pytest.mark.parametrize(
    ("value", "other", "same"),
    [
        (2, (2, 2), True),
        ([2, 2], (2, 2), True),
        (((1, 1), (1, 1)), ((1, 1), (1, 1)), True),
        (2, (2, 3), False),
        ((2,), 3, False),
        ("same", "valid", False),
        (None, None, True),
        ((), 2, False),
    ],
)
def test_a_size_is_the_same_for_every_axis(value, other, same):
    assert same_value(value, other) is same
    assert same_value(other, value) is same


@pytest.mark.parametrize(
    ("value", "configured", "gives"),
    [
        (3, (3, 3), True),
        ([3, 3], (3, 3), True),
        ((3, 3), (3, 3, 3), False),
        ("SAME", "same", True),
        (None, "glorot_uniform", True),
        (None, (1, 1), True),
        ("linear", None, True),
        ("relu", {"class_name": "ReLU"}, True),
        ("relu", "tanh", False),
        ("relu", (1, 1), False),
        (4, 5, False),
    ],
)
def test_a_written_value_is_compared_with_the_config_that_keras_makes_of_it(value, configured, gives):
    assert is_configured(value, configured) is gives
