"""What the tests of the guard share: tiny models with one knob to turn wrong, and a count of what is left behind."""

import warnings

import keras
import numpy as np

from shapeguard import ShapeGuard
from shapeguard.guard import build_session
from shapeguard.keras_compat import interception, keras_layers
from shapeguard.strict import ShapeGuardWarning

layers = keras.layers
BACKEND = keras.config.backend()
EXPECTED = {"conv": (16, 6, 6, 2)}
MISMATCH = "[SG101] layer 'conv' (Conv2D): expected (16, 6, 6, 2), got (16, 3, 3, 2)"
FREE_MISMATCH = "[SG101] layer 'conv' (Conv2D): expected (None, 6, 6, 2), got (16, 3, 3, 2)"
NOT_SEEN = (
    "ShapeGuard: this model was traced before the guard became active, and its custom code is not run again, so its"
    " expected shapes were not checked. Pass the guard to the first fit() after compile(), or use"
    " shapeguard.check(model)"
)
NOTHING = "ShapeGuard: this model has no expected shapes, so nothing was checked."


def images(count=32, size=8):
    return np.zeros((count, size, size, 1), "float32"), np.zeros((count,), "int32")


def classifier(strides=1, *, deferred=False, **compiled):
    """A tiny convolutional classifier whose first layer gives 6x6 with strides 1, and 3x3 with strides 2."""
    first = [] if deferred else [keras.Input((8, 8, 1))]
    conv = layers.Conv2D(2, 3, strides=strides, name="conv")
    model = keras.Sequential([*first, conv, layers.Flatten(name="flat"), layers.Dense(3, name="dense")])
    return compiled_for_labels(model, **compiled)


def compiled_for_labels(model, **compiled):
    model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True), **compiled)
    return model


class Subclassed(keras.Model):
    """The same classifier as a class of its own: nobody knows its inputs before the first step."""

    def __init__(self, strides=1):
        super().__init__()
        self.conv = layers.Conv2D(2, 3, strides=strides, name="conv")
        self.flat = layers.Flatten(name="flat")
        self.dense = layers.Dense(3, name="dense")

    def call(self, x):
        return self.dense(self.flat(self.conv(x)))


def regression(inputs, outputs, **compiled):
    model = keras.Model(inputs, outputs)
    model.compile("sgd", "mse", **compiled)
    return model


def fitted(model, *callbacks, data=None, **options):
    x, y = data or images()
    model.fit(x, y, callbacks=list(callbacks), **{"batch_size": 16, "verbose": 0, **options})
    return model


def guard(**options):
    return ShapeGuard(EXPECTED, **options)


def outcome(action):
    """The first line of the exception that `action` raises, or None; and the first lines of ShapeGuard's warnings."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            action()
            error = None
        except ValueError as raised:
            error = str(raised).partition("\n")[0]
    told = [str(each.message).partition("\n")[0] for each in caught if each.category is ShapeGuardWarning]
    return error, told


def ours(caught):
    """The warnings of ShapeGuard's; PyTorch and numpy add theirs in plain Keras too."""
    return [each for each in caught if each.category is ShapeGuardWarning]


def untouched(model):
    """Whether neither the model nor Keras carries anything of ours."""
    functions = (model.train_function, model.test_function, model.predict_function)
    ours = [each for each in functions if each is not None and "shapeguard" in (each.__module__ or "")]
    patched = "shapeguard" in keras_layers.Layer.__call__.__code__.co_filename
    return not ours and not patched and not interception.active() and build_session.active() is None
