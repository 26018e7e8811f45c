# SOURCE: https://github.com/richliao/textClassifier/issues/35
# KIND: attention pooling with mask: scores (batch, steps, 1) are multiplied by the mask (batch, steps)
# PLAIN KERAS: ValueError: Exception encountered when calling AttentionPool.call(). Dimensions must be equal, but are 24 and 10 for '{{node mul_1}} = Mul[T=DT_FLOAT](Placeholder, truediv)' with input shapes: [?,10,24], [?,10,10].
# RIGHT: an op missing before the product: mask -> ops.expand_dims(mask, -1) at line "a = a * ops.cast(mask, a.dtype)" | the last axis of the scores squeezed before the product (and expanded after it)
# NOT: AttentionPool(dim=20), add_weight shapes
import numpy as np
import keras
from keras import layers, ops


class AttentionPool(layers.Layer):
    def __init__(self, dim, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = True
        self.dim = dim

    def build(self, input_shape):
        self.W = self.add_weight(name="W", shape=(input_shape[-1], self.dim))
        self.b = self.add_weight(name="b", shape=(self.dim,), initializer="zeros")
        self.u = self.add_weight(name="u", shape=(self.dim, 1))

    def compute_mask(self, inputs, mask=None):
        return None

    def call(self, h, mask=None):
        uit = ops.tanh(ops.matmul(h, self.W) + self.b)
        a = ops.exp(ops.matmul(uit, self.u))
        if mask is not None:
            a = a * ops.cast(mask, a.dtype)
        a = a / (ops.sum(a, axis=1, keepdims=True) + 1e-7)
        return ops.sum(h * a, axis=1)


words = keras.Input((10,), dtype="int32")
e = layers.Embedding(60, 16, mask_zero=True)(words)
h = layers.Bidirectional(layers.GRU(12, return_sequences=True))(e)
doc = AttentionPool(20)(h)
model = keras.Model(words, layers.Dense(3, activation="softmax")(doc))

x = np.random.randint(0, 60, (8, 10))
y = np.random.randint(0, 3, (8,))
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(x, y, epochs=1, verbose=0)
