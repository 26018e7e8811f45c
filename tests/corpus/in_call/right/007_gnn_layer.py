import numpy as np
import keras
from keras import layers, ops


class GATLayer(layers.Layer):
    """Graph attention for a batch of dense graphs."""

    def __init__(self, units, heads, **kwargs):
        super().__init__(**kwargs)
        self.units, self.heads = units, heads

    def build(self, input_shape):
        feat, _ = input_shape
        self.kernel = self.add_weight(name="kernel", shape=(feat[-1], self.heads, self.units))
        self.a_src = self.add_weight(name="a_src", shape=(self.heads, self.units))
        self.a_dst = self.add_weight(name="a_dst", shape=(self.heads, self.units))

    def call(self, inputs):
        x, adj = inputs
        h = ops.einsum("bnf,fhu->bhnu", x, self.kernel)
        src = ops.einsum("bhnu,hu->bhn", h, self.a_src)
        dst = ops.einsum("bhnu,hu->bhn", h, self.a_dst)
        e = ops.leaky_relu(src[:, :, :, None] + dst[:, :, None, :])     # (b, heads, n, n)
        e = ops.where(adj[:, None] > 0, e, -1e9)
        h = ops.matmul(ops.softmax(e), h)
        h = ops.transpose(h, (0, 2, 1, 3))
        return ops.reshape(h, (-1, x.shape[1], self.heads * self.units))


class GraphClassifier(keras.Model):
    def __init__(self, classes):
        super().__init__()
        self.g1 = GATLayer(6, 3)
        self.g2 = GATLayer(8, 2)
        self.out = layers.Dense(classes)

    def call(self, inputs):
        x, adj = inputs
        x = ops.elu(self.g1([x, adj]))          # (b, n, 18)
        x = ops.elu(self.g2([x, adj]))          # (b, n, 16)
        pooled = ops.concatenate([ops.mean(x, axis=1), ops.max(x, axis=1)], axis=-1)
        return self.out(pooled)


b, n = 6, 9
x = np.random.rand(b, n, 4).astype("float32")
adj = np.clip((np.random.rand(b, n, n) > 0.7) + np.eye(n), 0, 1).astype("float32")
y = np.random.randint(0, 3, (b,))
model = GraphClassifier(3)
model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
model.fit([x, adj], y, epochs=1, verbose=0)
