# SOURCE: https://github.com/KichangKim/DeepDanbooru/issues/55
# KIND: silent: squeeze-and-excite whose pooled vector is never used (x instead of s is passed on), the gate has the size of the map
# PLAIN KERAS: trains silently; s is (None, 12, 12, 4) after reduce and (None, 12, 12, 16) after expand, the comments say (None, 1, 1, 4) and (None, 1, 1, 16)
# RIGHT: order of tensors: self.reduce(x) -> self.reduce(s) at line "s = self.reduce(x)"
import numpy as np
import keras
from keras import layers


class SqueezeExcite(layers.Layer):
    def __init__(self, filters, ratio=4, **kwargs):
        super().__init__(**kwargs)
        self.pool = layers.GlobalAveragePooling2D(keepdims=True)
        self.reduce = layers.Dense(filters // ratio, activation="relu")
        self.expand = layers.Dense(filters, activation="sigmoid")

    def call(self, x):
        s = self.pool(x)          # (None, 1, 1, 16)
        s = self.reduce(x)        # (None, 1, 1, 4)
        s = self.expand(s)        # (None, 1, 1, 16)
        return x * s


inp = keras.Input((12, 12, 3))
h = layers.Conv2D(16, 3, padding="same", activation="relu")(inp)
h = SqueezeExcite(16)(h)
h = layers.GlobalAveragePooling2D()(h)
model = keras.Model(inp, layers.Dense(4, activation="softmax")(h))

x = np.random.rand(8, 12, 12, 3).astype("float32")
y = np.random.randint(0, 4, (8,))
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(x, y, epochs=1, verbose=0)
