"""A captcha reader: four rounds of two 3x3 convolutions and a pooling, the width of the
layers doubling by the loop variable.  80x170 pictures should arrive as 1x6 maps."""
import keras
import numpy as np
from keras.layers import Convolution2D, Dense, Dropout, Flatten, Input, MaxPooling2D

SOURCE = "https://github.com/yinhao0214/captcha_break_keras/issues/1"
TITLE = "negative dimension in the second convolution of a loop"
CATEGORY = "strides (Keras 1 positional)"
STYLE = "functional, layers made in a loop"
UPSTREAM = True
CRASHES = "build"
EXPECTED = {"max_pooling2d": (None, 38, 83, 8), "max_pooling2d_3": (None, 1, 6, 64)}
ACTUAL = {"conv2d": (None, 26, 56, 8)}
CULPRIT = {"layer": "conv2d", "argument": "strides", "bad": 3, "good": (1, 1)}
ACCEPT = [[(f"conv2d_{i}" if i else "conv2d", "strides", (1, 1)) for i in range(8)]]
LOSS = "categorical_crossentropy"

letters = 36


def build():
    picture = Input((80, 170, 3))
    h = picture
    for power in range(4):
        h = Convolution2D(8 * 2**power, 3, 3, activation="relu")(h)
        h = Convolution2D(8 * 2**power, 3, 3, activation="relu")(h)
        h = MaxPooling2D((2, 2))(h)
    h = Dropout(0.25)(Flatten()(h))
    signs = [Dense(letters, activation="softmax", name=f"sign_{place}")(h) for place in range(4)]
    return keras.Model(picture, signs)


def data():
    target = np.eye(letters, dtype="float32")[[4, 30]]
    return np.zeros((2, 80, 170, 3), "float32"), [target] * 4


