# SOURCE: https://github.com/taoqi98/FedNewsRec/issues/12 (also https://github.com/MarcBS/keras/issues/60) [same symptom as reported there, cause retold by me]
# KIND: own multi-head attention: the keys have four axes (batch, heads, steps, depth) but are transposed as if they had three
# PLAIN KERAS: ValueError: Exception encountered when calling SelfAttention.call(). Dimension must be 4 but is 3 for '{{node transpose_3}} = Transpose[T=DT_FLOAT, Tperm=DT_INT32](transpose_1, transpose_3/perm)' with input shapes: [?,4,14,5], [3].
# RIGHT: ops.transpose(axes=(0, 2, 1) -> (0, 1, 3, 2)) at line "scores = ..."
# NOT: SelfAttention(4, 5); the transpose in split
import numpy as np
import keras
from keras import layers, ops


class SelfAttention(layers.Layer):
    def __init__(self, heads, depth, **kwargs):
        super().__init__(**kwargs)
        self.heads, self.depth = heads, depth
        self.wq = layers.Dense(heads * depth, use_bias=False)
        self.wk = layers.Dense(heads * depth, use_bias=False)
        self.wv = layers.Dense(heads * depth, use_bias=False)

    def split(self, x):
        x = ops.reshape(x, (-1, x.shape[1], self.heads, self.depth))
        return ops.transpose(x, (0, 2, 1, 3))

    def call(self, x):
        q, k, v = self.split(self.wq(x)), self.split(self.wk(x)), self.split(self.wv(x))
        scores = ops.matmul(q, ops.transpose(k, (0, 2, 1))) / self.depth ** 0.5
        o = ops.matmul(ops.softmax(scores), v)
        o = ops.transpose(o, (0, 2, 1, 3))
        return ops.reshape(o, (-1, x.shape[1], self.heads * self.depth))


title = keras.Input((14,), dtype="int32")
h = layers.Embedding(80, 20)(title)
h = SelfAttention(4, 5)(h)
model = keras.Model(title, layers.Dense(1)(layers.GlobalAveragePooling1D()(h)))

x = np.random.randint(0, 80, (8, 14))
y = np.random.randn(8, 1).astype("float32")
model.compile("adam", "mse")
model.fit(x, y, epochs=1, verbose=0)
