"""A segmentation net declared for grey pictures; the loader keeps the three colours."""
import keras
import numpy as np
from keras.layers import Concatenate, Conv2D, Conv2DTranspose, Input, MaxPooling2D

SOURCE = "https://github.com/keras-team/keras/issues/16711"
TITLE = "first layer expects (128, 128, 1), the pictures are (128, 128, 3)"
CATEGORY = "Input shape"
STYLE = "functional"
UPSTREAM = False
CRASHES = "fit"
EXPECTED = {"picture": (None, 64, 64, 3)}
ACTUAL = {"picture": (None, 64, 64, 1), "mask": (None, 64, 64, 1)}
CULPRIT = {"layer": "picture", "argument": "shape", "bad": (64, 64, 1), "good": (64, 64, 3)}
ACCEPT = [("picture", "shape", (64, 64, 3))]
LOSS = "binary_crossentropy"


def conv(x, maps):
    return Conv2D(maps, 3, padding="same", activation="relu")(x)


def build():
    picture = Input((64, 64, 1), name="picture")
    fine = conv(picture, 8)
    coarse = conv(MaxPooling2D()(fine), 16)
    back = Conv2DTranspose(8, 2, strides=2)(coarse)
    joined = conv(Concatenate()([fine, back]), 8)
    return keras.Model(picture, Conv2D(1, 1, activation="sigmoid", name="mask")(joined))


def data():
    return np.zeros((2, 64, 64, 3), "float32"), np.zeros((2, 64, 64, 1), "float32")
