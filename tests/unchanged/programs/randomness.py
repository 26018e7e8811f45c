"""Random numbers from every source: Python's, NumPy's, Keras' global generator, seeds of Keras' own layers."""

import random
from collections import Counter
from random import uniform

import keras
import numpy as np
from keras import layers
from unchanged.table import BACKEND, numbers, program, whole


def _fit(model, guards, x=None, y=None, **options):
    model.compile("sgd", "mse")
    x, y = (numbers(16, 4), numbers(16, 1)) if x is None else (x, y)
    return model.fit(x, y, **{"batch_size": 8, "epochs": 2, "verbose": 0, **options}, callbacks=guards)


@program(head=(None, 1))
def python_draws_in_call(guards):
    class Jitter(layers.Layer):
        def call(self, x):
            return x * (1.0 + 0.1 * random.random())

    model = keras.Sequential([keras.Input((4,)), Jitter(), layers.Dense(1, name="head")])
    return model, _fit(model, guards)


@program(head=(None, 1))
def python_draws_in_call_deferred(guards):
    class Jitter(layers.Layer):
        def call(self, x):
            return x * uniform(0.9, 1.1)

    model = keras.Sequential([Jitter(), layers.Dense(1, name="head")])
    return model, _fit(model, guards)


@program(head=(None, 1))
def numpy_draws_in_call(guards):
    class Jitter(layers.Layer):
        def call(self, x):
            return x + np.random.normal(size=(4,)).astype("float32")

    model = keras.Sequential([Jitter(), layers.Dense(1, name="head")])
    return model, _fit(model, guards)


@program(head=(None, 1))
def numpy_draws_in_build(guards):
    class Projected(layers.Layer):
        def build(self, shape):
            self.matrix = self.add_weight(shape=(shape[-1], 3), trainable=False)
            self.matrix.assign(np.random.normal(size=(shape[-1], 3)))

        def call(self, x):
            return x @ self.matrix

    model = keras.Sequential([Projected(), layers.Dense(1, name="head")])
    return model, _fit(model, guards)


@program(head=(None, 1), only=("tensorflow", "torch"))
def the_global_generator_in_call(guards):
    """`keras.random` without a seed, which JAX refuses in a trace."""
    calls = Counter()

    class Noise(layers.Layer):
        def call(self, x, training=False):
            calls["call"] += 1
            return x + keras.random.normal((4,)) if training else x

    model = keras.Sequential([keras.Input((4,)), Noise(), layers.Dense(1, name="head")])
    return model, _fit(model, guards), calls, model.predict(numbers(4, 4), verbose=0, callbacks=guards)


@program(head=(None, 1))
def the_global_generator_outside(guards):
    x, y = keras.random.normal((16, 4)), keras.random.uniform((16, 1))
    model = keras.Sequential([layers.Dense(3), layers.Dense(1, name="head")])
    history = _fit(model, guards, keras.ops.convert_to_numpy(x), keras.ops.convert_to_numpy(y))
    return model, history, keras.random.normal((2,))


@program(head=(None, 1), only="tensorflow")
def tensorflow_draws_in_call(guards):
    import tensorflow as tf

    class Noise(layers.Layer):
        def call(self, x):
            return x + tf.random.normal(tf.shape(x), stddev=0.1)

    model = keras.Sequential([Noise(), layers.Dense(1, name="head")])
    return model, _fit(model, guards), tf.random.uniform((2,))


@program(head=(None, 1), only="torch")
def torch_draws_in_call(guards):
    import torch

    class Noise(layers.Layer):
        def call(self, x):
            return x + 0.1 * torch.randn_like(x)

    model = keras.Sequential([Noise(), layers.Dense(1, name="head")])
    return model, _fit(model, guards), torch.rand(2)


@program(head=(None, 1))
def noise_of_keras_own_layers(guards):
    noises = [layers.GaussianNoise(0.1), layers.GaussianDropout(0.1), layers.AlphaDropout(0.1), layers.Dropout(0.1)]
    model = keras.Sequential([layers.Dense(4), *noises, layers.Dense(1, name="head")])
    return model, _fit(model, guards)


@program(head=(None, 1))
def random_pictures(guards):
    augment = keras.Sequential([layers.RandomFlip(), layers.RandomRotation(0.1), layers.RandomZoom(0.1)])
    i = keras.Input((8, 8, 1))
    x = layers.RandomContrast(0.2)(layers.RandomTranslation(0.1, 0.1)(augment(i)))
    model = keras.Model(i, layers.Dense(1, name="head")(layers.Flatten()(x)))
    return model, _fit(model, guards, numbers(8, 8, 8, 1), numbers(8, 1), batch_size=4)


@program(head=(None, 1))
def random_pictures_of_keras_deferred(guards):
    first = [layers.RandomBrightness(0.2), layers.RandomFlip(), layers.Flatten()]
    model = keras.Sequential([*first, layers.Dense(1, name="head")])
    return model, _fit(model, guards, numbers(8, 8, 8, 3), numbers(8, 1), batch_size=4)


@program(head=(None, 1))
def an_augmentation_of_ones_own(guards):
    """A subclass of Keras' base of random layers, which keeps a generator for each backend."""
    calls = Counter()

    class Shift(layers.Layer):
        def __init__(self, seed=None):
            super().__init__()
            self.seed, self.generator = seed, keras.random.SeedGenerator(seed)

        def call(self, x, training=True):
            calls["call"] += 1
            return x + keras.random.uniform((1, 1), seed=self.generator) if training else x

    model = keras.Sequential([keras.Input((4,)), Shift(), layers.Dense(1, name="head")])
    return model, _fit(model, guards), calls


@program(head=(None, 1))
def draws_between_the_fits(guards):
    model = keras.Sequential([layers.Dense(3), layers.Dropout(0.2), layers.Dense(1, name="head")])
    drawn = []
    for _ in range(2):
        _fit(model, guards)
        drawn += [random.random(), float(np.random.random()), keras.random.normal(())]
    return model, drawn


@program(head=(None, 1))
def a_model_made_after_the_fit(guards):
    """Its initial weights come from Python's random, its names from the counters."""
    model = keras.Sequential([layers.Dense(3), layers.Dense(1, name="head")])
    history = _fit(model, guards)
    after = keras.Sequential([keras.Input((4,)), layers.Dense(3), layers.Dropout(0.1), layers.LSTM(2, name="last")][:3])
    return model, history, after, [each.name for each in after.layers]


@program(head=(None, 2))
def an_embedding_with_spatial_dropout(guards):
    first = [layers.Embedding(9, 4), layers.SpatialDropout1D(0.3), layers.Conv1D(3, 3), layers.GlobalMaxPooling1D()]
    model = keras.Sequential([*first, layers.Dense(2, name="head")])
    return model, _fit(model, guards, whole(9, 16, 6), numbers(16, 2))


@program(head=(None, 1))
def a_seed_kept_as_a_jax_key(guards):
    """State in a variable of unsigned numbers, moved by hand in each call."""

    class Keyed(layers.Layer):
        def __init__(self):
            super().__init__()
            self.key = self.add_weight(shape=(), dtype="int32", initializer="zeros", trainable=False, name="key")

        def call(self, x):
            self.key.assign((self.key * 5 + 3) % 17)
            return x + keras.ops.cast(self.key, x.dtype)

    model = keras.Sequential([Keyed(), layers.Dense(1, name="head")])
    return model, _fit(model, guards), BACKEND


@program(head=(None, 1))
def noise_and_norms(guards):
    """Something of everything that a guard could move; `unchanged.meddling` knows its layers by name."""
    calls = Counter()

    class Counting(layers.Layer):
        def call(self, x):
            calls["call"] += 1
            return x * 1.0

    first = [keras.Input((4,)), Counting(), layers.BatchNormalization(name="norm"), layers.Dropout(0.2, name="drop")]
    model = keras.Sequential([*first, layers.Dense(1, name="head")])
    return model, _fit(model, guards), calls
