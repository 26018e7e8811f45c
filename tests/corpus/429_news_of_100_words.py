"""The newsgroup net of the embeddings tutorial, with texts of 100 words where its three steps need 1,000."""
import numpy as np
import keras
from keras import layers

SOURCE = "https://github.com/rstudio/keras3/issues/110"
TITLE = "negative size in the third convolution of the newsgroup example"
CATEGORY = "Input shape"
STYLE = "functional"
UPSTREAM = True
CRASHES = "build"
EXPECTED = {"third": (None, 35, 16)}
ACTUAL = {"second": (None, 15, 16)}
CULPRIT = dict(layer="text", argument="shape", bad=(100,), good=(1000,))
ACCEPT = [("text", "shape", (1000,))]
LOSS = "categorical_crossentropy"
FIT_AFTER = False       # the texts were cut to 100 words as well

LONGEST, WORDS = 100, 500


def build():
    text = layers.Input((LONGEST,), dtype="int32", name="text")
    h = layers.Embedding(WORDS, 20)(text)
    h = layers.Conv1D(16, 5, activation="relu", name="first")(h)
    h = layers.MaxPooling1D(5)(h)
    h = layers.Conv1D(16, 5, activation="relu", name="second")(h)
    h = layers.MaxPooling1D(5)(h)
    h = layers.Conv1D(16, 5, activation="relu", name="third")(h)
    h = layers.MaxPooling1D(35)(h)
    h = layers.Dense(32, activation="relu")(layers.Flatten()(h))
    return keras.Model(text, layers.Dense(20, activation="softmax")(h))


def data():
    return np.zeros((2, LONGEST), "int32"), np.eye(20, dtype="float32")[:2]
