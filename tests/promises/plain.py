"""Runs a program as Python does, without ShapeGuard, and notes what its layers and losses were given."""

import contextlib
import io
from dataclasses import dataclass, field

import keras
from keras.src.losses import losses


@dataclass
class Observed:
    """What became of a program: its exception in one line, the output shapes of each layer, and wrong targets."""

    error: str = ""
    shapes: dict = field(default_factory=dict)
    broadcast: list = field(default_factory=list)
    fitted: bool = False


def run(text, file):
    """What became of the program with this text; the file is its name alone."""
    observed = Observed()
    with _watched(observed), contextlib.redirect_stdout(io.StringIO()):
        try:
            exec(compile(text, file, "exec"), {"__name__": "__main__"})  # noqa: S102  a program of ours
        except Exception as error:  # noqa: BLE001  whatever Keras says of it is the answer
            observed.error = f"{type(error).__name__}: {error}"[:300]
    return observed


@contextlib.contextmanager
def _watched(observed):
    """Notes the shapes of symbolic calls, and targets that a loss takes by broadcasting."""
    call, loss, fit = keras.layers.Layer.__call__, losses.LossFunctionWrapper.call, keras.Model.fit

    def calling(layer, *args, **kwargs):
        output = call(layer, *args, **kwargs)
        shapes = [tuple(x.shape) for x in keras.tree.flatten(output) if isinstance(x, keras.KerasTensor)]
        if shapes:
            observed.shapes.setdefault(layer.name, []).append(shapes[0] if len(shapes) == 1 else shapes)
        return output

    def losing(self, y_true, y_pred):
        true, pred = (tuple(x.shape) for x in losses.squeeze_or_expand_to_same_rank(y_true, y_pred))
        is_sparse = getattr(self.fn, "__name__", "").startswith("sparse_")
        accepted = (pred[:-1], (*pred[:-1], 1)) if is_sparse else (pred,)
        if not any(_agree(true, shape) for shape in accepted):
            observed.broadcast.append((tuple(y_true.shape), tuple(y_pred.shape)))
        return loss(self, y_true, y_pred)

    def fitting(self, *args, **kwargs):
        history = fit(self, *args, **kwargs)
        observed.fitted = True
        return history

    keras.layers.Layer.__call__, losses.LossFunctionWrapper.call, keras.Model.fit = calling, losing, fitting
    try:
        yield
    finally:
        keras.layers.Layer.__call__, losses.LossFunctionWrapper.call, keras.Model.fit = call, loss, fit


def _agree(true, pred):
    return len(true) == len(pred) and all(a == b or None in {a, b} for a, b in zip(true, pred, strict=True))
