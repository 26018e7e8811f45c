"""A three-dimensional U-Net without padding: the skip is cropped to what the way up has left."""

import keras
import numpy as np
from keras.layers import Concatenate, Conv3D, Conv3DTranspose, Cropping3D, MaxPooling3D

TITLE = "unpadded 3D U-Net"
NOTES = "valid convolutions and Cropping3D on purpose"
LOSS = "mse"


def build():
    volume = keras.Input((20, 20, 20, 1))
    fine = Conv3D(4, 3, activation="relu")(Conv3D(4, 3, activation="relu")(volume))
    coarse = MaxPooling3D()(fine)
    coarse = Conv3D(8, 3, activation="relu")(Conv3D(8, 3, activation="relu")(coarse))
    back = Conv3DTranspose(4, 2, strides=2)(coarse)
    kept = Cropping3D(4)(fine)
    joined = Concatenate()([kept, back])
    out = Conv3D(4, 3, activation="relu")(joined)
    return keras.Model(volume, Conv3D(2, 1)(out))


def data():
    return np.zeros((1, 20, 20, 20, 1), "float32"), np.zeros((1, 6, 6, 6, 2), "float32")


EXPECTED = {
    "input_layer": (None, 20, 20, 20, 1),
    "conv3d_1": (None, 18, 18, 18, 4),
    "conv3d": (None, 16, 16, 16, 4),
    "max_pooling3d": (None, 8, 8, 8, 4),
    "conv3d_3": (None, 6, 6, 6, 8),
    "conv3d_2": (None, 4, 4, 4, 8),
    "cropping3d": (None, 8, 8, 8, 4),
    "conv3d_transpose": (None, 8, 8, 8, 4),
    "concatenate": (None, 8, 8, 8, 8),
    "conv3d_4": (None, 6, 6, 6, 4),
    "conv3d_5": (None, 6, 6, 6, 2),
}
