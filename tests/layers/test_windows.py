"""The inverses of the sliding window against brute force."""

from hypothesis import given
from hypothesis import strategies as st

from shapeguard.layers import windows

SMALL = st.integers(1, 40)
PADDING = st.sampled_from(["valid", "same"])


def holds(interval, value):
    return interval is not None and interval[0] <= value and (interval[1] is None or value <= interval[1])


@given(size=SMALL, kernel=st.integers(1, 7), stride=st.integers(1, 6), dilation=st.integers(1, 3), padding=PADDING)
def test_an_inverse_holds_exactly_the_values_that_give_the_size(size, kernel, stride, dilation, padding):
    output = windows.output_size(size, kernel, stride, dilation, padding)
    if output < 1:
        return
    strides = windows.strides_for(size, output, kernel, dilation, padding)
    kernels = windows.kernels_for(size, output, stride, dilation, padding)
    dilations = windows.dilations_for(size, output, kernel, stride, padding)
    for value in range(1, 45):
        assert holds(strides, value) == (windows.output_size(size, kernel, value, dilation, padding) == output)
        assert holds(kernels, value) == (windows.output_size(size, value, stride, dilation, padding) == output)
        assert holds(dilations, value) == (windows.output_size(size, kernel, stride, value, padding) == output)


@given(size=SMALL, pool=SMALL, padding=PADDING)
def test_a_pool_with_its_own_stride_is_inverted_exactly(size, pool, padding):
    output = windows.output_size(size, pool, pool, 1, padding)
    if output < 1:
        return
    interval = windows.pools_for(size, output, padding)
    for value in range(1, 45):
        assert holds(interval, value) == (windows.output_size(size, value, value, 1, padding) == output)


def test_a_size_that_no_stride_gives_has_no_inverse():
    assert windows.strides_for(28, 17, 3, 1, "valid") is None
    assert windows.kernels_for(28, 30, 1, 1, "valid") is None
    assert windows.pools_for(28, 11, "valid") is None
