"""What people do today to see or assert shapes while training, each as a way to run the same `fit`."""

from __future__ import annotations

import contextlib
import importlib.util
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import keras

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True)
class Rival:
    """`layer(spec)` asserts an output inside the model or is `None`; `callbacks(x)` are fresh ones for a fit."""

    name: str
    layer: Callable[[tuple[str, ...]], Any] | None = None
    callbacks: Callable[[Any], list[Any]] = lambda _: []
    eager: bool = False
    backends: tuple[str, ...] = ("tensorflow", "jax", "torch")
    needs: tuple[str, ...] = ()
    rounds: int | None = None

    def missing(self) -> str | None:
        """Why it cannot run here; `None` where it can."""
        if keras.config.backend() not in self.backends:
            return "other backend"
        absent = [module for module in self.needs if importlib.util.find_spec(module) is None]
        return f"{', '.join(absent)} not installed" if absent else None


def _asserting(spec: tuple[str, ...]) -> Any:
    import tensorflow as tf

    class AssertShapes(keras.layers.Layer):
        def call(self, x):
            tf.debugging.assert_shapes([(x, spec)])
            return x

    return AssertShapes()


def _typed(spec: tuple[str, ...]) -> Any:
    import beartype
    import jaxtyping

    tensor = type(keras.ops.zeros((1,)))
    annotation = jaxtyping.Float[Any if keras.config.backend() == "tensorflow" else tensor, " ".join(spec)]

    @jaxtyping.jaxtyped(typechecker=beartype.beartype)
    def check(x: annotation) -> annotation:  # type: ignore[valid-type]
        return x

    class Typed(keras.layers.Layer):
        def call(self, x):
            return check(x)

    return Typed()


def _printing(spec: tuple[str, ...]) -> Any:
    class Printing(keras.layers.Layer):
        def call(self, x):
            with contextlib.redirect_stdout(io.StringIO()):
                print(x.shape)
            return x

    return Printing()


class Predicting(keras.callbacks.Callback):
    """Asks a model of all activations for their shapes after every batch."""

    def __init__(self, x: Any) -> None:
        super().__init__()
        self.x, self.activations = x[:1], None

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        if self.activations is None:
            outputs = [layer.output for layer in self.model.layers]
            self.activations = keras.Model(self.model.inputs, outputs)
        self.activations.predict(self.x, verbose=0)


def guard(x: Any) -> list[Any]:
    from shapeguard import ShapeGuard

    return [ShapeGuard({"*": "..."})]


def empty(x: Any) -> list[Any]:
    return [keras.callbacks.Callback()]


def predicting(x: Any) -> list[Any]:
    return [Predicting(x)]


RIVALS = (
    Rival("plain fit"),
    Rival("plain fit again (A/A)"),
    Rival("an empty callback", callbacks=empty),
    Rival("ShapeGuard", callbacks=guard),
    Rival("tf.debugging.assert_shapes", layer=_asserting, backends=("tensorflow",)),
    Rival("jaxtyping + beartype in call", layer=_typed, needs=("jaxtyping", "beartype")),
    Rival("jaxtyping + beartype, run_eagerly", layer=_typed, needs=("jaxtyping", "beartype"), eager=True, rounds=3),
    Rival("print(x.shape), run_eagerly", layer=_printing, eager=True, rounds=3),
    Rival("activation-model predict each batch", callbacks=predicting, rounds=1),
)
