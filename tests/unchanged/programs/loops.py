"""GANs, loops of one's own, hooks, `*_on_batch`, and models that are only called."""

from collections import Counter

import keras
import numpy as np
from keras import layers, ops
from unchanged.table import numbers, program


def _network():
    return keras.Sequential([keras.Input((4,)), layers.Dense(3), layers.Dropout(0.2), layers.Dense(1, name="head")])


@program(only="tensorflow")
def a_gan(guards):
    """keras.io's GAN overriding `train_step`: two networks, two optimizers, a seed generator."""
    import tensorflow as tf

    calls = Counter()

    class GAN(keras.Model):
        def __init__(self, discriminator, generator):
            super().__init__()
            self.discriminator, self.generator = discriminator, generator
            self.seed_generator = keras.random.SeedGenerator(1337)
            self.d_loss_tracker = keras.metrics.Mean(name="d_loss")
            self.g_loss_tracker = keras.metrics.Mean(name="g_loss")

        @property
        def metrics(self):
            return [self.d_loss_tracker, self.g_loss_tracker]

        def compile(self, d_optimizer, g_optimizer, loss_fn):
            super().compile()
            self.d_optimizer, self.g_optimizer, self.loss_fn = d_optimizer, g_optimizer, loss_fn

        def train_step(self, real):
            calls["train_step"] += 1
            count = ops.shape(real)[0]
            fake = self.generator(keras.random.normal((count, 3), seed=self.seed_generator))
            both = ops.concatenate([fake, real], axis=0)
            labels = ops.concatenate([ops.ones((count, 1)), ops.zeros((count, 1))], axis=0)
            labels += 0.05 * tf.random.uniform(tf.shape(labels))
            with tf.GradientTape() as tape:
                d_loss = self.loss_fn(labels, self.discriminator(both))
            weights = self.discriminator.trainable_weights
            self.d_optimizer.apply_gradients(zip(tape.gradient(d_loss, weights), weights, strict=True))
            noise = keras.random.normal((count, 3), seed=self.seed_generator)
            with tf.GradientTape() as tape:
                g_loss = self.loss_fn(ops.zeros((count, 1)), self.discriminator(self.generator(noise)))
            weights = self.generator.trainable_weights
            self.g_optimizer.apply_gradients(zip(tape.gradient(g_loss, weights), weights, strict=True))
            self.d_loss_tracker.update_state(d_loss)
            self.g_loss_tracker.update_state(g_loss)
            return {"d_loss": self.d_loss_tracker.result(), "g_loss": self.g_loss_tracker.result()}

    generator = keras.Sequential([keras.Input((3,)), layers.Dense(4), layers.LeakyReLU(), layers.Dense(4)])
    discriminator = keras.Sequential([keras.Input((4,)), layers.Dense(4), layers.Dropout(0.2), layers.Dense(1)])
    gan = GAN(discriminator, generator)
    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    gan.compile(keras.optimizers.Adam(1e-3), keras.optimizers.Adam(1e-3), loss)
    history = gan.fit(numbers(16, 4), batch_size=8, epochs=2, verbose=0, callbacks=guards)
    return gan, history, gan.d_optimizer, gan.g_optimizer, calls


@program(only="torch")
def a_gan_in_torch(guards):
    import torch

    calls = Counter()

    class GAN(keras.Model):
        def __init__(self):
            super().__init__()
            self.generator = keras.Sequential([keras.Input((3,)), layers.Dense(4)])
            self.discriminator = keras.Sequential([keras.Input((4,)), layers.Dropout(0.2), layers.Dense(1)])
            self.built = True
            self.tracker = keras.metrics.Mean(name="d_loss")

        def train_step(self, real):
            calls["train_step"] += 1
            real = real[0] if isinstance(real, tuple) else real
            fake = self.generator(torch.randn(len(real), 3))
            self.zero_grad()
            loss = ops.mean(self.discriminator(fake) - self.discriminator(real)) ** 2
            loss.backward()
            weights = list(self.trainable_weights)
            with torch.no_grad():
                self.optimizer.apply([v.value.grad for v in weights], weights)
            self.tracker.update_state(loss)
            return {"d_loss": self.tracker.result()}

    gan = GAN()
    gan.compile("adam")
    return gan, gan.fit(numbers(16, 4), batch_size=8, epochs=2, verbose=0, callbacks=guards), calls


@program(only="tensorflow")
def a_custom_loop_with_a_tape(guards):
    import tensorflow as tf

    model, optimizer = _network(), keras.optimizers.Adam()
    model.optimizer = optimizer
    calls = Counter()

    @tf.function
    def step(x, y):
        calls["traced"] += 1
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean((model(x, training=True) - y) ** 2)
        optimizer.apply_gradients(
            zip(tape.gradient(loss, model.trainable_weights), model.trainable_weights, strict=True)
        )
        return loss

    x, y = numbers(20, 4), numbers(20, 1)
    losses = [float(step(x[i : i + 8], y[i : i + 8])) for i in range(0, 20, 8)]
    return model, losses, calls, model.predict(x, verbose=0, callbacks=guards)


@program(only="torch")
def a_custom_loop_with_backward(guards):
    import torch

    model = _network()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    hooked = []
    model.layers[0].register_forward_hook(lambda module, given, output: hooked.append(tuple(output.shape)))
    losses = []
    for start in range(0, 20, 8):
        x, y = torch.tensor(numbers(20, 4)[start : start + 8]), torch.tensor(numbers(20, 1)[start : start + 8])
        optimizer.zero_grad()
        loss = ((model(x, training=True) - y) ** 2).mean()
        loss.backward()
        optimizer.step()
        losses.append(float(loss))
    return model, losses, hooked, model.predict(numbers(4, 4), verbose=0, callbacks=guards)


@program(only="jax")
def a_custom_loop_without_state(guards):
    import jax

    model, optimizer = _network(), keras.optimizers.Adam()
    optimizer.build(model.trainable_variables)
    model.optimizer = optimizer
    calls = Counter()

    def loss_of(trainable, non_trainable, x, y):
        calls["loss_of"] += 1
        p, non_trainable = model.stateless_call(trainable, non_trainable, x, training=True)
        return ops.mean((y - p) ** 2), non_trainable

    @jax.jit
    def step(state, x, y):
        trainable, non_trainable, variables = state
        (loss, non_trainable), gradients = jax.value_and_grad(loss_of, has_aux=True)(trainable, non_trainable, x, y)
        trainable, variables = optimizer.stateless_apply(variables, gradients, trainable)
        return loss, (trainable, non_trainable, variables)

    parts = model.trainable_variables, model.non_trainable_variables, optimizer.variables
    state, losses = tuple([v.value for v in part] for part in parts), []
    for start in range(0, 20, 8):
        loss, state = step(state, numbers(20, 4)[start : start + 8], numbers(20, 1)[start : start + 8])
        losses.append(float(loss))
    for part, values in zip(parts, state, strict=True):
        for variable, value in zip(part, values, strict=True):
            variable.assign(value)
    return model, losses, calls, model.predict(numbers(4, 4), verbose=0, callbacks=guards)


@program(head=(None, 1), only="torch")
def torch_hooks_that_count(guards):
    hooked = Counter()
    model = _network()
    model.layers[0].register_forward_hook(lambda *given: hooked.update(["forward"]))
    model.layers[0].register_forward_pre_hook(lambda *given: hooked.update(["before"]))
    model.layers[2].register_full_backward_hook(lambda *given: hooked.update(["backward"]))
    model.compile("sgd", "mse")
    return model, model.fit(numbers(16, 4), numbers(16, 1), batch_size=8, verbose=0, callbacks=guards), hooked


@program()
def batch_after_batch(guards):
    """`train_on_batch` and its like take no callbacks: only a guard around them is there."""
    calls = Counter()

    class Counting(layers.Layer):
        def call(self, x):
            calls["call"] += 1
            return x * 1.0

    model = keras.Sequential([Counting(), layers.Dense(3), layers.Dropout(0.3), layers.Dense(1, name="head")])
    model.compile("adam", "mse", metrics=["mae"])
    x, y = numbers(16, 4), numbers(16, 1)
    results = [model.train_on_batch(x[i : i + 8], y[i : i + 8]) for i in (0, 8)]
    results += [model.test_on_batch(x[:6], y[:6]), model.predict_on_batch(x[:5])]
    results.append(model.train_on_batch(x[:5], y[:5], sample_weight=np.ones(5)))
    return model, calls, results


@program()
def called_on_arrays(guards):
    """A model that is only called, in and out of training, and built by that."""
    calls = Counter()

    class Own(keras.Model):
        def __init__(self):
            super().__init__()
            self.inner, self.noise = layers.Dense(3), layers.GaussianNoise(0.1)

        def call(self, x, training=False):
            calls[f"call {training}"] += 1
            return self.noise(self.inner(x), training=training)

    model = Own()
    return [model(numbers(4, 4)), model(numbers(4, 4), training=True), model(numbers(2, 4))], model, calls
