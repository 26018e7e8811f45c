"""What the tests of the observing room share: a callback that watches as a guard does, and small models."""

import keras
import numpy as np

from shapeguard.trace.feed import feed_of, running_frame
from shapeguard.trace.steps import watch_steps

BACKEND = keras.config.backend()
EAGER = BACKEND == "torch"


class Rejected(ValueError):  # noqa: N818  a verdict, not a fault
    _keras_call_info_injected = True


class Watching(keras.callbacks.Callback):
    """Watches every phase; `rejects` names the layers whose appearance is a mismatch."""

    def __init__(self, rejects=(), *, abandons=True, key=None, **options):
        super().__init__()
        self.rejects, self.abandons, self.key, self.options = rejects, abandons, key, options
        self.networks, self.feeds, self.watches = [], [], {}

    def judge(self, network, feed):
        self.networks.append(network)
        self.feeds.append(feed)
        return Rejected("rejected") if self.disagrees(network, feed) else None

    def disagrees(self, network, feed):
        return any(call.layer in self.rejects for call in network.calls)

    def begin(self, phase):
        feed = feed_of(self.model, running_frame(self.model, phase), phase)
        disagrees = self.disagrees if self.abandons else None
        self.feed = feed
        self.watches[phase] = watch_steps(
            self.model, phase, self.judge, feed=feed, disagrees=disagrees, key=self.key, **self.options
        )

    def on_train_begin(self, logs=None):
        self.begin("train")

    def on_test_begin(self, logs=None):
        self.begin("test")

    def on_predict_begin(self, logs=None):
        self.begin("predict")

    def on_train_batch_begin(self, batch, logs=None):
        self.watches["train"].armed = True

    def on_test_batch_begin(self, batch, logs=None):
        self.watches["test"].armed = True

    def on_predict_batch_begin(self, batch, logs=None):
        self.watches["predict"].armed = True

    def on_train_end(self, logs=None):
        self.watches["train"].close()

    def on_test_end(self, logs=None):
        self.watches["test"].close()

    def on_predict_end(self, logs=None):
        self.watches["predict"].close()


def shapes(network):
    """Each call's path with the shape of its first output, the model's inputs left out."""
    calls = [call for call in network.calls if call.outputs and call.layer_type != "InputLayer"]
    return [(call.path, network.values[call.outputs[0]].shape) for call in calls]


def batchless(network):
    return [(path, shape[1:]) for path, shape in shapes(network)]


def images(count=32):
    return np.zeros((count, 8, 8, 1), "float32"), np.zeros((count,), "int32")


def classifier(*, deferred=False, units=3, **compiled):
    """A tiny convolutional classifier; `deferred` leaves its input unknown until it is called."""
    layers = [] if deferred else [keras.Input((8, 8, 1))]
    layers += [keras.layers.Conv2D(2, 3, name="conv"), keras.layers.Flatten(name="flat")]
    model = keras.Sequential([*layers, keras.layers.Dense(units, name="dense")])
    model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True), **compiled)
    return model


CLASSIFIER = [("", (3,)), ("conv", (6, 6, 2)), ("flat", (72,)), ("dense", (3,))]


def fitted(model, *callbacks, x=None, y=None, **options):
    given = images() if x is None else (x, y)
    model.fit(*given, verbose=0, callbacks=list(callbacks), **{"batch_size": 16, **options})
    return model


class Raising(keras.callbacks.Callback):
    """Somebody else's callback that raises."""

    def __init__(self, exception, when):
        super().__init__()
        setattr(self, when, self.fail)
        self.exception = exception

    def fail(self, *args, **kwargs):
        raise self.exception
