"""A U-Net for one foreground class, trained on masks that mark three classes by three
channels: the last 1x1 convolution has one filter."""
import keras
import numpy as np
from keras.layers import Concatenate, Conv2D, Input, MaxPooling2D, UpSampling2D

SOURCE = "https://github.com/nikhilroxtomar/UNet-Segmentation-in-Keras-TensorFlow/issues/1 and https://github.com/bonlime/keras-deeplab-v3-plus/issues/30"
TITLE = "masks are (8, 512, 512, 3), the output (None, 512, 512, 1)"
CATEGORY = "filters"
STYLE = "functional, helpers for the way down and up"
UPSTREAM = False
CRASHES = "fit"
EXPECTED = {"conv2d_10": (None, 64, 64, 3)}
ACTUAL = {"conv2d_9": (None, 64, 64, 8), "conv2d_10": (None, 64, 64, 1)}
CULPRIT = {"layer": "conv2d_10", "argument": "filters", "bad": 1, "good": 3}
ACCEPT = [("conv2d_10", "filters", 3)]
LOSS = "binary_crossentropy"


def twice(x, maps):
    for _ in range(2):
        x = Conv2D(maps, (3, 3), padding="same", activation="relu")(x)
    return x


def down(x, maps):
    kept = twice(x, maps)
    return kept, MaxPooling2D((2, 2), (2, 2))(kept)


def up(x, skip, maps):
    return twice(Concatenate()([UpSampling2D((2, 2))(x), skip]), maps)


def build():
    picture = Input((64, 64, 3))
    first, x = down(picture, 8)
    second, x = down(x, 16)
    x = twice(x, 32)
    x = up(x, second, 16)
    x = up(x, first, 8)
    return keras.Model(picture, Conv2D(1, (1, 1), padding="same", activation="sigmoid")(x))


def data():
    return np.zeros((2, 64, 64, 3), "float32"), np.zeros((2, 64, 64, 3), "float32")
