# SOURCE: https://github.com/keras-team/keras-io/issues/397
# KIND: silent: matrix factorisation with tensordot over both axes, which sums over the whole batch too
# PLAIN KERAS: trains silently; dot is a scalar, shape (), the comment says (batch, 1)
# RIGHT: ops.tensordot(u, m, axes=2) -> ops.sum(u * m, axis=1, keepdims=True) (axes=2 -> no value of axes is right) | layers.Dot(axes=1) instead of tensordot
# NOT: the Embedding layers
import numpy as np
import keras
from keras import layers, ops


class RecommenderNet(keras.Model):
    def __init__(self, n_users, n_movies, dim):
        super().__init__()
        self.user = layers.Embedding(n_users, dim)
        self.user_bias = layers.Embedding(n_users, 1)
        self.movie = layers.Embedding(n_movies, dim)
        self.movie_bias = layers.Embedding(n_movies, 1)

    def call(self, pairs):
        u = self.user(pairs[:, 0])
        m = self.movie(pairs[:, 1])
        dot = ops.tensordot(u, m, axes=2)     # (batch, 1)
        bias = self.user_bias(pairs[:, 0]) + self.movie_bias(pairs[:, 1])
        return ops.sigmoid(dot + bias)


pairs = np.stack([np.random.randint(0, 20, 16), np.random.randint(0, 30, 16)], axis=1)
rating = np.random.rand(16, 1).astype("float32")
model = RecommenderNet(20, 30, 12)
model.compile("adam", "binary_crossentropy")
model.fit(pairs, rating, batch_size=8, epochs=1, verbose=0)
