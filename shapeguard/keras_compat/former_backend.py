"""Functions of `keras.backend` that Keras 3 no longer has, and what does the same there."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_MODULES = ("keras.backend", "keras.api.backend", "keras._tf_keras.keras.backend")  # 3.0 to 3.15


@dataclass(frozen=True, slots=True)
class Successor:
    """The function that does the same, by its path.

    `renamed` are keywords with other names now. `given` is the position of an argument that was left to its default,
    and how that is written now, where the two defaults differ.
    """

    path: str
    renamed: Mapping[str, str] = field(default_factory=dict)
    given: tuple[int, str] | None = None


_SAME = (
    *("abs", "all", "any", "cast", "clip", "cos", "dot", "elu", "equal", "exp", "eye", "greater", "greater_equal"),
    *("hard_sigmoid", "less", "less_equal", "log", "max", "maximum", "mean", "min", "minimum", "ndim", "not_equal"),
    *("one_hot", "ones", "ones_like", "prod", "relu", "reshape", "round", "shape", "sigmoid", "sign", "sin"),
    *(
        "softmax",
        "softplus",
        "softsign",
        "sqrt",
        "square",
        "squeeze",
        "stack",
        "std",
        "sum",
        "tanh",
        "tile",
        "transpose",
    ),
    *(
        "var",
        "zeros",
        "zeros_like",
        "binary_crossentropy",
        "categorical_crossentropy",
        "sparse_categorical_crossentropy",
    ),
)
"""Those that `keras.ops` has under the same name, with the same arguments in the same order and the same defaults."""

SUCCESSORS: Mapping[str, Successor] = {
    **{name: Successor(f"keras.ops.{name}") for name in _SAME},
    "argmax": Successor("keras.ops.argmax", given=(1, "axis=-1")),
    "argmin": Successor("keras.ops.argmin", given=(1, "axis=-1")),
    "arange": Successor("keras.ops.arange"),
    "concatenate": Successor("keras.ops.concatenate", {"tensors": "xs"}, (1, "axis=-1")),
    "constant": Successor("keras.ops.convert_to_tensor"),
    "cumsum": Successor("keras.ops.cumsum", given=(1, "axis=0")),
    "cumprod": Successor("keras.ops.cumprod", given=(1, "axis=0")),
    "expand_dims": Successor("keras.ops.expand_dims", given=(1, "axis=-1")),
    "gather": Successor("keras.ops.take", {"reference": "x"}, (2, "axis=0")),
    "l2_normalize": Successor("keras.ops.normalize"),
    "permute_dimensions": Successor("keras.ops.transpose", {"pattern": "axes"}),
    "pow": Successor("keras.ops.power", {"x": "x1", "a": "x2"}),
    "random_normal": Successor("keras.random.normal"),
    "random_uniform": Successor("keras.random.uniform"),
    "repeat_elements": Successor("keras.ops.repeat", {"rep": "repeats"}),
    "reverse": Successor("keras.ops.flip", {"axes": "axis"}),
    "switch": Successor("keras.ops.where", {"then_expression": "x1", "else_expression": "x2"}),
}
FORMS: Mapping[str, tuple[tuple[str, ...], str]] = {
    "batch_flatten": (("x",), "keras.ops.reshape(x, (-1, math.prod(x.shape[1:])))"),
    "flatten": (("x",), "keras.ops.reshape(x, (-1,))"),
    "int_shape": (("x",), "x.shape"),
    "repeat": (("x", "n"), "keras.ops.repeat(keras.ops.expand_dims(x, 1), n, axis=1)"),
}
"""Those of which an expression does the same, in the names of their parameters."""


def missing_function(exception: BaseException) -> tuple[BaseException, str] | None:
    """The function of `keras.backend` that a program asked for in vain, with what was raised then.

    Keras puts another exception in the place of that (utils/traceback_utils.py, 3.0 to 3.15). `None` of all others.
    """
    inner: BaseException | None = exception
    while inner is not None:
        if isinstance(inner, AttributeError) and isinstance(inner.obj, ModuleType) and inner.obj.__name__ in _MODULES:
            name = inner.name or ""
            return (inner, name) if name in SUCCESSORS or name in FORMS else None
        inner = inner.__cause__ or inner.__context__
    return None
