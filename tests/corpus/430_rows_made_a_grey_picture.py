"""Faces come as rows of 2,679 numbers and are made pictures, without an axis for the one colour."""
import numpy as np
import keras
from keras.layers import Convolution2D, Dense, Dropout, Flatten, MaxPooling2D, Reshape

SOURCE = "https://github.com/keras-team/keras/issues/3385"
TITLE = "convolution expected ndim=4, found ndim=3"
CATEGORY = "target_shape (Reshape)"
STYLE = "sequential, add"
UPSTREAM = True
CRASHES = "build"
EXPECTED = {"reshape": (None, 57, 47, 1)}
ACTUAL = {"reshape": (None, 57, 47)}
CULPRIT = dict(layer="reshape", argument="target_shape", bad=(57, 47), good=(57, 47, 1))
ACCEPT = [("reshape", "target_shape", (57, 47, 1)), ("reshape", "target_shape", (57, 47, -1))]
LOSS = "categorical_crossentropy"


def build():
    faces = keras.Sequential()
    faces.add(Reshape((57, 47), input_shape=(2679,)))
    faces.add(Convolution2D(10, (5, 5), padding="same"))
    faces.add(MaxPooling2D(pool_size=(2, 2)))
    faces.add(Dropout(0.5))
    faces.add(Convolution2D(15, (5, 5), padding="same"))
    faces.add(MaxPooling2D(pool_size=(2, 2)))
    faces.add(Flatten())
    faces.add(Dense(40, activation="softmax"))
    return faces


def data():
    return np.zeros((2, 2679), "float32"), np.eye(40, dtype="float32")[:2]
