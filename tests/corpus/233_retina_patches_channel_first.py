"""Vessels in 48x48 patches of the retina: written for Theano, the input says (1, 48, 48).
Without any padding trouble in the convolutions, it is the first pooling that gives up."""
import keras
import numpy as np
from keras.layers import Conv2D, Dropout, Input, MaxPooling2D, UpSampling2D, concatenate

SOURCE = "https://github.com/orobix/retina-unet/issues/11 and https://github.com/AstarLight/Satellite-Segmentation/issues/29"
TITLE = "U-Net on (1, 48, 48) with channels last"
CATEGORY = "data_format / axis order of the input"
STYLE = "functional inside a function"
UPSTREAM = True
CRASHES = "build"
EXPECTED = {"max_pooling2d": (None, 24, 24, 8), "concatenate": (None, 24, 24, 48)}
ACTUAL = {"conv2d_1": (None, 1, 48, 8)}
CULPRIT = {"layer": "input_layer", "argument": "shape", "bad": (1, 48, 48), "good": (48, 48, 1)}
ACCEPT = [("input_layer", "shape", (48, 48, 1))]
LOSS = "mse"


def double(x, maps):
    x = Conv2D(maps, (3, 3), activation="relu", padding="same")(x)
    x = Dropout(0.2)(x)
    return Conv2D(maps, (3, 3), activation="relu", padding="same")(x)


def vessels(channels, height, width):
    patch = Input(shape=(channels, height, width))
    fine = double(patch, 8)
    middle = double(MaxPooling2D((2, 2))(fine), 16)
    coarse = double(MaxPooling2D((2, 2))(middle), 32)
    x = double(concatenate([UpSampling2D((2, 2))(coarse), middle]), 16)
    x = double(concatenate([UpSampling2D((2, 2))(x), fine]), 8)
    return keras.Model(patch, Conv2D(1, (1, 1), activation="sigmoid")(x))


def build():
    return vessels(1, 48, 48)


def data():
    return np.zeros((2, 48, 48, 1), "float32"), np.zeros((2, 48, 48, 1), "float32")
