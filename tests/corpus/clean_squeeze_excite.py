"""Squeeze-and-excitation: a (1, 1, channels) gate multiplied onto a map, which broadcasts on
purpose, around depthwise separable convolutions."""

import keras
import numpy as np
from keras import layers

TITLE = "squeeze-and-excitation on separable convolutions"
NOTES = "Multiply of (8, 8, 32) and (1, 1, 32) is meant"
LOSS = "sparse_categorical_crossentropy"


def gate(x):
    maps = x.shape[-1]
    s = layers.GlobalAveragePooling2D(keepdims=True)(x)
    s = layers.Conv2D(maps // 4, 1, activation="relu")(s)
    s = layers.Conv2D(maps, 1, activation="sigmoid")(s)
    return layers.Multiply()([x, s])


def build():
    picture = keras.Input((32, 32, 3))
    x = layers.Conv2D(16, 3, 2, "same", activation="relu")(picture)
    x = layers.DepthwiseConv2D(3, padding="same")(x)
    x = layers.SeparableConv2D(32, 3, strides=2, padding="same", activation="relu")(x)
    x = gate(x)
    x = layers.GlobalMaxPooling2D()(x)
    return keras.Model(picture, layers.Dense(7, activation="softmax")(x))


def data():
    return np.zeros((3, 32, 32, 3), "float32"), np.array([[0], [6], [2]])


EXPECTED = {
    "input_layer": (None, 32, 32, 3),
    "conv2d": (None, 16, 16, 16),
    "depthwise_conv2d": (None, 16, 16, 16),
    "separable_conv2d": (None, 8, 8, 32),
    "global_average_pooling2d": (None, 1, 1, 32),
    "conv2d_1": (None, 1, 1, 8),
    "conv2d_2": (None, 1, 1, 32),
    "multiply": (None, 8, 8, 32),
    "global_max_pooling2d": (None, 32),
    "dense": (None, 7),
}
