"""Captcha reader: the columns of a 200x50 picture become 50 steps of 12 x 64 = 768 numbers. The input was
declared with the width twice."""
import numpy as np
import keras
from keras import layers

SOURCE = "https://github.com/keras-team/keras-io/issues/610"
TITLE = "input_shape [50, 50, 64] does not fit output_shape [50, 768]"
CATEGORY = "Input shape"
STYLE = "functional inside a function"
UPSTREAM = True
CRASHES = "build"
EXPECTED = {"columns": (None, 50, 768)}
CULPRIT = dict(layer="image", argument="shape", bad=(200, 200, 1), good=(200, 50, 1))
ACCEPT = [("image", "shape", (200, 50, 1))]
LOSS = "categorical_crossentropy"

WIDE, HIGH, SIGNS = 200, 50, 12


def reader():
    captcha = layers.Input(shape=(WIDE, WIDE, 1), name="image")
    maps = captcha
    for step, depth in enumerate((32, 64), start=1):
        maps = layers.Conv2D(depth, (3, 3), padding="same", activation="relu", name=f"look{step}")(maps)
        maps = layers.MaxPooling2D((2, 2), name=f"shrink{step}")(maps)
    steps = layers.Reshape((WIDE // 4, (HIGH // 4) * 64), name="columns")(maps)
    steps = layers.Dense(32, activation="relu", name="narrow")(steps)
    steps = layers.Bidirectional(layers.LSTM(16, return_sequences=True), name="read")(steps)
    return keras.Model(captcha, layers.Dense(SIGNS, activation="softmax", name="sign")(steps))


def build():
    return reader()


def data():
    return np.zeros((2, WIDE, HIGH, 1), "float32"), np.full((2, 50, SIGNS), 1 / SIGNS, "float32")
