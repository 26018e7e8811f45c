# SOURCE: https://github.com/keras-team/keras/issues/5809 (also https://github.com/keras-team/keras/issues/16925)
# KIND: no single argument: branches of 8, 16 and 24 filters are summed in a loop
# PLAIN KERAS: ValueError: Exception encountered when calling MultiScale.call(). Dimensions must be equal, but are 8 and 16 for '{{node add_1}} = AddV2[T=DT_FLOAT](add, conv2d_1_2/Relu)' with input shapes: [?,10,10,8], [?,10,10,16].
# RIGHT: ops.concatenate(feats, axis=-1) instead of the sum | all three filters equal: filters=(8, 16, 24) -> (16, 16, 16) | a 1x1 Conv2D missing on each branch before the sum
# NOT: one of the three filters alone; the kernel sizes
import numpy as np
import keras
from keras import layers, ops


class MultiScale(layers.Layer):
    def __init__(self, filters, **kwargs):
        super().__init__(**kwargs)
        self.branches = [
            layers.Conv2D(f, k, padding="same", activation="relu")
            for f, k in zip(filters, (1, 3, 5))
        ]

    def call(self, x):
        feats = [b(x) for b in self.branches]
        return sum(feats)


cfg = {"filters": (8, 16, 24), "classes": 4}
inp = keras.Input((10, 10, 3))
h = MultiScale(cfg["filters"])(inp)
h = ops.max(h, axis=(1, 2))
model = keras.Model(inp, layers.Dense(cfg["classes"], activation="softmax")(h))

x = np.random.rand(8, 10, 10, 3).astype("float32")
y = np.random.randint(0, cfg["classes"], (8,))
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(x, y, epochs=1, verbose=0)
