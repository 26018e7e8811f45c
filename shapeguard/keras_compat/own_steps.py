"""A step of the user's own, `train_step` or the like, as one call that runs on KerasTensors.

What is computed of a loss, its gradients and the updates that these make, is left out: it needs values.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
import threading
from typing import TYPE_CHECKING, Any

import keras
from keras.src.losses import loss  # 3.0 to 3.15, losses/loss.py: `reduce_values`

from shapeguard.keras_compat import interception, keras_layers, step_functions, symbolic_runs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from shapeguard.records.network import Phase

_UPDATES = ("apply_gradients", "apply", "minimize")
"""What an optimizer does to weights: 3.0 to 3.15, optimizers/base_optimizer.py."""

_ASSIGNMENTS = ("assign", "assign_add", "assign_sub")
"""What changes a variable: 3.0 to 3.15, backend/common/variables.py."""


class OwnStep:
    """A step of a model, as a call of the network: it takes a batch, as `train_step` does."""

    def __init__(self, model: Any, phase: Phase) -> None:
        self.model, self.phase, self.name = model, phase, model.name

    @property
    def method(self) -> Callable[..., Any]:
        """The method of the user's own that the step runs."""
        is_own = step_functions.has_own_step(self.model, self.phase)
        method: Callable[..., Any] = getattr(self.model, step_functions.STEPS[self.phase] if is_own else "compute_loss")
        return method

    def call(self, data: Any) -> Any:
        """Takes the step, by the methods of the user's own."""
        is_own = step_functions.has_own_step(self.model, self.phase)
        return self.method(data) if is_own else self._own_loss(data)

    def __call__(self, data: Any) -> Any:
        """Takes the step as one call that interceptors see."""
        return interception.through_interceptors(type(self).call, self, data)

    def _own_loss(self, data: Any) -> Any:
        """A step of Keras' own up to the loss, which a method of the user's computes."""
        x, y, sample_weight = keras.utils.unpack_x_y_sample_weight(data)
        outputs = self.model(x, **symbolic_runs.training_argument(self.model, training=self.phase == "train"))
        given = {"x": x, "y": y, "y_pred": outputs, "sample_weight": sample_weight, "training": self.phase == "train"}
        taken = inspect.signature(self.model.compute_loss).parameters  # without `training` before 3.4
        return self.model.compute_loss(**{name: value for name, value in given.items() if name in taken})


class OwnFunction(OwnStep):
    """A loss or metric of the user's own, as a call of the network: it takes targets and outputs."""

    def __init__(self, model: Any, phase: Phase, function: Callable[..., Any]) -> None:
        super().__init__(model, phase)
        self._function = function

    @property
    def method(self) -> Callable[..., Any]:
        """The function itself."""
        return self._function

    def call(self, data: Any) -> Any:
        """What the function gives of targets and outputs."""
        return self._function(*data)


class LossStep(OwnFunction):
    """A step up to a loss or metric of the user's own: it takes the inputs and the target of one output of a model."""

    def __init__(self, model: Any, phase: Phase, function: Callable[..., Any], output: int) -> None:
        super().__init__(model, phase, function)
        self._output = output

    def call(self, data: Any) -> Any:
        """What the function gives of the target and the output that the model makes of the inputs."""
        x, target = data
        made = self.model(x, **symbolic_runs.training_argument(self.model, training=self.phase == "train"))
        return self._function(target, keras.tree.flatten(made)[self._output])


def has_own_code(model: Any, phase: Phase) -> bool:
    """Whether a step of the model runs code of the user's own beside the model's call."""
    is_own = step_functions.has_own_step(model, phase)
    return is_own or (phase != "predict" and step_functions.is_overridden(model, "compute_loss"))


@contextlib.contextmanager
def left_out() -> Iterator[None]:
    """While it lasts, optimizers update nothing, random numbers are symbols, and no gradients of symbols are computed.

    The mean of a loss of symbols is a symbol, and a gradient is one like what it is by. No variable takes a symbol:
    metrics keep what they had. Other threads notice nothing.
    """
    optimizer: Any = keras.optimizers.Optimizer
    patched = [(optimizer, name, _nothing) for name in _UPDATES if hasattr(optimizer, name)]
    variable: Any = keras.Variable
    patched += [(variable, name, _assigned_beside(getattr(variable, name))) for name in _ASSIGNMENTS]
    patched += [
        (keras.random, name, _drawn(function)) for name, function in vars(keras.random).items() if _draws(function)
    ]
    patched.append((loss, "reduce_values", _reduced_beside(loss.reduce_values)))
    if keras.config.backend() == "tensorflow":
        import tensorflow as tf  # noqa: PLC0415  loaded already: it is the backend

        patched.append((tf.GradientTape, "gradient", _gradient_beside(tf.GradientTape.gradient)))
        patched.append((tf.GradientTape, "watch", _watch_beside(tf.GradientTape.watch)))
    with contextlib.ExitStack() as stack:
        for owner, name, function in patched:
            if name in vars(owner):
                stack.callback(setattr, owner, name, vars(owner)[name])
            else:
                stack.callback(delattr, owner, name)
            setattr(owner, name, _in_this_thread(function, getattr(owner, name)))
        yield


def _in_this_thread(function: Callable[..., Any], original: Callable[..., Any]) -> Callable[..., Any]:
    """The function for the thread that asks now, the original for any other: a model may train there."""
    own = threading.get_ident()

    @functools.wraps(original)
    def either(*args: Any, **kwargs: Any) -> Any:
        return (function if threading.get_ident() == own else original)(*args, **kwargs)

    return either


def _draws(function: Any) -> bool:
    """Whether this draws random numbers of a shape that it is given."""
    return inspect.isfunction(function) and "shape" in inspect.signature(function).parameters


def _drawn(function: Callable[..., Any]) -> Callable[..., Any]:
    """Gives a symbol of the shape that is to be drawn: the seeds of a step that was left belong to its graph."""
    signature = inspect.signature(function)

    @functools.wraps(function)
    def drawn(*args: Any, **kwargs: Any) -> Any:
        given = signature.bind(*args, **kwargs).arguments
        shape = [size if isinstance(size, int) else _size(size) for size in given["shape"]]
        return keras_layers.KerasTensor(shape, dtype=given.get("dtype") or keras.config.floatx())

    return drawn


def _size(size: Any) -> int | None:
    """A size that is given as a tensor; `None` of a symbol."""
    return None if isinstance(size, keras_layers.KerasTensor) else int(size)


def _nothing(*_: Any, **__: Any) -> None:
    """Stands for an update."""


def _reduced_beside(original: Callable[..., Any]) -> Callable[..., Any]:
    """Takes the mean over symbols without their number, which Keras counts in a tensor."""
    signature = inspect.signature(original)

    def reduce_values(*args: Any, **kwargs: Any) -> Any:
        given = signature.bind(*args, **kwargs)
        given.apply_defaults()
        values, reduction = (given.arguments[name] for name in ("values", "reduction"))
        is_mean = isinstance(values, keras_layers.KerasTensor) and reduction not in {None, "none", "sum"}
        return keras.ops.mean(values) if is_mean else original(*args, **kwargs)

    return reduce_values


def _gradient_beside(original: Callable[..., Any]) -> Callable[..., Any]:
    def gradient(self: Any, target: Any, sources: Any, *args: Any, **kwargs: Any) -> Any:
        if not keras_layers.any_symbolic_tensors((target, sources)):
            return original(self, target, sources, *args, **kwargs)
        return keras.tree.map_structure(_like_symbol, sources)

    return gradient


def _like_symbol(source: Any) -> Any:
    dtype = keras.backend.standardize_dtype(source.dtype)
    return keras_layers.KerasTensor(tuple(source.shape), dtype=dtype)


def _assigned_beside(original: Callable[..., Any]) -> Callable[..., Any]:
    def assign(self: Any, value: Any) -> Any:
        return self if isinstance(value, keras_layers.KerasTensor) else original(self, value)

    return assign


def _watch_beside(original: Callable[..., Any]) -> Callable[..., Any]:
    def watch(self: Any, tensor: Any) -> None:
        if not keras_layers.any_symbolic_tensors((tensor,)):
            original(self, tensor)

    return watch
