"""Three widths of filters over a sentence, each as high as its words and as wide as the whole vector; only the height
was given, so the filters came out square."""
import numpy as np
import keras
from keras.layers import Concatenate, Conv2D, Dense, Dropout, Embedding, Flatten, Input, MaxPooling2D, Reshape

SOURCE = "https://github.com/bhaveshoswal/CNN-text-classification-keras/issues/3"
TITLE = "concatenation of (1, 48), (1, 47) and (1, 46) columns"
CATEGORY = "kernel_size"
STYLE = "functional"
UPSTREAM = True
CRASHES = "build"
EXPECTED = {"conv3": (None, 58, 1, 32), "conv4": (None, 57, 1, 32), "conv5": (None, 56, 1, 32)}
ACTUAL = {"conv3": (None, 58, 48, 32), "conv4": (None, 57, 47, 32)}
CULPRIT = dict(layer="conv3", argument="kernel_size", bad=3, good=(3, 50))
ACCEPT = [[("conv3", "kernel_size", (3, 50)), ("conv4", "kernel_size", (4, 50)), ("conv5", "kernel_size", (5, 50))]]
LOSS = "binary_crossentropy"

LONGEST, WORDS, VECTOR = 60, 500, 50


def build():
    words = Input((LONGEST,), dtype="int32")
    page = Reshape((LONGEST, VECTOR, 1))(Embedding(WORDS, VECTOR)(words))

    found3 = Conv2D(32, 3, activation="relu", name="conv3")(page)
    found4 = Conv2D(32, 4, activation="relu", name="conv4")(page)
    found5 = Conv2D(32, 5, activation="relu", name="conv5")(page)
    best3 = MaxPooling2D(pool_size=(LONGEST - 3 + 1, 1), strides=(1, 1))(found3)
    best4 = MaxPooling2D(pool_size=(LONGEST - 4 + 1, 1), strides=(1, 1))(found4)
    best5 = MaxPooling2D(pool_size=(LONGEST - 5 + 1, 1), strides=(1, 1))(found5)

    h = Concatenate(axis=1)([best3, best4, best5])
    h = Dense(10, activation="relu")(Dropout(0.5)(Flatten()(h)))
    return keras.Model(words, Dense(1, activation="sigmoid")(h))


def data():
    return np.zeros((2, LONGEST), "int32"), np.zeros((2, 1), "float32")
