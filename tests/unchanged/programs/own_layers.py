"""Layers of one's own with state: seeds, counters in variables and in Python, tensors kept, losses added."""

from collections import Counter

import keras
from keras import layers, ops
from unchanged.table import numbers, program


@program(head=(None, 1))
def sampling(guards):
    """The VAE's sampling layer of keras.io."""

    class Sampling(layers.Layer):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.seed_generator = keras.random.SeedGenerator(1337)

        def call(self, inputs):
            z_mean, z_log_var = inputs
            epsilon = keras.random.normal(shape=ops.shape(z_mean), seed=self.seed_generator)
            return z_mean + ops.exp(0.5 * z_log_var) * epsilon

    i = keras.Input((4,))
    z = Sampling()([layers.Dense(3)(i), layers.Dense(3)(i)])
    model = keras.Model(i, layers.Dense(1, name="head")(z))
    model.compile("adam", "mse")
    return model, model.fit(numbers(16, 4), numbers(16, 1), batch_size=8, epochs=2, verbose=0, callbacks=guards)


@program(head=(None, 1))
def counter_in_a_variable(guards):
    class Counting(layers.Layer):
        def __init__(self):
            super().__init__()
            self.steps = self.add_weight(shape=(), trainable=False, initializer="zeros")

        def call(self, x):
            self.steps.assign_add(1.0)
            return x * 1.0

    model = keras.Sequential([keras.Input((4,)), Counting(), layers.Dense(1, name="head")])
    model.compile("sgd", "mse")
    history = model.fit(numbers(32, 4), numbers(32, 1), batch_size=8, verbose=0, callbacks=guards)
    return model, history, model.predict(numbers(4, 4), verbose=0, callbacks=guards)


@program(head=(None, 1))
def counter_in_python(guards):
    class Counting(layers.Layer):
        calls = 0

        def call(self, x):
            self.calls += 1
            return x * 1.0

    model = keras.Sequential([keras.Input((4,)), Counting(), layers.Dense(1, name="head")])
    model.compile("sgd", "mse")
    history = model.fit(numbers(32, 4), numbers(32, 1), batch_size=8, verbose=0, callbacks=guards)
    return model, history, model.layers[0].calls


@program(head=(None, 1))
def counter_in_python_deferred(guards):
    class Counting(layers.Layer):
        calls = 0

        def call(self, x):
            self.calls += 1
            return x * 1.0

    model = keras.Sequential([Counting(), layers.Dense(1, name="head")])
    model.compile("sgd", "mse")
    history = model.fit(numbers(20, 4), numbers(20, 1), batch_size=8, epochs=2, verbose=0, callbacks=guards)
    return model, history, model.layers[0].calls


@program(head=(None, 1))
def scale_follows_the_count_of_calls(guards):
    """A warm-up that people keep in a Python attribute: a call more changes what is computed."""

    class Warm(layers.Layer):
        def __init__(self):
            super().__init__()
            self.scale = 0.5

        def call(self, x):
            self.scale *= 0.9
            return x * self.scale

    model = keras.Sequential([keras.Input((4,)), Warm(), layers.Dense(1, name="head")])
    model.compile("sgd", "mse")
    history = model.fit(numbers(16, 4), numbers(16, 1), batch_size=8, epochs=2, verbose=0, callbacks=guards)
    return model, history, model.layers[0].scale


@program(head=(None, 1))
def shapes_kept_in_an_attribute(guards):
    class Keeping(layers.Layer):
        def __init__(self):
            super().__init__()
            self.seen = []

        def call(self, x):
            self.seen.append(str(tuple(x.shape)))
            return ops.relu(x)

    keeping = Keeping()
    i = keras.Input((6, 4))
    model = keras.Model(i, layers.Dense(1, name="head")(layers.Flatten()(keeping(i))))
    model.compile("sgd", "mse")
    history = model.fit(numbers(20, 6, 4), numbers(20, 1), batch_size=8, verbose=0, callbacks=guards)
    return model, history, list(keeping.seen)


@program(head=(None, 2))
def attention_scores_kept_in_an_attribute(guards):
    """As tutorials keep the scores to look at them afterwards."""

    class Scored(layers.Layer):
        scores, kept = None, 0

        def build(self, shape):
            self.query = self.add_weight(shape=(shape[-1], 1), name="query")

        def call(self, x):
            self.scores = ops.softmax(ops.matmul(x, self.query), axis=1)
            self.kept += 1
            return ops.sum(x * self.scores, axis=1)

    scored = Scored()
    model = keras.Sequential([keras.Input((5, 4)), scored, layers.Dense(2, name="head")])
    model.compile("adam", "mse")
    model.fit(numbers(16, 5, 4), numbers(16, 2), batch_size=8, verbose=0, callbacks=guards)
    model(numbers(2, 5, 4))
    return model, scored.kept, scored.scores


@program(head=(None, 1))
def blocks_of_blocks(guards):
    calls = Counter()

    class Noisy(layers.Layer):
        def __init__(self, units):
            super().__init__()
            self.dense, self.seed = layers.Dense(units), keras.random.SeedGenerator(units)

        def call(self, x, training=False):
            calls["noisy"] += 1
            y = self.dense(x)
            return y + 0.1 * keras.random.normal(ops.shape(y), seed=self.seed) if training else y

    class Tower(layers.Layer):
        def __init__(self):
            super().__init__()
            self.parts = [Noisy(4), Noisy(5)]

        def call(self, x, training=False):
            calls["tower"] += 1
            for part in self.parts:
                x = part(x, training=training)
            return x

    i = keras.Input((4,))
    model = keras.Model(i, layers.Dense(1, name="head")(Tower()(i)))
    model.compile("adam", "mse")
    history = model.fit(numbers(16, 4), numbers(16, 1), batch_size=8, epochs=2, verbose=0, callbacks=guards)
    return model, history, calls


@program(head=(None, 1))
def one_layer_called_twice(guards):
    calls = Counter()

    class Shared(layers.Dense):
        def call(self, x):
            calls["call"] += 1
            return super().call(x)

    shared, i, j = Shared(4), keras.Input((4,)), keras.Input((4,))
    model = keras.Model([i, j], layers.Dense(1, name="head")(layers.Subtract()([shared(i), shared(j)])))
    model.compile("sgd", "mse")
    x = [numbers(16, 4), numbers(16, 4, seed=4)]
    return model, model.fit(x, numbers(16, 1), batch_size=8, verbose=0, callbacks=guards), calls


class Centred(layers.Layer):
    """Keeps a moving average in a variable, as BatchNormalization does."""

    def build(self, shape):
        self.mean = self.add_weight(shape=(shape[-1],), initializer="zeros", trainable=False, name="mean")

    def call(self, x, training=False):
        if training:
            self.mean.assign(0.9 * self.mean + 0.1 * ops.mean(x, axis=0))
        return x - self.mean


@program(head=(None, 1))
def moving_average_of_ones_own(guards):
    model = keras.Sequential([Centred(), layers.Dense(1, name="head")])
    model.compile("sgd", "mse")
    history = model.fit(numbers(16, 4), numbers(16, 1), batch_size=8, epochs=2, verbose=0, callbacks=guards)
    return model, history, model.evaluate(numbers(8, 4), numbers(8, 1), verbose=0, callbacks=guards)


@program(head=(None, 1))
def stochastic_depth(guards):
    """As in keras.io's compact convolutional transformer."""

    class StochasticDepth(layers.Layer):
        def __init__(self, drop):
            super().__init__()
            self.drop, self.seed_generator = drop, keras.random.SeedGenerator(1337)

        def call(self, x, training=None):
            if training:
                shape = (ops.shape(x)[0], 1)
                kept = 1 - self.drop + keras.random.uniform(shape, 0, 1, seed=self.seed_generator)
                return (x / (1 - self.drop)) * ops.floor(kept)
            return x

    i = keras.Input((4,))
    x = layers.Add()([i, StochasticDepth(0.2)(layers.Dense(4)(i))])
    model = keras.Model(i, layers.Dense(1, name="head")(x))
    model.compile("adam", "mse")
    return model, model.fit(numbers(16, 4), numbers(16, 1), batch_size=8, epochs=2, verbose=0, callbacks=guards)


@program(head=(None, 4))
def vector_quantizer(guards):
    """keras.io's VQ-VAE: losses added in `call`, a straight-through estimate."""
    calls = Counter()

    class VectorQuantizer(layers.Layer):
        def __init__(self, count, size):
            super().__init__()
            self.embeddings = self.add_weight(shape=(size, count), initializer="uniform", name="embeddings")

        def call(self, x):
            calls["call"] += 1
            distances = ops.sum((x[:, :, None] - self.embeddings[None]) ** 2, axis=1)
            chosen = ops.one_hot(ops.argmin(distances, axis=1), self.embeddings.shape[1])
            quantized = ops.matmul(chosen, ops.transpose(self.embeddings))
            self.add_loss(0.25 * ops.mean((ops.stop_gradient(quantized) - x) ** 2))
            self.add_loss(ops.mean((quantized - ops.stop_gradient(x)) ** 2))
            return x + ops.stop_gradient(quantized - x)

    model = keras.Sequential([keras.Input((4,)), layers.Dense(3), VectorQuantizer(8, 3), layers.Dense(4, name="head")])
    model.compile("adam", "mse")
    x = numbers(16, 4)
    return model, model.fit(x, x, batch_size=8, epochs=2, verbose=0, callbacks=guards), calls


@program(head=(None, 1))
def counts_by_the_training_argument(guards):
    calls = Counter()

    class CauseText(layers.Layer):
        def call(self, x, training=None):
            calls[f"training={training}"] += 1
            return x * 1.0

    model = keras.Sequential([keras.Input((4,)), CauseText(), layers.Dense(1, name="head")])
    model.compile("sgd", "mse")
    x, y = numbers(16, 4), numbers(16, 1)
    model.fit(x, y, batch_size=8, validation_data=(x, y), verbose=0, callbacks=guards)
    model.evaluate(x, y, verbose=0, callbacks=guards)
    model.predict(x, verbose=0, callbacks=guards)
    return model, calls
