"""Which hand? A fully convolutional net of two classes, flattened at the end.  With other
kernels and poolings a 6x6 grid is left, and 72 numbers instead of two."""
import numpy as np
from keras import models
from keras.layers import Activation, Conv2D, Flatten, MaxPooling2D

SOURCE = "https://github.com/keras-team/keras/issues/11511"
TITLE = "flatten should have shape (72,), the labels are (2,)"
CATEGORY = "missing layer"
STYLE = "sequential"
UPSTREAM = True
CRASHES = "fit"
EXPECTED = {"flatten": (None, 2)}
ACTUAL = {"conv2d_2": (None, 6, 6, 24), "flatten": (None, 72)}
CULPRIT = {"layer": "flatten", "argument": "insert_before", "bad": None, "good": "GlobalAveragePooling2D"}
ACCEPT = [(layer, "insert_before", kind)
          for layer in ("flatten", "activation_1")
          for kind in ("GlobalAveragePooling2D", "GlobalMaxPooling2D")]
ACCEPT += [("conv2d_3", "kernel_size", 6), ("conv2d_2", "kernel_size", 14), ("conv2d_3", "strides", 6)]
LOSS = "categorical_crossentropy"


def build():
    hand = models.Sequential()
    hand.add(Conv2D(8, kernel_size=8, strides=2, input_shape=(256, 256, 3)))
    hand.add(MaxPooling2D(pool_size=(3, 3), strides=2))
    hand.add(Conv2D(16, kernel_size=6, strides=2))
    hand.add(MaxPooling2D(pool_size=(3, 3), strides=2))
    hand.add(Conv2D(24, kernel_size=4, strides=2))
    hand.add(Activation("relu"))
    hand.add(Conv2D(2, kernel_size=1, strides=1))
    hand.add(Activation("softmax"))
    hand.add(Flatten())
    return hand


def data():
    return np.zeros((2, 256, 256, 3), "float32"), np.eye(2, dtype="float32")
