"""Digits stored as (1, 28, 28) and a network without a word about the order: the second
convolution finds a picture of one row."""
import keras
import numpy as np
from keras.layers import Convolution2D, Dense, Dropout, Flatten, MaxPooling2D

SOURCE = "https://github.com/keras-team/keras/issues/7611 and https://stackoverflow.com/questions/45645276"
TITLE = "subtracting 3 from 1 for input shapes [?, 1, 28, 28]"
CATEGORY = "data_format / axis order of the input"
STYLE = "sequential"
UPSTREAM = True
CRASHES = "build"
EXPECTED = {"conv2d": (None, 32, 26, 26), "conv2d_1": (None, 32, 24, 24), "max_pooling2d": (None, 32, 12, 12)}
CULPRIT = {"layer": "conv2d", "argument": "data_format", "bad": None, "good": "channels_first"}
ACCEPT = [[(n, "data_format", "channels_first") for n in ("conv2d", "conv2d_1", "max_pooling2d")]]
LOSS = "categorical_crossentropy"


def build():
    digits = keras.Sequential()
    digits.add(Convolution2D(32, (3, 3), activation="relu", input_shape=(1, 28, 28)))
    digits.add(Convolution2D(32, (3, 3), activation="relu"))
    digits.add(MaxPooling2D(pool_size=(2, 2)))
    digits.add(Dropout(0.25))
    digits.add(Flatten())
    digits.add(Dense(128, activation="relu"))
    digits.add(Dropout(0.5))
    digits.add(Dense(10, activation="softmax"))
    return digits


def data():
    return np.zeros((2, 1, 28, 28), "float32"), np.eye(10, dtype="float32")[[7, 2]]
