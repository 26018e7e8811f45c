"""Functions of `keras.ops` through which no shape is followed, each with the reason."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

RUNS_FUNCTIONS = "it runs functions of the user, which may use tensors that it is not given"
MAKES_TENSORS = "it makes a tensor from numbers: none comes in"
GIVES_NO_TENSOR = "it returns what is known of a tensor, not a tensor of the network"
IS_NO_CALL = "it returns a function; what that does is recorded when it is called"
DEPENDS_ON_VALUES = "the sizes of what it returns depend on the values"
IS_UNTRUE = "Keras' own formula gives other shapes than the function"
STRETCHES_NOTHING = "Keras' own formula gives the shape of the first tensor, also where the second is larger"
TURNS_ONCE = "Keras' own formula exchanges the two axes however often it turns"

OPAQUE = {
    **dict.fromkeys(
        ("associative_scan", "cond", "fori_loop", "jvp", "map", "scan", "switch", "vectorized_map", "while_loop"),
        RUNS_FUNCTIONS,
    ),
    **dict.fromkeys(("arange", "empty", "eye", "full", "identity", "ones", "tri", "zeros"), MAKES_TENSORS),
    **dict.fromkeys(("bartlett", "blackman", "hamming", "hanning", "kaiser"), MAKES_TENSORS),
    **dict.fromkeys(("convert_to_numpy", "dtype", "is_tensor", "ndim", "shape", "size"), GIVES_NO_TENSOR),
    **dict.fromkeys(("custom_gradient", "vectorize"), IS_NO_CALL),
    **dict.fromkeys(("nonzero", "unique"), DEPENDS_ON_VALUES),
    **dict.fromkeys(("bitwise_and", "bitwise_or", "bitwise_xor", "polar"), STRETCHES_NOTHING),
    **dict.fromkeys(("bitwise_left_shift", "bitwise_right_shift", "left_shift", "right_shift"), STRETCHES_NOTHING),
    "rot90": TURNS_ONCE,
    **dict.fromkeys(("adaptive_average_pool", "adaptive_max_pool", "corrcoef", "slogdet"), IS_UNTRUE),
}
"""By the name of the function."""

_CLASSES = frozenset(name.replace("_", "") for name in OPAQUE)


def opaque_operations() -> Mapping[str, str]:
    """The functions without a rule, by name, each with the reason."""
    return MappingProxyType(OPAQUE)


def is_opaque_operation(name: str) -> bool:
    """Whether the class of operation with this name (`WhileLoop`) belongs to a function without a rule."""
    return name.lower() in _CLASSES
