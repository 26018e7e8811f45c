"""Two kinds of picture told apart with a DenseNet body. The body ends in a map, so the classes come out once per
cell of the map."""
import numpy as np
import keras
from keras.layers import Dense

SOURCE = "https://github.com/keras-team/keras-contrib/issues/229"
TITLE = "the last layer of the DenseNet gives (None, 7, 7, 2)"
CATEGORY = "pooling (applications)"
STYLE = "functional, continues base.output"
UPSTREAM = True
CRASHES = "fit"
EXPECTED = {"kinds": (None, 2)}
ACTUAL = {"kinds": (None, 3, 3, 2)}
CULPRIT = dict(layer="densenet121", argument="pooling", bad=None, good="avg")
ACCEPT = [("densenet121", "pooling", "avg"), ("densenet121", "pooling", "max"),
          ("kinds", "insert_before", "GlobalAveragePooling2D"), ("kinds", "insert_before", "GlobalMaxPooling2D"),
          ("kinds", "insert_before", "Flatten")]
LOSS = "categorical_crossentropy"


def build():
    body = keras.applications.DenseNet121(include_top=False, weights=None, input_shape=(96, 96, 3))
    kinds = Dense(2, activation="softmax", name="kinds")(body.output)
    return keras.Model(body.input, kinds)


def data():
    return np.zeros((2, 96, 96, 3), "float32"), np.eye(2, dtype="float32")
