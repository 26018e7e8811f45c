"""A U-Net that worked at 256 pixels, given 358: halved to 179, 89 and 44, the way back finds
88 beside 89.  Only two edits together (or other pictures) make the joints fit."""
import keras
import numpy as np
from keras.layers import Concatenate, Conv2D, Conv2DTranspose, Input, MaxPool2D

SOURCE = "https://github.com/keras-team/keras/issues/19964"
TITLE = "Concatenate of (88, 88, 128) and (89, 89, 128)"
CATEGORY = "no single-argument repair"
STYLE = "functional, two loops over levels"
UPSTREAM = True
CRASHES = "build"
REPAIRABLE = False
EXPECTED = {"joint_1": (None, 179, 179, 16), "joint_0": (None, 358, 358, 8)}
ACTUAL = {"max_pooling2d_1": (None, 89, 89, 8), "max_pooling2d_2": (None, 44, 44, 16)}
CULPRIT = {"layer": "max_pooling2d_1", "argument": None, "bad": None, "good": None}
ACCEPT = []
NOTE = "max_pooling2d_1 padding='same' and the transposed convolution of level 1 with output_padding=0; or 352 or 360 pixels"
LOSS = "mse"


def unet(levels, maps=4, channels=1):
    image = Input((358, 358, channels))
    x, kept = image, {}
    for level in range(levels):
        x = Conv2D(maps * 2**level, 3, activation="relu", padding="same")(x)
        if level < levels - 1:
            kept[level] = x
            x = MaxPool2D(2)(x)
    for level in reversed(range(levels - 1)):
        x = Conv2DTranspose(maps * 2**level, 3, strides=2, activation="relu", padding="same")(x)
        x = Concatenate(name=f"joint_{level}")([x, kept[level]])
        x = Conv2D(maps * 2**level, 3, activation="relu", padding="same")(x)
    return keras.Model(image, Conv2D(1, 1, activation="sigmoid")(x))


def build():
    return unet(4)


def data():
    return np.zeros((1, 358, 358, 1), "float32"), np.zeros((1, 358, 358, 1), "float32")
