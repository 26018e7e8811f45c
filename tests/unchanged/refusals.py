"""Fits that a guard refuses, or Keras: a model, a `fit` of the callbacks, and one that crashes where Keras refuses."""

from collections import Counter

import keras
import numpy as np
from keras import layers, ops
from unchanged.programs.own_layers import Centred
from unchanged.refusing import REFUSALS, refusal
from unchanged.table import numbers, whole

__all__ = ["REFUSALS"]


def _fitting(model, *data, **options):
    """`fit` as a function of the callbacks alone; in order, for Keras' shuffling draws before any verdict."""
    x, y = data or (numbers(16, 4), numbers(16, 1))
    options = {"batch_size": 8, "epochs": 2, "shuffle": False, "verbose": 0, **options}
    return lambda guards: model.fit(x, y, **options, callbacks=guards)


def _sequential(*inner, built=True, optimizer="adam", **options):
    model = keras.Sequential([*([keras.Input((4,))] if built else []), *inner, layers.Dense(1, name="head")])
    model.compile(optimizer, "mse", **options)
    return model


class Sampling(layers.Layer):
    def __init__(self):
        super().__init__()
        self.seed_generator = keras.random.SeedGenerator(7)

    def call(self, x):
        return x + keras.random.normal(ops.shape(x), seed=self.seed_generator)


class Counting(layers.Layer):
    def __init__(self):
        super().__init__()
        self.steps = self.add_weight(shape=(), trainable=False, initializer="zeros", name="steps")

    def call(self, x):
        self.steps.assign_add(1.0)
        return x * 1.0


@refusal()
def layers_of_keras():
    model = _sequential(layers.Dense(3), layers.Dropout(0.3))
    return model, _fitting(model)


@refusal()
def moving_statistics_of_keras():
    model = _sequential(layers.BatchNormalization(), layers.GaussianNoise(0.1))
    return model, _fitting(model)


@refusal()
def a_seed_of_ones_own():
    model = _sequential(Sampling())
    return model, _fitting(model)


@refusal()
def a_seed_of_ones_own_behind_batch_normalization():
    model = _sequential(layers.BatchNormalization(), Sampling(), layers.Dropout(0.3))
    return model, _fitting(model)


@refusal()
def a_counter_in_a_variable():
    model = _sequential(Counting())
    return model, _fitting(model)


@refusal()
def moving_statistics_of_ones_own():
    model = _sequential(Centred(), layers.BatchNormalization())
    return model, _fitting(model)


@refusal()
def metrics_compiled():
    model = _sequential(Sampling(), metrics=["mae", keras.metrics.RootMeanSquaredError()])
    return model, _fitting(model, validation_split=0.5)


@refusal()
def after_a_fit_that_went_well():
    model = _sequential(Sampling(), layers.BatchNormalization(), metrics=["mae"])
    _fitting(model)([])
    return model, _fitting(model)


@refusal()
def deferred():
    model = _sequential(layers.Dense(3), layers.Dropout(0.3), built=False)
    return model, _fitting(model)


@refusal()
def deferred_with_layers_of_ones_own():
    model = _sequential(Counting(), Sampling(), Centred(), built=False)
    return model, _fitting(model)


@refusal()
def deferred_with_moving_statistics():
    model = _sequential(layers.Dense(3), Sampling(), layers.BatchNormalization(), built=False, metrics=["mae"])
    return model, _fitting(model)


class Subclassed(keras.Model):
    def __init__(self):
        super().__init__()
        self.inner, self.norm, self.sampling = layers.Dense(3), layers.BatchNormalization(), Sampling()
        self.head = layers.Dense(1, name="head")
        self.compile("adam", "mse", metrics=["mae"])

    def call(self, x, training=False):
        return self.head(self.sampling(self.norm(self.inner(x), training=training)))


@refusal()
def subclassed_unbuilt():
    model = Subclassed()
    return model, _fitting(model)


@refusal()
def subclassed_built():
    model = Subclassed()
    model(numbers(2, 4))
    return model, _fitting(model)


@refusal()
def subclassed_and_fitted_before():
    """Compiled again: a step that was traced before runs no Python, and nobody can look at it."""
    model = Subclassed()
    _fitting(model)([])
    model.compile("adam", "mse", metrics=["mae"])
    return model, _fitting(model)


@refusal(wrong={"head": (8, 7)}, only=("tensorflow", "jax"))  # PyTorch minds the state moved in place
def stateful_recurrence():
    first = keras.Input((6, 5), batch_size=8)
    model = keras.Sequential([first, layers.LSTM(4, stateful=True), layers.Dense(1, name="head")])
    model.compile("adam", "mse")
    model.predict(numbers(8, 6, 5), batch_size=8, verbose=0)
    return model, _fitting(model, numbers(16, 6, 5), numbers(16, 1))


@refusal()
def recurrence_with_dropout_and_a_layer_of_ones_own():
    model = keras.Sequential(
        [keras.Input((6, 4)), Sampling(), layers.LSTM(4, dropout=0.3), layers.Dense(1, name="head")]
    )
    model.compile("adam", "mse")
    return model, _fitting(model, numbers(16, 6, 4), numbers(16, 1))


@refusal()
def spectral_normalization():
    model = _sequential(layers.SpectralNormalization(layers.Dense(3)), Sampling())
    return model, _fitting(model)


@refusal()
def nested():
    tower = keras.Sequential([keras.Input((4,)), Sampling(), layers.BatchNormalization(), layers.Dense(3)])
    i = keras.Input((4,))
    model = keras.Model(i, layers.Dense(1, name="head")(tower(i)))
    model.compile("adam", "mse")
    return model, _fitting(model)


@refusal()
def several_outputs():
    i = keras.Input((4,))
    x = Sampling()(i)
    model = keras.Model(i, {"a": layers.Dense(1, name="head")(x), "b": layers.Dense(2)(x)})
    model.compile("adam", {"a": "mse", "b": "mae"}, metrics={"a": ["mae"], "b": ["mse"]})
    return model, _fitting(model, numbers(16, 4), {"a": numbers(16, 1), "b": numbers(16, 2)})


@refusal(only=("tensorflow",))
def python_draws_in_call():
    """Elsewhere Keras itself calls the layer while `fit` sets up, before any callback is there."""
    import random

    class Jitter(layers.Layer):
        def call(self, x):
            return x * (1.0 + 0.1 * random.random())

    model = _sequential(Jitter())
    return model, _fitting(model)


@refusal(only=("tensorflow",))
def numpy_draws_in_call():
    class Jitter(layers.Layer):
        def call(self, x):
            return x + np.random.normal(size=(4,)).astype("float32")

    model = _sequential(Jitter())
    return model, _fitting(model)


@refusal(only=("tensorflow", "torch"))
def the_global_generator_in_call():
    class Noise(layers.Layer):
        def call(self, x):
            return x + keras.random.normal((4,))

    model = _sequential(Noise())
    keras.random.normal((2,))
    return model, _fitting(model)


@refusal()
def a_loss_scale():
    keras.config.set_dtype_policy("mixed_float16")
    model = _sequential(Counting(), layers.BatchNormalization())
    return model, _fitting(model)


@refusal(only=("tensorflow", "jax"))
def several_steps_at_once():
    model = _sequential(Sampling(), Counting(), steps_per_execution=2)
    return model, _fitting(model)


@refusal()
def run_eagerly():
    model = _sequential(Sampling(), Counting(), layers.BatchNormalization(), run_eagerly=True)
    return model, _fitting(model)


@refusal(only=("tensorflow", "jax"))
def jit_compiled():
    model = _sequential(Sampling(), Counting(), layers.BatchNormalization(), jit_compile=True)
    return model, _fitting(model)


@refusal(only=("tensorflow", "torch"))
def averaged_weights_and_momenta():
    """On JAX a second `fit` fails in plain Keras 3.15: the averages were given to the step, and come back too late."""
    optimizer = keras.optimizers.SGD(0.1, momentum=0.9, use_ema=True, ema_overwrite_frequency=1)
    model = _sequential(Counting(), optimizer=optimizer)
    return model, _fitting(model)


@refusal()
def an_optimizer_used_before():
    model = _sequential(Centred(), optimizer=keras.optimizers.Adam(amsgrad=True, gradient_accumulation_steps=2))
    _fitting(model, epochs=1)([])
    return model, _fitting(model)


@refusal(only=("tensorflow", "torch"))  # JAX' trainer knows no metric inside a layer
def losses_and_metrics_added_in_call():
    class Penalised(layers.Layer):
        def __init__(self):
            super().__init__()
            self.mean = keras.metrics.Mean(name="size")

        def call(self, x):
            self.add_loss(0.1 * ops.mean(x**2))
            self.mean.update_state(ops.mean(ops.abs(x)))
            return x

    model = _sequential(Penalised(), Sampling())
    return model, _fitting(model)


@refusal()
def a_train_step_that_counts():
    calls = Counter()

    class Own(keras.Model):
        def train_step(self, *args):
            calls["train_step"] += 1
            assert calls["train_step"] < 9, "the diagnosis takes no steps"
            return super().train_step(*args)

    inner = _sequential(Sampling(), layers.BatchNormalization())
    model = Own(inner.inputs, inner.outputs)
    model.compile("adam", "mse")
    return model, _fitting(model)


@refusal()
def a_generator():
    def batches():
        for number in range(4):
            yield numbers(8, 4, seed=number), numbers(8, 1)

    model = _sequential(Sampling(), Counting(), built=False)
    return model, lambda guards: model.fit(batches(), verbose=0, callbacks=guards)


@refusal()
def a_dataset():
    class Own(keras.utils.PyDataset):
        def __len__(self):
            return 2

        def __getitem__(self, index):
            return numbers(8, 4, seed=index), numbers(8, 1)

    model = _sequential(Sampling(), Counting())
    return model, lambda guards: model.fit(Own(), shuffle=False, verbose=0, callbacks=guards)


@refusal(wrong={"head": (5, 1)})
def a_literal_batch():
    model = _sequential(Sampling(), layers.BatchNormalization())
    return model, _fitting(model)


@refusal()
def validation_alone_is_refused():
    model = _sequential(Sampling(), Counting(), layers.BatchNormalization(), metrics=["mae"])

    def refuse(guards):
        model.evaluate(numbers(9, 4), numbers(9, 1), verbose=0, callbacks=guards)

    return model, lambda guards: refuse(guards) if guards else _fitting(model)([])


@refusal()
def prediction_is_refused():
    model = _sequential(Sampling(), Counting(), layers.BatchNormalization(), built=False)

    def refuse(guards):
        model.predict(numbers(9, 4), verbose=0, callbacks=guards)

    return model, lambda guards: refuse(guards) if guards else _fitting(model)([])


@refusal(only=("tensorflow", "jax"))
def a_batch_inside_a_guard_is_refused():
    """On PyTorch Keras draws a number while it sets the model up, which the first batch does once and for all."""
    model = _sequential(Sampling(), layers.BatchNormalization(), metrics=["mae"])

    def refuse(guards):
        with guards[0]:
            model.train_on_batch(numbers(8, 4), numbers(8, 1))

    return model, lambda guards: refuse(guards) if guards else _fitting(model)([])


@refusal(wrong=None)
def crash_over_targets():
    model = _sequential(layers.Dense(3), metrics=["mae"])
    return model, _fitting(model), _fitting(model, numbers(16, 4), numbers(16, 3, 2))


@refusal(wrong=None)
def crash_over_inputs():
    model = _sequential(layers.Dense(3), Sampling())
    return model, _fitting(model), _fitting(model, numbers(16, 9), numbers(16, 1))


@refusal(wrong=None, only=("tensorflow", "jax"))  # PyTorch calls it with batches of Keras' own
def crash_in_a_layer_of_ones_own():
    class Regrouped(layers.Layer):
        def call(self, x):
            return ops.reshape(x, (8, 4))

    model = _sequential(Regrouped(), Sampling())
    return model, _fitting(model), _fitting(model, numbers(15, 4), numbers(15, 1), batch_size=5)


@refusal(wrong=None, only="torch")
def crash_of_a_model_fitted_before():
    """On JAX the crash alone takes the weights away; on TensorFlow it comes while the step runs, in any order."""
    i = keras.Input((None, 4))
    x = layers.Dense(1, name="head")(layers.Reshape((12,))(layers.Dense(3)(i)))
    model = keras.Model(i, x)
    model.compile("adam", "mse", metrics=["mae"])
    fit = _fitting(model, numbers(16, 4, 4), numbers(16, 1))
    fit([])
    return model, fit, _fitting(model, numbers(16, 5, 4), numbers(16, 1))


@refusal(wrong=None)
def crash_of_classes():
    model = keras.Sequential([keras.Input((4,)), layers.Dense(5), layers.Dense(3, activation="softmax", name="head")])
    model.compile("adam", "categorical_crossentropy")
    one_hot = np.eye(3, dtype="float32")[whole(3, 16)]
    return model, _fitting(model, numbers(16, 4), one_hot), _fitting(model, numbers(16, 4), whole(3, 16))
