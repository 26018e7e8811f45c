"""The book pools the last map of a ResNet50 by five; on 32x32 pictures that map is a single cell."""
import numpy as np
import keras
from keras.layers import AveragePooling2D, Dense, Flatten

SOURCE = "https://github.com/Apress/computer-vision-using-deep-learning/issues/8"
TITLE = "negative dimension: 5 from 1 in the average pooling behind ResNet50"
CATEGORY = "pool_size"
STYLE = "functional, continues base.output"
UPSTREAM = False
CRASHES = "build"
EXPECTED = {"flatten": (None, 2048)}
CULPRIT = dict(layer="average_pooling2d", argument="pool_size", bad=(5, 5), good=(1, 1))
ACCEPT = [("average_pooling2d", "pool_size", (1, 1)), ("average_pooling2d", "padding", "same")]
LOSS = "categorical_crossentropy"


def build():
    base = keras.applications.ResNet50(weights=None, include_top=False, input_shape=(32, 32, 3))
    head = AveragePooling2D(pool_size=(5, 5))(base.output)
    head = Flatten(name="flatten")(head)
    head = Dense(64, activation="relu")(head)
    return keras.Model(base.input, Dense(10, activation="softmax")(head))


def data():
    return np.zeros((1, 32, 32, 3), "float32"), np.eye(10, dtype="float32")[[4]]
