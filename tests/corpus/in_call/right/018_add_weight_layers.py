"""Several own layers with add_weight: low-rank dense, scale and shift, cross, prototypes."""
import numpy as np
import keras
from keras import layers, ops


class LowRankDense(layers.Layer):
    def __init__(self, units, rank, **kwargs):
        super().__init__(**kwargs)
        self.units, self.rank = units, rank

    def build(self, input_shape):
        self.a = self.add_weight(name="a", shape=(input_shape[-1], self.rank))
        self.b = self.add_weight(name="b", shape=(self.rank, self.units))
        self.bias = self.add_weight(name="bias", shape=(self.units,), initializer="zeros")

    def call(self, x):
        return ops.matmul(ops.matmul(x, self.a), self.b) + self.bias


class ScaleShift(layers.Layer):
    def build(self, input_shape):
        d = input_shape[-1]
        self.gamma = self.add_weight(name="gamma", shape=(1, d), initializer="ones")
        self.beta = self.add_weight(name="beta", shape=(1, d), initializer="zeros")

    def call(self, x):
        mean = ops.mean(x, axis=-1, keepdims=True)
        std = ops.std(x, axis=-1, keepdims=True)
        return self.gamma * (x - mean) / (std + 1e-5) + self.beta


class Cross(layers.Layer):
    """Cross layer of the deep and cross network."""

    def build(self, input_shape):
        x0_shape, _ = input_shape
        self.w = self.add_weight(name="w", shape=(x0_shape[-1], 1))
        self.b = self.add_weight(name="b", shape=(x0_shape[-1],), initializer="zeros")

    def call(self, inputs):
        x0, x = inputs
        return x0 * ops.matmul(x, self.w) + self.b + x      # (batch, 9) * (batch, 1)


class Prototypes(layers.Layer):
    def __init__(self, n, **kwargs):
        super().__init__(**kwargs)
        self.n = n

    def build(self, input_shape):
        self.centres = self.add_weight(name="centres", shape=(self.n, input_shape[-1]))

    def call(self, x):
        diff = x[:, None, :] - self.centres                 # (batch, 4, 12)
        return -ops.sum(ops.square(diff), axis=-1)          # (batch, 4)


inp = keras.Input((9,))
c = inp
for _ in range(2):
    c = Cross()([inp, c])
h = ops.relu(ScaleShift()(LowRankDense(12, rank=3)(c)))
logits = Prototypes(4)(h)
model = keras.Model(inp, ops.softmax(logits))

x = np.random.randn(8, 9).astype("float32")
y = np.random.randint(0, 4, (8,))
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(x, y, epochs=1, verbose=0)
