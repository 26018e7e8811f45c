"""A super-resolution head spells out what its author takes for the default of every option;
one of them is no default and costs a row and a column."""
import keras
import numpy as np
from keras.layers import Conv2D, Conv2DTranspose, Input

SOURCE = "https://github.com/tensorflow/tensorflow/issues/50168"
TITLE = "Conv2DTranspose(output_padding=0) doubles 28 to 55"
CATEGORY = "output_padding"
STYLE = "functional"
UPSTREAM = True
CRASHES = "fit"
EXPECTED = {"sharp": (None, 56, 56, 3)}
ACTUAL = {"conv2d_transpose": (None, 55, 55, 8), "sharp": (None, 55, 55, 3)}
CULPRIT = {"layer": "conv2d_transpose", "argument": "output_padding", "bad": 0, "good": None}
ACCEPT = [("conv2d_transpose", "output_padding", None), ("conv2d_transpose", "output_padding", 1)]
LOSS = "mse"


def build():
    blurred = Input((28, 28, 3))
    x = Conv2D(8, 5, padding="same", activation="relu")(blurred)
    x = Conv2DTranspose(
        8, 3, strides=(2, 2), padding="same", output_padding=0, dilation_rate=(1, 1), use_bias=False,
    )(x)
    return keras.Model(blurred, Conv2D(3, 3, padding="same", name="sharp")(x))


def data():
    return np.zeros((2, 28, 28, 3), "float32"), np.zeros((2, 56, 56, 3), "float32")
