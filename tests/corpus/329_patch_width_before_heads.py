"""Patches of a photograph are projected to 32 numbers; the way back out of each block was made as wide as all its heads
together, and the sum around the block fails."""
import numpy as np
import keras
from keras import layers

SOURCE = "https://github.com/keras-team/keras-io/pull/2380 and https://github.com/keras-team/keras-io/issues/1907"
TITLE = "projection_dim against projection_dim * num_heads in a vision transformer"
CATEGORY = "units"
STYLE = "functional, custom layer, layers made in a loop"
UPSTREAM = True
CRASHES = "build"
EXPECTED = {"patches": (None, 36, 32), "round0": (None, 36, 32), "round1": (None, 36, 32)}
ACTUAL = {"back0": (None, 36, 128)}
CULPRIT = dict(layer="back0", argument="units", bad=128, good=32)
ACCEPT = [[("back0", "units", 32), ("back1", "units", 32)]]

PROJECTION, HEADS = 32, 4


class PatchEncoder(layers.Layer):
    """A row of patches, each with its place added."""

    def __init__(self, number, width, **kwargs):
        super().__init__(**kwargs)
        self.number = number
        self.project = layers.Dense(width, name="project")
        self.place = layers.Embedding(number, width, name="place")

    def call(self, patches):
        return self.project(patches) + self.place(keras.ops.arange(self.number))


def build():
    photo = keras.Input((48, 48, 3))
    h = layers.Reshape((36, 192))(layers.Conv2D(192, 8, strides=8)(photo))
    h = PatchEncoder(36, PROJECTION, name="patches")(h)
    for index in range(2):
        calm = layers.LayerNormalization()(h)
        seen = layers.MultiHeadAttention(num_heads=HEADS, key_dim=PROJECTION)(calm, calm)
        h = layers.Add()([h, seen])
        wide = layers.Dense(2 * PROJECTION, activation="gelu")(layers.LayerNormalization()(h))
        back = layers.Dense(PROJECTION * HEADS, name=f"back{index}")(wide)
        h = layers.Add(name=f"round{index}")([h, back])
    return keras.Model(photo, layers.Dense(4, name="box")(layers.GlobalAveragePooling1D()(h)))


def data():
    return np.zeros((2, 48, 48, 3), "float32"), np.zeros((2, 4), "float32")
