"""The arithmetic of a sliding window, forwards and backwards.

L is the size of the input, o that of the output, k the kernel, s the stride, d the dilation. "valid" gives
(L - d(k - 1) - 1) // s + 1, "same" and "causal" give (L - 1) // s + 1 (keras/src/ops/operation_utils.py).
"""

from __future__ import annotations

Interval = tuple[int, int | None]
"""Both ends belong to it; `None` is no upper end."""

ANY: Interval = (1, None)


def output_size(size: int, kernel: int, stride: int, dilation: int, padding: str) -> int:
    """How many windows fit; zero or negative where the window is larger than the input."""
    if padding == "valid":
        return (size - dilation * (kernel - 1) - 1) // stride + 1
    return (size - 1) // stride + 1


def strides_for(size: int, output: int, kernel: int, dilation: int, padding: str) -> Interval | None:
    """The strides that give `output` windows."""
    room = size - 1 - (dilation * (kernel - 1) if padding == "valid" else 0)
    if room < 0 or output < 1:
        return None
    if output == 1:
        return (room + 1, None)
    return _interval(room // output + 1, room // (output - 1))


def kernels_for(size: int, output: int, stride: int, dilation: int, padding: str) -> Interval | None:
    """The kernel sizes that give `output` windows; every one if padding makes them irrelevant."""
    if padding != "valid":
        return ANY if (size - 1) // stride + 1 == output else None
    if output < 1:
        return None
    least = (size - 1 - stride * output) // dilation + 2
    return _interval(max(1, least), (size - 1 - stride * (output - 1)) // dilation + 1)


def dilations_for(size: int, output: int, kernel: int, stride: int, padding: str) -> Interval | None:
    """The dilation rates that give `output` windows."""
    if padding != "valid" or kernel == 1:
        return ANY if output_size(size, kernel, stride, 1, padding) == output else None
    if output < 1:
        return None
    least = (size - 1 - stride * output) // (kernel - 1) + 1
    return _interval(max(1, least), (size - 1 - stride * (output - 1)) // (kernel - 1))


def pools_for(size: int, output: int, padding: str) -> Interval | None:
    """The window sizes that give `output` windows where the stride is the window."""
    if output < 1:
        return None
    if padding == "valid":
        return _interval(size // (output + 1) + 1, size // output)
    return strides_for(size, output, 1, 1, padding)


def transposed_size(size: int, kernel: int, stride: int, dilation: int, padding: str, extra: int | None) -> int:
    """The size after a transposed convolution; `extra` is `output_padding` (backend/common/backend_utils.py)."""
    extent = (kernel - 1) * dilation + 1
    if padding == "valid":
        return (size - 1) * stride + (max(extent, stride) if extra is None else extent + extra)
    if extra is None:
        return size * stride
    return (size - 1) * stride + extent % 2 + extra


def _interval(low: int, high: int) -> Interval | None:
    return (low, high) if low <= high else None
