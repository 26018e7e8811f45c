import numpy as np
import keras
from keras import layers, ops

IMAGE, PATCH, DIM = 24, 6, 20
N = (IMAGE // PATCH) ** 2      # 16 patches


class Patches(layers.Layer):
    def __init__(self, size, **kwargs):
        super().__init__(**kwargs)
        self.size = size

    def call(self, images):
        p = self.size
        b = ops.shape(images)[0]
        _, h, w, c = images.shape
        x = ops.reshape(images, (b, h // p, p, w // p, p, c))
        x = ops.transpose(x, (0, 1, 3, 2, 4, 5))
        return ops.reshape(x, (b, (h // p) * (w // p), p * p * c))     # (b, 16, 108)


class PatchEncoder(layers.Layer):
    def __init__(self, n, dim, **kwargs):
        super().__init__(**kwargs)
        self.n, self.dim = n, dim
        self.proj = layers.Dense(dim)
        self.pos = layers.Embedding(n + 1, dim)
        self.cls = self.add_weight(name="cls", shape=(1, 1, dim), initializer="zeros")

    def call(self, patches):
        x = self.proj(patches)
        cls = ops.tile(self.cls, (ops.shape(x)[0], 1, 1))
        x = ops.concatenate([cls, x], axis=1)            # one token more
        return x + self.pos(ops.arange(self.n + 1))


def mlp(x, units):
    for u in units:
        x = layers.Dense(u, activation="gelu")(x)
    return x


inp = keras.Input((IMAGE, IMAGE, 3))
t = PatchEncoder(N, DIM)(Patches(PATCH)(inp))
for _ in range(2):
    a = layers.LayerNormalization()(t)
    t = layers.MultiHeadAttention(num_heads=2, key_dim=10)(a, a) + t
    a = layers.LayerNormalization()(t)
    t = mlp(a, [DIM * 2, DIM]) + t
cls = t[:, 0]                                            # (b, 20)
model = keras.Model(inp, layers.Dense(5, activation="softmax")(cls))

x = np.random.rand(4, IMAGE, IMAGE, 3).astype("float32")
y = np.random.randint(0, 5, (4,))
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x, y, epochs=1, verbose=0)
