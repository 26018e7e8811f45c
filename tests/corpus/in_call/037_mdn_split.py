# SOURCE: https://github.com/keras-team/keras/issues/1061 (also https://github.com/tensorflow/probability/issues/169) [typical slip put into this code by me; the source does not report this very fault]
# KIND: mixture density head: means, widths and weights are split into three equal parts, the weights are fewer
# PLAIN KERAS: ValueError: Exception encountered when calling MixtureHead.call(). Dimension size must be evenly divisible by 3 but is 25 Number of ways to split should evenly divide the split dimension for '{{node mdn_1/mixture_head_1/split}} = Split[T=DT_FLOAT, num_split=3](mdn_1/mixture_head_1/split/split_dim, mdn_1/mixture_head_1/dense_1_1/BiasAdd)' with input shapes: [], [?,25] and with computed input tensors: input[0] = <-1>.
# RIGHT: ops.split(indices_or_sections=3 -> [self.k * self.dim, 2 * self.k * self.dim])
# NOT: Dense(2 * k * dim + k), which is right; MDN(k=5)
import numpy as np
import keras
from keras import layers, ops


class MixtureHead(layers.Layer):
    def __init__(self, k, dim, **kwargs):
        super().__init__(**kwargs)
        self.k, self.dim = k, dim
        self.params = layers.Dense(2 * k * dim + k)

    def call(self, h):
        mu, log_sigma, pi = ops.split(self.params(h), 3, axis=-1)
        mu = ops.reshape(mu, (-1, self.k, self.dim))
        log_sigma = ops.reshape(log_sigma, (-1, self.k, self.dim))
        return mu, log_sigma, ops.log_softmax(pi)


class MDN(keras.Model):
    def __init__(self, k, dim):
        super().__init__()
        self.body = layers.Dense(16, activation="tanh")
        self.mix = MixtureHead(k, dim)

    def call(self, x):
        return self.mix(self.body(x))

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        mu, log_sigma, log_pi = y_pred
        z = (y[:, None, :] - mu) / ops.exp(log_sigma)
        log_p = -ops.sum(0.5 * z * z + log_sigma, axis=-1)
        return -ops.mean(ops.logsumexp(log_pi + log_p, axis=-1))


x = np.random.randn(10, 3).astype("float32")
y = np.random.randn(10, 2).astype("float32")
model = MDN(k=5, dim=2)
model.compile("adam")
model.fit(x, y, epochs=1, verbose=0)
