"""Models of many makes: subclassed, nested, shared, with several outputs, made ready-made or cloned."""

import tempfile
from collections import Counter

import keras
import numpy as np
from keras import layers, ops
from unchanged.table import numbers, program, whole


def _fit(model, guards, x=None, y=None, **options):
    if not model.compiled:
        model.compile("adam", "mse")
    x, y = (numbers(16, 4), numbers(16, 1)) if x is None else (x, y)
    return model.fit(x, y, **{"batch_size": 8, "epochs": 2, "verbose": 0, **options}, callbacks=guards)


@program(head=(None, 1))
def subclassed_and_unbuilt(guards):
    calls = Counter()

    class Own(keras.Model):
        def __init__(self):
            super().__init__()
            self.inner, self.norm, self.head = (
                layers.Dense(3),
                layers.BatchNormalization(),
                layers.Dense(1, name="head"),
            )

        def call(self, x, training=False):
            calls[f"call {training}"] += 1
            return self.head(self.norm(self.inner(x), training=training))

    model = Own()
    return model, _fit(model, guards), calls


@program(head=(None, 1))
def subclassed_and_built(guards):
    calls = Counter()

    class Own(keras.Model):
        def __init__(self):
            super().__init__()
            self.inner, self.drop, self.head = layers.Dense(3), layers.Dropout(0.2), layers.Dense(1, name="head")

        def call(self, x):
            calls["call"] += 1
            return self.head(self.drop(self.inner(x)))

    model = Own()
    model(numbers(2, 4))
    return model, _fit(model, guards), model.predict(numbers(5, 4), verbose=0, callbacks=guards), calls


@program(head=(None, 1))
def subclassed_with_a_build(guards):
    calls = Counter()

    class Own(keras.Model):
        def __init__(self):
            super().__init__()
            self.head = layers.Dense(1, name="head")

        def build(self, shape):
            calls["build"] += 1
            self.scale = self.add_weight(shape=(shape[-1],), initializer="ones", name="scale")
            self.head.build(shape)

        def call(self, x):
            calls["call"] += 1
            return self.head(x * self.scale)

        def compute_output_shape(self, shape):
            calls["compute_output_shape"] += 1
            return (shape[0], 1)

    model = Own()
    return model, _fit(model, guards), calls


@program(head=(None, 1))
def a_model_that_counts_its_steps(guards):
    """The curriculum kept in a variable of the model, read in `call`."""

    class Own(keras.Model):
        def __init__(self):
            super().__init__()
            self.steps = self.add_weight(shape=(), initializer="zeros", trainable=False, name="steps")
            self.head = layers.Dense(1, name="head")
            self.python_steps = 0

        def call(self, x, training=False):
            self.python_steps += 1
            if training:
                self.steps.assign_add(1.0)
            return self.head(x) / (1.0 + self.steps)

    model = Own()
    return model, _fit(model, guards), model.python_steps


@program(head=(None, 1))
def nested_models(guards):
    calls = Counter()

    class Inner(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = layers.Dense(3)

        def call(self, x):
            calls["inner"] += 1
            return self.dense(x)

    tower = keras.Sequential([keras.Input((4,)), layers.Dense(4), layers.BatchNormalization()])
    i = keras.Input((4,))
    model = keras.Model(i, layers.Dense(1, name="head")(Inner()(tower(i))))
    return model, _fit(model, guards), calls


@program(head=(None, 1))
def a_sequential_inside_a_sequential_deferred(guards):
    calls = Counter()

    class Counting(layers.Layer):
        def call(self, x):
            calls["call"] += 1
            return -x

    inner = keras.Sequential([layers.Dense(3), Counting(), layers.Dropout(0.2)])
    model = keras.Sequential([inner, layers.Dense(1, name="head")])
    return model, _fit(model, guards), calls


@program(head=(None, 1))
def an_encoder_shared_by_two_inputs(guards):
    calls = Counter()

    class Encoder(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense, self.seed = layers.Dense(3), keras.random.SeedGenerator(2)

        def call(self, x):
            calls["call"] += 1
            return self.dense(x) + 0.1 * keras.random.normal((3,), seed=self.seed)

    encoder, i, j = Encoder(), keras.Input((4,)), keras.Input((4,))
    distance = ops.abs(encoder(i) - encoder(j))
    model = keras.Model([i, j], layers.Dense(1, name="head")(distance))
    return model, _fit(model, guards, [numbers(16, 4), numbers(16, 4, seed=8)], numbers(16, 1)), calls


@program(head=(None, 1))
def batch_normalization_behind_layers_of_ones_own(guards):
    calls = Counter()

    class Own(layers.Layer):
        def __init__(self):
            super().__init__()
            self.norm, self.dense = layers.BatchNormalization(momentum=0.5), layers.Dense(4)

        def call(self, x, training=None):
            calls["call"] += 1
            return ops.relu(self.norm(self.dense(x), training=training))

    model = keras.Sequential([Own(), layers.BatchNormalization(), Own(), layers.Dense(1, name="head")])
    history = _fit(model, guards, validation_data=(numbers(5, 4), numbers(5, 1)))
    return model, history, calls


@program(head=(None, 1))
def losses_and_targets_by_name(guards):
    """Outputs in a list, targets and losses in dicts whose keys sort otherwise."""
    calls = Counter()

    def loss(y, p):
        calls["loss"] += 1
        return ops.mean((y - p) ** 2, axis=-1)

    i = keras.Input((4,))
    urgency = layers.Dense(1, name="head")(i)
    office = layers.Dense(3, activation="softmax", name="department")(i)
    model = keras.Model(i, [urgency, office])
    losses, weights = {"head": loss, "department": "categorical_crossentropy"}, {"head": 1.0, "department": 0.2}
    model.compile("adam", losses, loss_weights=weights, metrics={"head": ["mae"], "department": ["accuracy"]})
    y = {"head": numbers(16, 1), "department": np.eye(3, dtype="float32")[whole(3, 16)]}
    return model, _fit(model, guards, numbers(16, 4), y), calls


@program(head=(None, 1))
def outputs_in_a_dict(guards):
    class Own(keras.Model):
        def __init__(self):
            super().__init__()
            self.a, self.head = layers.Dense(2), layers.Dense(1, name="head")

        def call(self, x):
            return {"a": self.a(x), "b": self.head(x)}

    model = Own()
    model.compile("adam", {"a": "mse", "b": "mae"})
    history = _fit(model, guards, numbers(16, 4), {"a": numbers(16, 2), "b": numbers(16, 1)})
    return model, history, model.predict(numbers(3, 4), verbose=0, callbacks=guards)


@program(head=(None, 2))
def an_optional_input(guards):
    calls = Counter()

    class Both(layers.Layer):
        def call(self, x, y=None):
            calls[f"call {y is None}"] += 1
            return x if y is None else x + y

    a, b = keras.Input((4,), name="a"), keras.Input((4,), name="b", optional=True)
    model = keras.Model([a, b], layers.Dense(2, name="head")(Both()(a, b)))
    return model, _fit(model, guards, [numbers(16, 4), None], numbers(16, 2)), calls


@program(head=(None, 4))
def an_autoencoder_fitted_and_cut(guards):
    """The encoder is a model of its own, which shares its layers and is asked afterwards."""
    i = keras.Input((4,))
    code = layers.Dense(2, activation="relu", name="code")(layers.GaussianNoise(0.1)(i))
    model, encoder = keras.Model(i, layers.Dense(4, name="head")(code)), keras.Model(i, code)
    history = _fit(model, guards, numbers(16, 4), numbers(16, 4))
    return model, history, encoder.predict(numbers(5, 4), verbose=0)


@program(head=(None, 1))
def a_clone(guards):
    calls = Counter()

    class Counting(layers.Layer):
        def call(self, x):
            calls["call"] += 1
            return x + 1.0

    source = keras.Sequential([keras.Input((4,)), Counting(), layers.Dropout(0.2), layers.Dense(1, name="head")])
    model = keras.models.clone_model(source)
    model.set_weights(source.get_weights())
    history = _fit(model, guards)
    return source, model, history, keras.models.clone_model(model), calls


@program(head=(None, 1))
def saved_and_loaded(guards):
    calls = Counter()

    @keras.saving.register_keras_serializable(package="unchanged")
    class Counting(layers.Layer):
        def call(self, x):
            calls["call"] += 1
            return x + 1.0

    model = keras.Sequential([keras.Input((4,)), Counting(), layers.Dropout(0.2), layers.Dense(1, name="head")])
    _fit(model, guards)
    with tempfile.TemporaryDirectory() as folder:
        model.save(f"{folder}/model.keras")
        loaded = keras.models.load_model(f"{folder}/model.keras")
    return model, loaded, _fit(loaded, guards), calls


@program(head=(None, 1))
def a_base_frozen_and_then_freed(guards):
    """Transfer learning in two fits, the base called with `training=False`."""
    inner = [keras.Input((8, 8, 3)), layers.Conv2D(3, 3), layers.BatchNormalization(), layers.GlobalAveragePooling2D()]
    base = keras.Sequential(inner)
    base.trainable = False
    i = keras.Input((8, 8, 3))
    model = keras.Model(i, layers.Dense(1, name="head")(layers.Dropout(0.2)(base(i, training=False))))
    x, y = numbers(8, 8, 8, 3), numbers(8, 1)
    first = _fit(model, guards, x, y, batch_size=4)
    base.trainable = True
    model.compile(keras.optimizers.Adam(1e-5), "mse")
    return model, first, _fit(model, guards, x, y, batch_size=4)


@program(head=(None, 2))
def a_transformer_block(guards):
    """keras.io's text classification with a transformer."""
    calls = Counter()

    class TransformerBlock(layers.Layer):
        def __init__(self, size, heads):
            super().__init__()
            self.attention = layers.MultiHeadAttention(heads, size, dropout=0.1)
            self.ffn = keras.Sequential([layers.Dense(8, activation="relu"), layers.Dense(size)])
            self.norm1, self.norm2 = layers.LayerNormalization(), layers.LayerNormalization()
            self.drop1, self.drop2 = layers.Dropout(0.1), layers.Dropout(0.1)

        def call(self, x, training=None):
            calls["block"] += 1
            x = self.norm1(x + self.drop1(self.attention(x, x), training=training))
            return self.norm2(x + self.drop2(self.ffn(x), training=training))

    class TokenAndPosition(layers.Layer):
        def __init__(self, length, words, size):
            super().__init__()
            self.tokens, self.positions = layers.Embedding(words, size), layers.Embedding(length, size)

        def call(self, x):
            calls["embedding"] += 1
            return self.tokens(x) + self.positions(ops.arange(0, ops.shape(x)[-1]))

    i = keras.Input((6,))
    x = layers.GlobalAveragePooling1D()(TransformerBlock(4, 2)(TokenAndPosition(6, 9, 4)(i)))
    model = keras.Model(i, layers.Dense(2, activation="softmax", name="head")(x))
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model, _fit(model, guards, whole(9, 16, 6), whole(2, 16)), calls


@program(head=(None, 1))
def statistics_adapted_first(guards):
    normalization = layers.Normalization()
    normalization.adapt(numbers(16, 4))
    model = keras.Sequential([normalization, layers.Dense(3), layers.Dense(1, name="head")])
    return model, _fit(model, guards)


@program(head=(None, 1), only="tensorflow")
def words_and_bins_adapted_first(guards):
    words, bins = layers.TextVectorization(output_sequence_length=4), layers.Discretization(num_bins=3)
    words.adapt(["a shape is a shape", "a rank is no shape"])
    bins.adapt(numbers(16, 1))
    i, j = keras.Input((4,)), keras.Input((1,))
    x = layers.Concatenate()(
        [layers.Flatten()(layers.Embedding(9, 2)(i)), layers.Flatten()(layers.Embedding(4, 2)(bins(j)))]
    )
    model = keras.Model([i, j], layers.Dense(1, name="head")(x))
    tokens = keras.ops.convert_to_numpy(words(["a rank is a shape"] * 16))
    return model, _fit(model, guards, [tokens, numbers(16, 1)], numbers(16, 1))


@program(head=(None, 1))
def layers_held_in_lists_and_dicts(guards):
    calls = Counter()

    class Expert(layers.Layer):
        def __init__(self):
            super().__init__()
            self.dense = layers.Dense(2)

        def call(self, x):
            calls["expert"] += 1
            return self.dense(x)

    class Mixture(keras.Model):
        def __init__(self):
            super().__init__()
            self.experts = [Expert() for _ in range(3)]
            self.parts = {"gate": layers.Dense(3, activation="softmax"), "head": layers.Dense(1, name="head")}

        def call(self, x):
            calls["call"] += 1
            gates = self.parts["gate"](x)
            mixed = sum(gates[:, k : k + 1] * expert(x) for k, expert in enumerate(self.experts))
            return self.parts["head"](mixed)

    model = Mixture()
    return model, _fit(model, guards), calls


@program(head=(None, 1))
def a_functional_model_extended(guards):
    calls = Counter()

    class Own(keras.Model):
        def __init__(self):
            i = keras.Input((4,))
            super().__init__(i, layers.Dense(1, name="head")(layers.Dropout(0.1)(layers.Dense(3)(i))))

        def call(self, x, training=None, mask=None):
            calls["call"] += 1
            return super().call(x, training=training, mask=mask) + 0.5

    model = Own()
    return model, _fit(model, guards), calls
