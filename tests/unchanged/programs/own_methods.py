"""Methods of layers of one's own: `build`, shapes, specs, masks, configurations, layers made inside."""

from collections import Counter

import keras
from keras import layers, ops
from unchanged.table import numbers, program, whole


@program(head=(None, 1))
def build_is_counted(guards):
    calls = Counter()

    class Linear(layers.Layer):
        def __init__(self, units):
            super().__init__()
            self.units = units

        def build(self, shape):
            calls[f"build {shape}"] += 1
            self.w = self.add_weight(shape=(shape[-1], self.units), initializer="glorot_uniform", name="w")
            self.b = self.add_weight(shape=(self.units,), initializer="zeros", name="b")

        def call(self, x):
            calls["call"] += 1
            return ops.matmul(x, self.w) + self.b

    model = keras.Sequential([Linear(5), layers.ReLU(), Linear(3), layers.Dense(1, name="head")])
    model.compile("sgd", "mse")
    return model, model.fit(numbers(16, 4), numbers(16, 1), batch_size=8, verbose=0, callbacks=guards), calls


@program(head=(None, 1))
def output_shape_is_counted(guards):
    calls = Counter()

    class Doubling(layers.Layer):
        def call(self, x):
            calls["call"] += 1
            return ops.concatenate([x, x], axis=-1)

        def compute_output_shape(self, shape):
            calls["compute_output_shape"] += 1
            return (*shape[:-1], 2 * shape[-1])

    model = keras.Sequential([keras.Input((4,)), Doubling(), layers.Dense(1, name="head")])
    model.compile("sgd", "mse")
    return model, model.fit(numbers(16, 4), numbers(16, 1), batch_size=8, verbose=0, callbacks=guards), calls


@program(head=(None, 1))
def output_spec_is_counted(guards):
    calls = Counter()

    class Casting(layers.Layer):
        def call(self, x):
            calls["call"] += 1
            return ops.cast(ops.sum(x, axis=1), "float32")

        def compute_output_spec(self, x):
            calls["compute_output_spec"] += 1
            return keras.KerasTensor((x.shape[0], x.shape[2]), dtype="float32")

    i = keras.Input((3, 4))
    model = keras.Model(i, layers.Dense(1, name="head")(Casting()(i)))
    model.compile("sgd", "mse")
    return model, model.fit(numbers(16, 3, 4), numbers(16, 1), batch_size=8, verbose=0, callbacks=guards), calls


@program(head=(None, 2))
def mask_is_computed_and_counted(guards):
    calls = Counter()

    class MeanOfSaid(layers.Layer):
        supports_masking = True

        def call(self, x, mask=None):
            calls[f"call {mask is None}"] += 1
            weights = ops.cast(mask, x.dtype)[:, :, None]
            return ops.sum(x * weights, axis=1) / (ops.sum(weights, axis=1) + 1e-3)

        def compute_mask(self, x, mask=None):
            calls["compute_mask"] += 1

    model = keras.Sequential(
        [keras.Input((6,)), layers.Embedding(9, 4, mask_zero=True), MeanOfSaid(), layers.Dense(2, name="head")]
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model, model.fit(whole(9, 16, 6), whole(2, 16), batch_size=8, verbose=0, callbacks=guards), calls


@program(head=(None, 1))
def layers_made_inside_call(guards):
    calls = Counter()

    class Lazy(layers.Layer):
        def __init__(self):
            super().__init__()
            self.first, self.inner = layers.Dense(4), None  # a layer unbuilt: Keras calls once before it locks

        def call(self, x):
            calls["call"] += 1
            if self.inner is None:
                calls["made"] += 1
                self.inner = layers.Dense(3)
            return self.inner(self.first(x))

    model = keras.Sequential([keras.Input((4,)), Lazy(), layers.Dense(1, name="head")])
    model.compile("sgd", "mse")
    return model, model.fit(numbers(16, 4), numbers(16, 1), batch_size=8, verbose=0, callbacks=guards), calls


@program(head=(None, 1))
def unweighted_layers_made_at_every_call(guards):
    calls = Counter()

    class Careless(layers.Layer):
        def call(self, x):
            calls["call"] += 1
            return layers.Activation("tanh")(layers.Reshape((-1,))(x))

    model = keras.Sequential([keras.Input((2, 4)), Careless(), layers.Dense(1, name="head")])
    model.compile("sgd", "mse")
    return model, model.fit(numbers(16, 2, 4), numbers(16, 1), batch_size=8, verbose=0, callbacks=guards), calls


@program(head=(None, 1))
def layers_made_inside_build(guards):
    calls = Counter()

    class Block(layers.Layer):
        def build(self, shape):
            calls["build"] += 1
            self.dense, self.drop = layers.Dense(shape[-1]), layers.Dropout(0.3)
            self.dense.build(shape)

        def call(self, x, training=None):
            calls[f"call {training}"] += 1
            return x + self.drop(self.dense(x), training=training)

    model = keras.Sequential([Block(), Block(), layers.Dense(1, name="head")])
    model.compile("sgd", "mse")
    return model, model.fit(numbers(16, 4), numbers(16, 1), batch_size=8, verbose=0, callbacks=guards), calls


@program(head=(None, 1))
def a_dict_of_inputs(guards):
    calls = Counter()

    class Joining(layers.Layer):
        def build(self, shapes):
            calls[f"build {sorted(shapes)}"] += 1
            self.scale = self.add_weight(shape=(shapes["left"][-1],), initializer="ones")

        def call(self, x):
            calls["call"] += 1
            return x["left"] * self.scale + x["right"]

    i = {"left": keras.Input((4,), name="left"), "right": keras.Input((4,), name="right")}
    model = keras.Model(i, layers.Dense(1, name="head")(Joining()(i)))
    model.compile("sgd", "mse")
    x = {"left": numbers(16, 4), "right": numbers(16, 4, seed=5)}
    return model, model.fit(x, numbers(16, 1), batch_size=8, verbose=0, callbacks=guards), calls


@program(head=(None, 1))
def a_convolution_extended(guards):
    """A subclass of one of Keras' own layers that counts, with weight standardisation."""
    calls = Counter()

    class Standardised(layers.Conv2D):
        def call(self, x):
            calls["call"] += 1
            return super().call(x) / (1e-3 + ops.std(self.kernel))

        def get_config(self):
            calls["get_config"] += 1
            return super().get_config()

    model = keras.Sequential(
        [keras.Input((8, 8, 1)), Standardised(2, 3, activation="relu"), layers.Flatten(), layers.Dense(1, name="head")]
    )
    model.compile("sgd", "mse")
    return model, model.fit(numbers(8, 8, 8, 1), numbers(8, 1), batch_size=4, verbose=0, callbacks=guards), calls


@program(head=(None, 1))
def constructors_are_counted(guards):
    """`__init__`, `get_config` and `from_config` are the user's code as well."""
    calls = Counter()

    class Scale(layers.Layer):
        def __init__(self, by=2.0, **kwargs):
            calls["init"] += 1
            super().__init__(**kwargs)
            self.by = by

        def call(self, x):
            calls["call"] += 1
            return x * self.by

        def get_config(self):
            calls["get_config"] += 1
            return {**super().get_config(), "by": self.by}

    model = keras.Sequential([keras.Input((4,)), Scale(3.0), layers.Dense(5), Scale(), layers.Dense(1, name="head")])
    model.compile("sgd", "mse")
    return model, model.fit(numbers(16, 4), numbers(16, 1), batch_size=8, verbose=0, callbacks=guards), calls
