"""Pictures as patches, two attention blocks written as a layer, and a learned query that reads the result."""

import keras
import numpy as np
from keras import layers

TITLE = "transformer over patches"
NOTES = "custom layers, MultiHeadAttention with key_dim unlike the width, query and value of different lengths"
LOSS = "sparse_categorical_crossentropy"
PARTIAL = True


class Block(layers.Layer):
    """Self attention and a wide middle, each with its way round."""

    def __init__(self, width, heads, middle, **kwargs):
        super().__init__(**kwargs)
        self.attend = layers.MultiHeadAttention(num_heads=heads, key_dim=10)
        self.middle = layers.Dense(middle, activation="gelu")
        self.back = layers.Dense(width)
        self.norms = [layers.LayerNormalization() for _ in range(2)]

    def call(self, x):
        normed = self.norms[0](x)
        x = x + self.attend(normed, normed)
        return x + self.back(self.middle(self.norms[1](x)))


class Question(layers.Layer):
    """The same few learned rows for each sample."""

    def __init__(self, rows, width, **kwargs):
        super().__init__(**kwargs)
        self.rows, self.width = rows, width

    def build(self, input_shape):
        self.table = self.add_weight(shape=(1, self.rows, self.width), name="table")

    def call(self, x):
        return keras.ops.repeat(self.table, keras.ops.shape(x)[0], axis=0)


def build():
    photo = keras.Input((48, 32, 3), name="photo")
    h = layers.Conv2D(36, 8, strides=8, name="patches")(photo)
    h = layers.Reshape((24, 36), name="row")(h)
    for index in range(2):
        h = Block(36, heads=3, middle=80, name=f"block{index}")(h)
    asked = Question(4, 36, name="question")(h)
    told = layers.MultiHeadAttention(num_heads=2, key_dim=16, name="read")(asked, h)
    return keras.Model(photo, layers.Dense(5, activation="softmax", name="kind")(layers.Flatten(name="flat")(told)))


def data():
    return np.zeros((2, 48, 32, 3), "float32"), np.array([1, 4])


EXPECTED = {
    "photo": (None, 48, 32, 3),
    "patches": (None, 6, 4, 36),
    "row": (None, 24, 36),
    "block0": (None, 24, 36),
    "block1": (None, 24, 36),
    "question": (None, 4, 36),
    "read": (None, 4, 36),
    "flat": (None, 144),
    "kind": (None, 5),
}
