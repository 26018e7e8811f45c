"""Mixture density network, parameters in one output, loss as a closure."""
import numpy as np
import keras
from keras import layers, ops

K, D = 4, 2


class MDNLayer(layers.Layer):
    def __init__(self, k, d, **kwargs):
        super().__init__(**kwargs)
        self.mus = layers.Dense(k * d)
        self.sigmas = layers.Dense(k * d, activation=lambda t: 1e-3 + ops.elu(t) + 1.0)
        self.pi = layers.Dense(k)

    def call(self, h):
        return ops.concatenate([self.mus(h), self.sigmas(h), self.pi(h)], axis=-1)


def mdn_loss(k, d):
    def loss(y, params):
        mu, sigma, pi = ops.split(params, [k * d, 2 * k * d], axis=-1)
        mu = ops.reshape(mu, (-1, k, d))
        sigma = ops.reshape(sigma, (-1, k, d))
        log_pi = ops.log_softmax(pi, axis=-1)                   # (batch, 4)
        z = (ops.expand_dims(y, 1) - mu) / sigma                # (batch, 4, 2)
        log_n = -0.5 * ops.square(z) - ops.log(sigma) - 0.5 * np.log(2 * np.pi)
        return -ops.logsumexp(log_pi + ops.sum(log_n, axis=-1), axis=-1)

    return loss


def sample(params, k, d, rng):
    mu, sigma, pi = np.split(params, [k * d, 2 * k * d], axis=-1)
    p = np.exp(pi - pi.max(axis=-1, keepdims=True))
    p /= p.sum(axis=-1, keepdims=True)
    pick = np.array([rng.choice(k, p=row) for row in p])
    rows = np.arange(len(pick))
    m, s = mu.reshape(-1, k, d)[rows, pick], sigma.reshape(-1, k, d)[rows, pick]
    return m + s * rng.standard_normal(m.shape)


inp = keras.Input((3,))
h = layers.Dense(20, activation="tanh")(inp)
h = layers.Dense(20, activation="tanh")(h)
model = keras.Model(inp, MDNLayer(K, D)(h))     # 4*2 + 4*2 + 4 = 20 outputs

x = np.random.randn(12, 3).astype("float32")
y = np.random.randn(12, D).astype("float32")
model.compile("adam", loss=mdn_loss(K, D))
model.fit(x, y, batch_size=4, epochs=1, verbose=0)
print(sample(model.predict(x, verbose=0).astype("float64"), K, D, np.random.default_rng(0)).shape)
