"""A temporal convolutional network: causal convolutions, dilation doubling, residual sums over
1x1 shortcuts, an answer for every step."""

import keras
import numpy as np
from keras import layers

TITLE = "dilated causal TCN"
NOTES = "Dense on the last axis of a sequence is meant: targets are (n, 64, 3)"
LOSS = "mse"


def residual(x, maps, dilation):
    h = layers.Conv1D(maps, 3, padding="causal", dilation_rate=dilation, activation="relu")(x)
    h = layers.Conv1D(maps, 3, padding="causal", dilation_rate=dilation, activation="relu")(h)
    if x.shape[-1] != maps:
        x = layers.Conv1D(maps, 1)(x)
    return layers.Add()([x, h])


def build():
    series = keras.Input((64, 5))
    x = series
    for dilation in (1, 2, 4):
        x = residual(x, 16, dilation)
    return keras.Model(series, layers.Dense(3)(x))


def data():
    return np.zeros((4, 64, 5), "float32"), np.zeros((4, 64, 3), "float32")


EXPECTED = {
    "input_layer": (None, 64, 5),
    "conv1d": (None, 64, 16),
    "conv1d_2": (None, 64, 16),
    "conv1d_1": (None, 64, 16),
    "add": (None, 64, 16),
    "conv1d_3": (None, 64, 16),
    "conv1d_4": (None, 64, 16),
    "add_1": (None, 64, 16),
    "conv1d_5": (None, 64, 16),
    "conv1d_6": (None, 64, 16),
    "add_2": (None, 64, 16),
    "dense": (None, 64, 3),
}
