"""Which calls of a program change nothing and only depend on what they are given: functions of arrays, by their names."""

from __future__ import annotations

from shapeguard.source.line_slips import JOINING, PRODUCTS

BUILT_IN = frozenset({"int", "float", "len", "tuple", "list", "range", "abs", "min", "max", "sum", "round", "sorted"})
"""Of Python's own functions."""
FUNCTIONS = (
    JOINING
    | PRODUCTS
    | frozenset(
        "abs add append arange argmax argmin argsort array array_split asarray astype broadcast_to cast ceil clip "
        "constant convert_to_tensor copy cos delete diff divide einsum equal exp expand_dims eye flatten flip "
        "float32 floor full full_like int32 linspace log maximum mean median minimum moveaxis multiply norm one_hot "
        "ones ones_like outer pad power prod ravel reduce_max reduce_mean reduce_min reduce_sum repeat reshape roll "
        "round shape sin sort split sqrt square squeeze std subtract sum swapaxes take tensordot tile to_categorical "
        "transpose true_divide unique var where zeros zeros_like max min amax amin pad_sequences append".split()
    )
)
"""Of the modules of NumPy, Keras and the backends."""
METHODS = frozenset(
    "all any argmax argmin astype clip copy cumsum detach dot flatten item max mean min numpy prod ravel repeat reshape "
    "round squeeze std sum swapaxes tolist transpose var view permute unsqueeze".split()
)
"""Of arrays and tensors."""
