"""Which functions of one tensor keep its shape, as their code tells without a call."""

import pytest

from shapeguard.source.elementwise import is_elementwise

SCALE = 127.5


@pytest.mark.parametrize(
    "function", [lambda x: x / 127.5 - 1.0, lambda x: -x, lambda x: 2 * x**2, lambda x: x * x % 3, lambda x: x]
)
def test_arithmetic_on_one_tensor_keeps_its_shape(function):
    assert is_elementwise(function)


@pytest.mark.parametrize(
    "function",
    [
        lambda x: x[0],
        lambda x: x[:, 1:] + 1,
        lambda x: x / SCALE,
        lambda x: float(x) + 1,
        lambda x: x.mean(),
        lambda x: x @ x,
        lambda x, y: x + y,
        lambda x, factor=2: x * factor,
        lambda x: 1.0,
        len,
    ],
)  # fmt: skip
def test_of_other_functions_nothing_is_said(function):
    assert not is_elementwise(function)
