import numpy as np
import keras
from keras import layers, ops


def squash(s, axis=-1):
    n2 = ops.sum(ops.square(s), axis=axis, keepdims=True)
    return n2 / (1.0 + n2) * s / ops.sqrt(n2 + 1e-7)


class PrimaryCaps(layers.Layer):
    def __init__(self, n_channels, dim, **kwargs):
        super().__init__(**kwargs)
        self.dim = dim
        self.conv = layers.Conv2D(n_channels * dim, 5, strides=2)

    def call(self, x):
        x = self.conv(x)                                  # (None, 4, 4, 24)
        x = ops.reshape(x, (-1, x.shape[1] * x.shape[2] * x.shape[3] // self.dim, self.dim))
        return squash(x)


class DigitCaps(layers.Layer):
    def __init__(self, num, dim, routings=3, **kwargs):
        super().__init__(**kwargs)
        self.num, self.dim, self.routings = num, dim, routings

    def build(self, input_shape):
        _, n_in, d_in = input_shape
        self.W = self.add_weight(name="W", shape=(self.num, n_in, self.dim, d_in))

    def call(self, u):
        u = u[:, None, :, :, None]                        # (None, 1, 64, 6, 1)
        u_hat = ops.matmul(self.W, u)[..., 0]             # (None, 4, 64, 10)
        b = ops.zeros_like(u_hat[..., :1])
        for r in range(self.routings):
            c = ops.softmax(b, axis=1)
            v = squash(ops.sum(c * u_hat, axis=2, keepdims=True))
            if r < self.routings - 1:
                b = b + ops.sum(u_hat * v, axis=-1, keepdims=True)
        return v[:, :, 0]                                 # (None, 4, 10)


class Length(layers.Layer):
    def call(self, v):
        return ops.sqrt(ops.sum(ops.square(v), axis=-1) + 1e-7)


def margin_loss(y, p):
    left = y * ops.square(ops.maximum(0.0, 0.9 - p))
    right = 0.5 * (1.0 - y) * ops.square(ops.maximum(0.0, p - 0.1))
    return ops.mean(ops.sum(left + right, axis=1))


inp = keras.Input((16, 16, 1))
h = layers.Conv2D(8, 6, activation="relu")(inp)           # 11 x 11
caps = DigitCaps(4, 10)(PrimaryCaps(4, 6)(h))
model = keras.Model(inp, Length()(caps))

x = np.random.rand(6, 16, 16, 1).astype("float32")
y = np.eye(4, dtype="float32")[np.random.randint(0, 4, 6)]
model.compile("adam", margin_loss)
model.fit(x, y, epochs=1, verbose=0)
