# SOURCE: https://github.com/keras-team/keras-hub/issues/2190 (also https://github.com/tensorflow/tensorflow/issues/43674) [typical slip put into this code by me; the source does not report this very fault]
# KIND: functional transformer: a table of sinusoidal positions for maxlen steps is added to shorter sequences without being cut
# PLAIN KERAS: ValueError: Exception encountered when calling SinePositions.call(). Dimensions must be equal, but are 20 and 50 for '{{node add}} = AddV2[T=DT_FLOAT](mul, add/y)' with input shapes: [?,20,24], [1,50,24].
# RIGHT: a slice missing: self.table -> self.table[:, :20] (or [:, :ops.shape(x)[1]]) at line "return x * self.scale + self.table" | SinePositions(maxlen=50 -> 20)
# NOT: Embedding(output_dim=24); SinePositions(dim=24)
import numpy as np
import keras
from keras import layers, ops


class SinePositions(layers.Layer):
    def __init__(self, maxlen, dim, **kwargs):
        super().__init__(**kwargs)
        pos = np.arange(maxlen)[:, None]
        freq = 1.0 / 10000 ** (2 * (np.arange(dim) // 2) / dim)[None, :]
        angle = pos * freq
        angle[:, 0::2] = np.sin(angle[:, 0::2])
        angle[:, 1::2] = np.cos(angle[:, 1::2])
        self.scale = dim ** 0.5
        self.table = ops.convert_to_tensor(angle[None], dtype="float32")

    def call(self, x):
        return x * self.scale + self.table


ids = keras.Input((20,), dtype="int32")
h = layers.Embedding(200, 24)(ids)
h = SinePositions(maxlen=50, dim=24)(h)
h = layers.LayerNormalization()(h + layers.MultiHeadAttention(3, 8)(h, h))
h = ops.mean(h, axis=1)
model = keras.Model(ids, layers.Dense(1, activation="sigmoid")(h))

x = np.random.randint(0, 200, (8, 20))
y = np.random.randint(0, 2, (8, 1)).astype("float32")
model.compile("adam", "binary_crossentropy")
model.fit(x, y, epochs=1, verbose=0)
