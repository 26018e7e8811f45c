"""The generator of a DCGAN: a vector becomes 4x4, three transposed convolutions double it."""

import keras
import numpy as np
from keras.layers import BatchNormalization, Conv2DTranspose, Dense, LeakyReLU, Reshape

TITLE = "DCGAN generator"
NOTES = "strides 2 in every transposed convolution; kernels of 4 and 5"
LOSS = "mse"


def build():
    net = keras.Sequential([keras.Input((64,))])
    net.add(Dense(4 * 4 * 32, use_bias=False))
    net.add(Reshape((4, 4, 32)))
    for maps, size in ((16, 5), (8, 4)):
        net.add(Conv2DTranspose(maps, size, strides=(2, 2), padding="same", use_bias=False))
        net.add(BatchNormalization())
        net.add(LeakyReLU())
    net.add(Conv2DTranspose(3, 5, 2, "same", activation="tanh"))
    return net


def data():
    return np.zeros((4, 64), "float32"), np.zeros((4, 32, 32, 3), "float32")


EXPECTED = {
    "dense": (None, 512),
    "reshape": (None, 4, 4, 32),
    "conv2d_transpose": (None, 8, 8, 16),
    "batch_normalization": (None, 8, 8, 16),
    "leaky_re_lu": (None, 8, 8, 16),
    "conv2d_transpose_1": (None, 16, 16, 8),
    "batch_normalization_1": (None, 16, 16, 8),
    "leaky_re_lu_1": (None, 16, 16, 8),
    "conv2d_transpose_2": (None, 32, 32, 3),
}
