"""Training of one's own: `train_step` and its kin, losses added in `call`, a distiller, a `fit` overridden."""

from collections import Counter

import keras
from keras import layers, ops
from unchanged.table import numbers, program, whole


def _network():
    return keras.Sequential([keras.Input((4,)), layers.Dense(3), layers.Dropout(0.2), layers.Dense(1, name="head")])


@program(head=(None, 1), only="tensorflow")
def train_step_with_a_tape(guards):
    import tensorflow as tf

    calls = Counter()

    class Own(keras.Model):
        def train_step(self, data):
            calls["train_step"] += 1
            x, y = data
            with tf.GradientTape() as tape:
                loss = self.compute_loss(y=y, y_pred=self(x, training=True))
            self.optimizer.apply(tape.gradient(loss, self.trainable_weights), self.trainable_weights)
            for metric in self.metrics:
                metric.update_state(loss) if metric.name == "loss" else metric.update_state(y, y)
            return {m.name: m.result() for m in self.metrics}

        def test_step(self, data):
            calls["test_step"] += 1
            return super().test_step(data)

    inner = _network()
    model = Own(inner.inputs, inner.outputs)
    model.compile("adam", "mse", metrics=["mae"])
    x, y = numbers(16, 4), numbers(16, 1)
    return model, model.fit(x, y, batch_size=8, validation_data=(x, y), verbose=0, callbacks=guards), calls


@program(head=(None, 1), only="torch")
def train_step_with_backward(guards):
    import torch

    calls = Counter()

    class Own(keras.Model):
        def train_step(self, data):
            calls["train_step"] += 1
            x, y = data
            self.zero_grad()
            loss = self.compute_loss(y=y, y_pred=self(x, training=True))
            loss.backward()
            weights = list(self.trainable_weights)
            with torch.no_grad():
                self.optimizer.apply([v.value.grad for v in weights], weights)
            self.metrics[0].update_state(loss)
            return {m.name: m.result() for m in self.metrics}

    inner = _network()
    model = Own(inner.inputs, inner.outputs)
    model.compile("adam", "mse")
    return model, model.fit(numbers(16, 4), numbers(16, 1), batch_size=8, verbose=0, callbacks=guards), calls


@program(head=(None, 1), only="jax")
def train_step_without_state(guards):
    import jax

    calls = Counter()

    class Own(keras.Model):
        def loss_of(self, trainable, non_trainable, x, y):
            calls["loss_of"] += 1
            y_pred, non_trainable = self.stateless_call(trainable, non_trainable, x, training=True)
            return self.compute_loss(x, y, y_pred), (y_pred, non_trainable)

        def train_step(self, state, data):
            calls["train_step"] += 1
            trainable, non_trainable, optimizer, metrics = state
            x, y = data
            gradient = jax.value_and_grad(self.loss_of, has_aux=True)
            (loss, (_, non_trainable)), gradients = gradient(trainable, non_trainable, x, y)
            trainable, optimizer = self.optimizer.stateless_apply(optimizer, gradients, trainable)
            return {"loss": loss}, (trainable, non_trainable, optimizer, metrics)

    inner = _network()
    model = Own(inner.inputs, inner.outputs)
    model.compile("adam", "mse")
    return model, model.fit(numbers(16, 4), numbers(16, 1), batch_size=8, verbose=0, callbacks=guards), calls


@program(head=(None, 1), only=("tensorflow", "torch"))
def steps_that_only_count(guards):
    calls = Counter()

    class Own(keras.Model):
        def __init__(self):
            super().__init__()
            self.inner, self.head = layers.Dense(3), layers.Dense(1, name="head")

        def call(self, x):
            calls["call"] += 1
            return self.head(self.inner(x))

        def train_step(self, data):
            calls["train_step"] += 1
            return super().train_step(data)

        def test_step(self, data):
            calls["test_step"] += 1
            return super().test_step(data)

        def predict_step(self, data):
            calls["predict_step"] += 1
            return super().predict_step(data)

    model = Own()
    model.compile("sgd", "mse")
    x, y = numbers(20, 4), numbers(20, 1)
    model.fit(x, y, batch_size=8, verbose=0, callbacks=guards)
    results = model.evaluate(x, y, verbose=0, callbacks=guards), model.predict(x, verbose=0, callbacks=guards)
    return model, results, calls


@program(head=(None, 1))
def compute_loss_of_ones_own(guards):
    calls = Counter()

    class Own(keras.Model):
        def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
            calls["compute_loss"] += 1
            return ops.mean((y - y_pred) ** 2) + 0.01 * ops.mean(ops.abs(y_pred))

        def compute_metrics(self, x, y, y_pred, sample_weight=None):
            calls["compute_metrics"] += 1
            return super().compute_metrics(x, y, y_pred, sample_weight)

    inner = _network()
    model = Own(inner.inputs, inner.outputs)
    model.compile("adam", metrics=["mae"])
    return model, model.fit(numbers(16, 4), numbers(16, 1), batch_size=8, epochs=2, verbose=0, callbacks=guards), calls


@program(head=(None, 4))
def a_vae_with_losses_added_in_call(guards):
    calls = Counter()

    class VAE(keras.Model):
        def __init__(self):
            super().__init__()
            self.encoder, self.decoder = layers.Dense(4), layers.Dense(4, name="head")
            self.seed_generator = keras.random.SeedGenerator(1337)

        def call(self, x):
            calls["call"] += 1
            mean, log_var = ops.split(self.encoder(x), 2, axis=-1)
            z = mean + ops.exp(0.5 * log_var) * keras.random.normal(ops.shape(mean), seed=self.seed_generator)
            self.add_loss(-0.5 * ops.mean(1 + log_var - mean**2 - ops.exp(log_var)))
            return self.decoder(z)

    model = VAE()
    model.compile("adam", "mse")
    x = numbers(20, 4)
    return model, model.fit(x, x, batch_size=8, epochs=2, verbose=0, callbacks=guards), calls


@program(head=(None, 1), only=("tensorflow", "torch"))  # JAX' trainer knows no metric that `call` updates
def a_metric_updated_in_call(guards):
    class Watched(keras.Model):
        def __init__(self):
            super().__init__()
            self.size, self.head = keras.metrics.Mean(name="size"), layers.Dense(1, name="head")

        def call(self, x):
            self.size.update_state(ops.mean(ops.abs(x)))
            return self.head(x)

    model = Watched()
    model.compile("sgd", "mse")
    history = model.fit(numbers(20, 4), numbers(20, 1), batch_size=8, epochs=2, verbose=0, callbacks=guards)
    return model, history, model.size.result()


@program(head=(None, 1))
def activity_regularisation_of_ones_own(guards):
    """keras.io's ActivityRegularization: a loss in `call`, counted."""
    calls = Counter()

    class Sparse(layers.Layer):
        def call(self, x):
            calls["call"] += 1
            self.add_loss(1e-2 * ops.sum(ops.abs(x)))
            return x

    model = keras.Sequential([layers.Dense(3), Sparse(), layers.Dense(1, name="head")])
    model.compile("sgd", "mse")
    return model, model.fit(numbers(20, 4), numbers(20, 1), batch_size=8, verbose=0, callbacks=guards), calls


@program(head=(None, 3))
def a_distiller(guards):
    """A teacher inside the student's `compute_loss`, with Dropout in both."""
    calls = Counter()

    class Distiller(keras.Model):
        def __init__(self, student, teacher):
            super().__init__()
            self.student, self.teacher = student, teacher

        def call(self, x, training=None):
            calls["call"] += 1
            return self.student(x, training=training)

        def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
            calls["compute_loss"] += 1
            soft = ops.softmax(self.teacher(x, training=False) / 2)
            return ops.mean(keras.losses.kl_divergence(soft, ops.softmax(y_pred / 2)))

    parts = [[keras.Input((4,)), layers.Dropout(0.2), layers.Dense(3, name=name)] for name in ("head", "taught")]
    model = Distiller(*map(keras.Sequential, parts))
    model.compile("adam")
    return model, model.fit(numbers(16, 4), whole(3, 16), batch_size=8, epochs=2, verbose=0, callbacks=guards), calls


@program(head=(None, 1))
def a_fit_of_ones_own(guards):
    """`fit`, `compile` and `evaluate` overridden, counted."""
    calls = Counter()

    class Own(keras.Model):
        def compile(self, *args, **kwargs):
            calls["compile"] += 1
            super().compile(*args, **kwargs)

        def fit(self, *args, **kwargs):
            calls["fit"] += 1
            return super().fit(*args, **kwargs)

        def evaluate(self, *args, **kwargs):
            calls["evaluate"] += 1
            return super().evaluate(*args, **kwargs)

        def make_train_function(self, force=False):
            calls["make_train_function"] += 1
            return super().make_train_function(force)

    inner = _network()
    model = Own(inner.inputs, inner.outputs)
    model.compile("sgd", "mse")
    x, y = numbers(16, 4), numbers(16, 1)
    history = model.fit(x, y, batch_size=8, epochs=2, validation_data=(x, y), verbose=0, callbacks=guards)
    return model, history, model.evaluate(x, y, verbose=0, callbacks=guards), calls
