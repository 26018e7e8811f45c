"""'Striving for simplicity' on CIFAR: the two reducing layers carry their own stride, the
others only mean a 3x3 window.  Nothing raises: global pooling swallows what is left."""
import keras
import numpy as np
from keras.layers import Activation, Convolution2D, Dropout, GlobalAveragePooling2D

SOURCE = "https://github.com/getcrest/All-Conv-Keras/issues/2"
TITLE = "all-convolutional net ends in 1x1 instead of 8x8"
CATEGORY = "strides (Keras 1 positional)"
STYLE = "sequential"
UPSTREAM = True
CRASHES = None
EXPECTED = {"down_1": (None, 16, 16, 24), "down_2": (None, 8, 8, 48), "classes": (None, 8, 8, 10)}
ACTUAL = {"conv2d": (None, 11, 11, 24), "down_1": (None, 2, 2, 24), "classes": (None, 1, 1, 10)}
CULPRIT = {"layer": "conv2d", "argument": "strides", "bad": 3, "good": (1, 1)}
ACCEPT = [[(n, "strides", (1, 1)) for n in ("conv2d", "conv2d_1", "conv2d_2", "conv2d_3", "conv2d_4")]]
LOSS = "categorical_crossentropy"


def build():
    net = keras.Sequential([keras.Input((32, 32, 3))])
    net.add(Convolution2D(24, 3, 3, padding="same"))
    net.add(Activation("relu"))
    net.add(Convolution2D(24, 3, 3, padding="same"))
    net.add(Activation("relu"))
    net.add(Convolution2D(24, (3, 3), padding="same", strides=(2, 2), name="down_1"))
    net.add(Dropout(0.5))
    net.add(Convolution2D(48, 3, 3, padding="same"))
    net.add(Activation("relu"))
    net.add(Convolution2D(48, 3, 3, padding="same"))
    net.add(Activation("relu"))
    net.add(Convolution2D(48, (3, 3), padding="same", strides=(2, 2), name="down_2"))
    net.add(Dropout(0.5))
    net.add(Convolution2D(48, 3, 3, padding="same"))
    net.add(Activation("relu"))
    net.add(Convolution2D(48, 1, 1, padding="valid"))
    net.add(Activation("relu"))
    net.add(Convolution2D(10, 1, 1, padding="valid", name="classes"))
    net.add(GlobalAveragePooling2D())
    net.add(Activation("softmax"))
    return net


def data():
    return np.zeros((2, 32, 32, 3), "float32"), np.eye(10, dtype="float32")[[6, 1]]
