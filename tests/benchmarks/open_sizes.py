"""Who notices a wrong layer when the trace does not know the sizes: right or wrong layer x graph or XLA.

    python tests/benchmarks/open_sizes.py

A dataset whose specs leave height and width open serves images of 28 x 28 to a convolution that is expected to give
26 x 26. The right one does; the wrong one has strides=3 and gives 9 x 9. TensorFlow only: the others know all sizes.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path.insert(0, str(Path(__file__).parents[2]))

import keras
import numpy as np
import tensorflow as tf
from keras import layers

if TYPE_CHECKING:
    from collections.abc import Callable

SPEC = ("B", 26, 26, 4)


class Checking(layers.Layer):
    """Passes its input through a check of somebody else's."""

    def __init__(self, check: Callable[[Any], Any]) -> None:
        super().__init__()
        self.check = check

    def call(self, x: Any) -> Any:
        return self.check(x)


def assert_shapes(x: Any) -> Any:
    tf.debugging.assert_shapes([(x, SPEC)])
    return x


def assert_equal(x: Any) -> Any:
    tf.debugging.assert_equal(tf.shape(x)[1:], (26, 26, 4))
    return x


def jaxtyping_check(x: Any) -> Any:
    from jaxtyping import Float

    if not isinstance(x, Float[tf.Tensor, "B 26 26 4"]):
        message = "jaxtyping: not Float[Tensor, 'B 26 26 4']"
        raise TypeError(message)
    return x


def eincheck_check(x: Any) -> Any:
    from eincheck import check_shapes

    check_shapes((x, "b 26 26 4"))
    return x


def check_shapes_check(x: Any) -> Any:
    from check_shapes import check_shape

    return check_shape(x, "[B, 26, 26, 4]")


def guard() -> list[Any]:
    from shapeguard import ShapeGuard

    return [ShapeGuard({"conv": "B 26 26 4"})]


def batches() -> Any:
    def serve() -> Any:
        for _ in range(2):
            yield np.zeros((4, 28, 28, 1), "float32"), np.zeros((4,), "int32")

    return tf.data.Dataset.from_generator(
        serve, output_signature=(tf.TensorSpec((None, None, None, 1)), tf.TensorSpec((None,), "int32"))
    )


def alarm(check: Callable[[Any], Any] | None, strides: int, *, jit_compile: bool) -> bool:
    """Whether training raises; without a check of somebody else's, ShapeGuard watches."""
    try:
        conv = layers.Conv2D(4, 3, strides=strides, name="conv")
        checks = [] if check is None else [Checking(check)]
        rest = [layers.GlobalAveragePooling2D(), layers.Dense(3, activation="softmax")]
        model = keras.Sequential([keras.Input((None, None, 1)), conv, *checks, *rest])
        model.compile("sgd", "sparse_categorical_crossentropy", jit_compile=jit_compile)
        model.fit(batches(), verbose=0, shuffle=False, callbacks=guard() if check is None else None)
    except Exception:  # noqa: BLE001  each has an exception of its own
        return True
    return False


CHECKS: dict[str, tuple[Callable[[Any], Any] | None, str]] = {
    "ShapeGuard": (None, "shapeguard"),
    "tf.debugging.assert_shapes": (assert_shapes, "tensorflow"),
    "tf.debugging.assert_equal": (assert_equal, "tensorflow"),
    "jaxtyping": (jaxtyping_check, "jaxtyping"),
    "eincheck": (eincheck_check, "eincheck"),
    "check_shapes": (check_shapes_check, "check_shapes"),
}


VERSIONS = ("keras", "tensorflow", "jaxtyping", "eincheck", "check-shapes")


def installed(distribution: str) -> bool:
    return importlib.util.find_spec(distribution.replace("-", "_")) is not None


def row(name: str) -> str:
    check, module = CHECKS[name]
    if not installed(module):
        return f"| {name} | not installed | | | |"
    cells = []
    for strides, wanted in ((1, False), (3, True)):
        for jit_compile in (False, True):
            raised = alarm(check, strides, jit_compile=jit_compile)
            cells.append("right" if raised == wanted else ("false alarm" if raised else "missed"))
    return f"| {name} | {' | '.join(cells)} |"


def main() -> None:
    warnings.simplefilter("ignore")
    print(", ".join(f"{name} {importlib.metadata.version(name)}" for name in VERSIONS if installed(name)), end="\n\n")
    print("| | right layer, graph | right layer, XLA | wrong layer, graph | wrong layer, XLA |")
    print("|---|---|---|---|---|")
    for name in CHECKS:
        print(row(name), flush=True)


if __name__ == "__main__":
    main()
