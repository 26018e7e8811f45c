"""A feature pyramid with two outputs of different sizes: lateral 1x1 convolutions, nearest
neighbour upsampling, sums."""

import keras
import numpy as np
from keras import layers

TITLE = "feature pyramid, two heads"
NOTES = "two outputs, one map and one vector"
LOSS = "mse"


def build():
    picture = keras.Input((48, 64, 3), name="picture")
    c1 = layers.Conv2D(8, 3, strides=2, padding="same", activation="relu", name="c1")(picture)
    c2 = layers.Conv2D(16, 3, strides=2, padding="same", activation="relu", name="c2")(c1)
    c3 = layers.Conv2D(32, 3, strides=2, padding="same", activation="relu", name="c3")(c2)
    p3 = layers.Conv2D(12, 1, name="lateral_3")(c3)
    p2 = layers.Add(name="p2")([layers.UpSampling2D(name="up_3")(p3), layers.Conv2D(12, 1, name="lateral_2")(c2)])
    p1 = layers.Add(name="p1")([layers.UpSampling2D(name="up_2")(p2), layers.Conv2D(12, 1, name="lateral_1")(c1)])
    heat = layers.Conv2D(1, 3, padding="same", name="heat")(p1)
    count = layers.Dense(1, name="count")(layers.GlobalAveragePooling2D(name="mean")(p3))
    return keras.Model(picture, [heat, count])


def data():
    return np.zeros((2, 48, 64, 3), "float32"), [np.zeros((2, 24, 32, 1), "float32"), np.zeros((2, 1), "float32")]


EXPECTED = {
    "picture": (None, 48, 64, 3),
    "c1": (None, 24, 32, 8),
    "c2": (None, 12, 16, 16),
    "c3": (None, 6, 8, 32),
    "lateral_3": (None, 6, 8, 12),
    "up_3": (None, 12, 16, 12),
    "lateral_2": (None, 12, 16, 12),
    "p2": (None, 12, 16, 12),
    "up_2": (None, 24, 32, 12),
    "lateral_1": (None, 24, 32, 12),
    "p1": (None, 24, 32, 12),
    "mean": (None, 12),
    "heat": (None, 24, 32, 1),
    "count": (None, 1),
}
