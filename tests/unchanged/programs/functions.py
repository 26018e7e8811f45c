"""Functions of one's own that Keras calls: Lambda, activations, initializers, losses, metrics, optimizers."""

from collections import Counter

import keras
import numpy as np
from keras import layers, ops
from unchanged.table import numbers, program, whole


def _model(*more, **head):
    return keras.Sequential([keras.Input((4,)), *more, layers.Dense(1, name="head", **head)])


def _fit(model, guards, **options):
    x, y = numbers(20, 4), numbers(20, 1)
    return model.fit(x, y, **{"batch_size": 8, "epochs": 2, "verbose": 0, **options}, callbacks=guards)


@program(head=(None, 1))
def a_lambda_that_counts(guards):
    calls = Counter()

    def double(x):
        calls["double"] += 1
        return 2 * x

    model = _model(layers.Lambda(double), layers.Dense(3))
    model.compile("sgd", "mse")
    return model, _fit(model, guards), calls


@program(head=(None, 1))
def a_lambda_that_draws(guards):
    seed = keras.random.SeedGenerator(3)
    i = keras.Input((4,))
    x = layers.Lambda(lambda t: t + keras.random.normal((4,), seed=7))(i)
    model = keras.Model(i, layers.Dense(1, name="head")(x))
    model.compile("sgd", "mse")
    return model, _fit(model, guards), seed.state


@program(head=(None, 1))
def a_lambda_with_an_output_shape(guards):
    calls = Counter()

    def total(x):
        calls["total"] += 1
        return ops.sum(x, axis=-1, keepdims=True)

    def shape(given):
        calls["shape"] += 1
        return (*given[:-1], 1)

    model = _model(layers.Lambda(total, output_shape=shape))
    model.compile("sgd", "mse")
    return model, _fit(model, guards), calls


@program(head=(None, 1))
def an_activation_that_counts(guards):
    calls = Counter()

    def swish(x):
        calls["swish"] += 1
        return x * ops.sigmoid(x)

    model = _model(layers.Dense(3, activation=swish), layers.Activation(swish))
    model.compile("sgd", "mse")
    return model, _fit(model, guards), calls


@program(head=(None, 1))
def an_activation_that_counts_deferred(guards):
    calls = Counter()

    def swish(x):
        calls["swish"] += 1
        return x * ops.sigmoid(x)

    model = keras.Sequential([layers.Dense(3, activation=swish), layers.Dense(1, name="head")])
    model.compile("sgd", "mse")
    return model, _fit(model, guards), calls


@program(head=(None, 1))
def an_initializer_that_counts(guards):
    calls = Counter()

    class Rising(keras.initializers.Initializer):
        def __call__(self, shape, dtype=None):
            calls[f"call {shape}"] += 1
            return ops.cast(np.full(shape, 0.01 * calls.total()), dtype or "float32")

        def get_config(self):  # read to explain a mismatch, also under "warn": it describes, and is not counted
            return {}

    head = layers.Dense(1, name="head", kernel_initializer=Rising())
    model = keras.Sequential([layers.Dense(3, kernel_initializer=Rising()), head])
    model.compile("sgd", "mse")
    return model, _fit(model, guards), calls


@program(head=(None, 1))
def an_initializer_function_that_counts(guards):
    calls = Counter()

    def rising(shape, dtype=None):
        calls["call"] += 1
        return ops.cast(np.full(shape, 0.01 * calls["call"]), dtype or "float32")

    model = keras.Sequential([layers.Dense(3, kernel_initializer=rising), layers.Dense(1, name="head")])
    model.compile("sgd", "mse")
    return model, _fit(model, guards), calls


@program(head=(None, 1))
def a_regularizer_that_counts(guards):
    calls = Counter()

    class Penalty(keras.regularizers.Regularizer):
        def __call__(self, x):
            calls["call"] += 1
            return 0.01 * ops.sum(x**2)

        def get_config(self):
            return {}

    model = _model(layers.Dense(3, kernel_regularizer=Penalty()), activity_regularizer=Penalty())
    model.compile("sgd", "mse")
    return model, _fit(model, guards), calls


@program(head=(None, 1))
def a_constraint_that_counts(guards):
    calls = Counter()

    class Clipped(keras.constraints.Constraint):
        def __call__(self, w):
            calls["call"] += 1
            return ops.clip(w, -0.3, 0.3)

    model = _model(layers.Dense(3, kernel_constraint=Clipped()))
    model.compile("sgd", "mse")
    return model, _fit(model, guards), calls


@program(head=(None, 1))
def a_loss_function_that_counts(guards):
    calls = Counter()

    def loss(y, p):
        calls["loss"] += 1
        return ops.mean((y - p) ** 2, axis=-1)

    model = _model(layers.Dense(3))
    model.compile("sgd", loss)
    history = _fit(model, guards, validation_split=0.2)
    return model, history, calls


@program(head=(None, 1))
def a_loss_class_that_counts(guards):
    calls = Counter()

    class Huberish(keras.losses.Loss):
        def call(self, y_true, y_pred):
            calls["call"] += 1
            return ops.mean(ops.abs(y_true - y_pred), axis=-1)

    model = keras.Sequential([layers.Dense(3), layers.Dense(1, name="head")])
    model.compile("sgd", Huberish())
    return model, _fit(model, guards), calls


@program(head=(None, 1))
def a_loss_that_anneals_in_python(guards):
    """The weight of a loss held in a Python attribute and moved by each call."""

    class Annealed(keras.losses.Loss):
        weight = 1.0

        def call(self, y_true, y_pred):
            self.weight *= 0.5
            return self.weight * ops.mean((y_true - y_pred) ** 2, axis=-1)

    loss = Annealed()
    model = _model(layers.Dense(3))
    model.compile("sgd", loss)
    return model, _fit(model, guards), loss.weight


@program(head=(None, 1))
def a_metric_class_that_counts(guards):
    calls = Counter()

    class Bias(keras.metrics.Metric):
        def __init__(self, name="bias"):
            super().__init__(name=name)
            self.total = self.add_variable((), "zeros", name="total")
            self.updates = self.add_variable((), "zeros", name="updates")

        def update_state(self, y_true, y_pred, sample_weight=None):
            calls["update"] += 1
            self.total.assign_add(ops.mean(y_pred - y_true))
            self.updates.assign_add(1.0)

        def result(self):
            calls["result"] += 1
            return self.total / (self.updates + 1e-6)

    model = _model(layers.Dense(3))
    model.compile("sgd", "mse", metrics=[Bias()])
    history = _fit(model, guards)
    return model, history, model.evaluate(numbers(8, 4), numbers(8, 1), verbose=0, callbacks=guards), calls


@program(head=(None, 1))
def a_metric_function_that_counts(guards):
    calls = Counter()

    def worst(y, p):
        calls["worst"] += 1
        return ops.max(ops.abs(y - p), axis=-1)

    model = _model()
    model.compile("sgd", "mse", metrics=["mae", worst], weighted_metrics=[worst])
    return model, _fit(model, guards), calls


@program(head=(None, 1))
def an_optimizer_of_ones_own(guards):
    calls = Counter()

    class Noisy(keras.optimizers.Optimizer):
        def build(self, variables):
            calls["build"] += 1
            super().build(variables)
            self.momenta = [self.add_variable_from_reference(v, name="momentum") for v in variables]

        def update_step(self, gradient, variable, learning_rate):
            calls["update"] += 1
            momentum = self.momenta[self._get_variable_index(variable)]
            self.assign(momentum, 0.9 * momentum + gradient)
            self.assign_sub(variable, ops.cast(learning_rate, variable.dtype) * momentum)

    model = _model(layers.Dense(3))
    model.compile(Noisy(learning_rate=0.01), "mse")
    return model, _fit(model, guards), calls


@program(head=(None, 1))
def a_schedule_of_ones_own(guards):
    calls = Counter()

    class Falling(keras.optimizers.schedules.LearningRateSchedule):
        def __call__(self, step):
            calls["call"] += 1
            return 0.1 / (1.0 + ops.cast(step, "float32"))

    model = _model(layers.Dense(3))
    model.compile(keras.optimizers.SGD(Falling(), momentum=0.9), "mse")
    return model, _fit(model, guards), calls


@program(head=(None, 3))
def a_focal_loss_of_factories(guards):
    """A closure that makes the loss, as in many notebooks, with class weights."""
    calls = Counter()

    def focal(gamma):
        def loss(y, p):
            calls["loss"] += 1
            p = ops.clip(p, 1e-6, 1.0)
            return -ops.sum(y * (1 - p) ** gamma * ops.log(p), axis=-1)

        return loss

    model = keras.Sequential([keras.Input((4,)), layers.Dense(3, activation="softmax", name="head")])
    model.compile("adam", focal(2.0), metrics=["accuracy", keras.metrics.AUC()])
    y = np.eye(3, dtype="float32")[whole(3, 16)]
    history = model.fit(
        numbers(16, 4), y, batch_size=8, class_weight={0: 1.0, 1: 2.0, 2: 3.0}, verbose=0, callbacks=guards
    )
    return model, history, calls
