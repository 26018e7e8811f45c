"""Recurrent networks with states and cells of one's own, and layers inside wrappers."""

from collections import Counter

import keras
from keras import layers, ops
from unchanged.table import numbers, program, whole


def _fit(model, guards, x, y, **options):
    model.compile("sgd", "mse")
    return model.fit(x, y, **{"batch_size": 8, "verbose": 0, "shuffle": False, **options}, callbacks=guards)


@program(head=(None, 1), only="tensorflow")
def stateful_lstm_deferred(guards):
    model = keras.Sequential([layers.LSTM(4, stateful=True), layers.Dense(1, name="head")])
    return model, _fit(model, guards, numbers(16, 6, 5), numbers(16, 1))


@program(head=(8, 1), only=("tensorflow", "jax"))
def stateful_lstm_built(guards):
    first = keras.Input((6, 5), batch_size=8)
    model = keras.Sequential([first, layers.LSTM(4, stateful=True), layers.Dense(1, name="head")])
    x = numbers(16, 6, 5)
    history = _fit(model, guards, x, numbers(16, 1), epochs=2)
    return model, history, model.predict(x, batch_size=8, verbose=0, callbacks=guards)


@program(head=(8, 6, 1), only=("tensorflow", "jax"))
def stateful_gru_functional(guards):
    class Forget(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            gru.reset_state()

    gru = layers.GRU(4, stateful=True, return_sequences=True)
    i = keras.Input((6, 5), batch_size=8)
    model = keras.Model(i, layers.Dense(1, name="head")(gru(i)))
    return model, _fit(model, [*guards, Forget()], numbers(16, 6, 5), numbers(16, 6, 1), epochs=2)


@program(head=(None, 1))
def a_cell_of_ones_own(guards):
    calls = Counter()

    class Cell(layers.Layer):
        def __init__(self, units):
            super().__init__()
            self.units = self.state_size = units

        def build(self, shape):
            calls["build"] += 1
            self.kernel = self.add_weight(shape=(shape[-1], self.units), name="kernel")
            self.recurrent = self.add_weight(shape=(self.units, self.units), name="recurrent")

        def call(self, x, states):
            calls["call"] += 1
            output = ops.tanh(ops.matmul(x, self.kernel) + ops.matmul(states[0], self.recurrent))
            return output, [output]

    model = keras.Sequential([keras.Input((5, 3)), layers.RNN(Cell(4)), layers.Dense(1, name="head")])
    return model, _fit(model, guards, numbers(16, 5, 3), numbers(16, 1)), calls


@program(head=(None, 1))
def a_noisy_cell_of_ones_own(guards):
    calls = Counter()

    class Cell(layers.Layer):
        state_size, output_size = 3, 3

        def __init__(self):
            super().__init__()
            self.seed = keras.random.SeedGenerator(5)
            self.ticks = self.add_weight(shape=(), initializer="zeros", trainable=False, name="ticks")

        def call(self, x, states, training=False):
            calls["call"] += 1
            return x + 0.5 * states[0], [x]

        def get_initial_state(self, batch_size=None):
            calls["initial"] += 1
            return [ops.zeros((batch_size, 3))]

    i = keras.Input((5, 3))
    model = keras.Model(i, layers.Dense(1, name="head")(layers.RNN(Cell(), unroll=True)(i)))
    return model, _fit(model, guards, numbers(16, 5, 3), numbers(16, 1)), calls


@program(head=(None, 1))
def stacked_cells_with_dropout(guards):
    cells = [layers.LSTMCell(4, dropout=0.2), layers.GRUCell(3, recurrent_dropout=0.2)]
    model = keras.Sequential([layers.RNN(cells), layers.Dense(1, name="head")])
    return model, _fit(model, guards, numbers(16, 5, 3), numbers(16, 1), epochs=2)


@program(head=(None, 1))
def bidirectional_with_dropout(guards):
    inner = layers.LSTM(3, dropout=0.3, recurrent_dropout=0.3)
    model = keras.Sequential([keras.Input((5, 3)), layers.Bidirectional(inner), layers.Dense(1, name="head")])
    return model, _fit(model, guards, numbers(16, 5, 3), numbers(16, 1), epochs=2)


@program(head=(None, 1))
def bidirectional_around_a_layer_of_ones_own(guards):
    calls = Counter()

    @keras.saving.register_keras_serializable(package="unchanged")
    class Own(layers.GRU):
        def call(self, sequences, initial_state=None, mask=None, training=False):
            calls["call"] += 1
            return super().call(sequences, initial_state=initial_state, mask=mask, training=training)

    model = keras.Sequential([keras.Input((5, 3)), layers.Bidirectional(Own(3)), layers.Dense(1, name="head")])
    return model, _fit(model, guards, numbers(16, 5, 3), numbers(16, 1)), calls


@program(head=(None, 5, 1))
def time_distributed_around_a_layer_of_ones_own(guards):
    calls = Counter()

    class Own(layers.Layer):
        def build(self, shape):
            calls["build"] += 1
            self.scale = self.add_weight(shape=(shape[-1],), initializer="ones")

        def call(self, x):
            calls["call"] += 1
            return x * self.scale

        def compute_output_shape(self, shape):
            calls["compute_output_shape"] += 1
            return shape

    i = keras.Input((5, 3))
    model = keras.Model(i, layers.Dense(1, name="head")(layers.TimeDistributed(Own())(i)))
    return model, _fit(model, guards, numbers(16, 5, 3), numbers(16, 5, 1)), calls


@program(head=(None, 1))
def time_distributed_around_a_model(guards):
    frame = keras.Sequential(
        [keras.Input((6, 6, 1)), layers.Conv2D(2, 3), layers.BatchNormalization(), layers.Flatten()]
    )
    i = keras.Input((4, 6, 6, 1))
    x = layers.LSTM(3)(layers.TimeDistributed(frame)(i))
    model = keras.Model(i, layers.Dense(1, name="head")(x))
    return model, _fit(model, guards, numbers(8, 4, 6, 6, 1), numbers(8, 1), batch_size=4)


@program(head=(None, 1))
def spectral_normalization_around_a_layer_of_ones_own(guards):
    """The wrapper moves its own vector at each call."""
    calls = Counter()

    class Own(layers.Dense):
        def call(self, x, training=None):
            calls["call"] += 1
            return super().call(x)

    model = keras.Sequential([keras.Input((4,)), layers.SpectralNormalization(Own(3)), layers.Dense(1, name="head")])
    return model, _fit(model, guards, numbers(16, 4), numbers(16, 1), epochs=2), calls


@program(head=(None, 1))
def a_wrapper_of_ones_own(guards):
    calls = Counter()

    class Residual(layers.Wrapper):
        def call(self, x):
            calls["call"] += 1
            return x + self.layer(x)

    model = keras.Sequential([keras.Input((4,)), Residual(layers.Dense(4)), layers.Dense(1, name="head")])
    return model, _fit(model, guards, numbers(16, 4), numbers(16, 1)), calls


@program(head=(None, 4, 4))
def an_encoder_and_a_decoder(guards):
    """States handed on, masks, teacher forcing."""
    source, target = keras.Input((5,)), keras.Input((4,))
    _, h, c = layers.LSTM(3, return_state=True)(layers.Embedding(9, 3, mask_zero=True)(source))
    x = layers.LSTM(3, return_sequences=True, dropout=0.2)(layers.Embedding(9, 3)(target), initial_state=[h, c])
    model = keras.Model([source, target], layers.Dense(4, name="head")(x))
    return model, _fit(model, guards, [whole(9, 16, 5), whole(9, 16, 4)], numbers(16, 4, 4), epochs=2)


@program(head=(None, 1))
def a_convolutional_lstm(guards):
    model = keras.Sequential(
        [layers.ConvLSTM1D(2, 3, recurrent_dropout=0.2), layers.Flatten(), layers.Dense(1, name="head")]
    )
    return model, _fit(model, guards, numbers(8, 3, 6, 2), numbers(8, 1), batch_size=4)


@program(head=(None, 1))
def states_kept_by_a_layer_of_ones_own(guards):
    """A memory in a variable that the next batch goes on from."""

    class Memory(layers.Layer):
        def build(self, shape):
            self.memory = self.add_weight(shape=(shape[-1],), initializer="zeros", trainable=False, name="memory")

        def call(self, x):
            mixed = 0.5 * x + 0.5 * self.memory
            self.memory.assign(ops.mean(mixed, axis=0))
            return mixed

    model = keras.Sequential([Memory(), layers.Dense(1, name="head")])
    return model, _fit(model, guards, numbers(20, 4), numbers(20, 1), epochs=2)
