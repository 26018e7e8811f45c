"""One convolution, two dense layers, functional style; the labels are one-hot vectors of
ten.  Both dense layers run on every pixel."""
import keras
import numpy as np
from keras.layers import Conv2D, Dense, Input

SOURCE = "https://stackoverflow.com/questions/44972799"
TITLE = "dense_1 should have 4 dimensions, the labels are (100, 10)"
CATEGORY = "missing layer"
STYLE = "functional"
UPSTREAM = True
CRASHES = "fit"
EXPECTED = {"dense_1": (None, 10)}
ACTUAL = {"dense": (None, 98, 98, 64), "dense_1": (None, 98, 98, 10)}
CULPRIT = {"layer": "dense", "argument": "insert_before", "bad": None, "good": "Flatten"}
ACCEPT = [(layer, "insert_before", kind)
          for layer in ("dense", "dense_1")
          for kind in ("Flatten", "GlobalAveragePooling2D", "GlobalMaxPooling2D")]
LOSS = "categorical_crossentropy"


def build():
    picture = Input(shape=(100, 100, 3))
    features = Conv2D(8, (3, 3), activation="relu")(picture)
    hidden = Dense(64, activation="relu")(features)
    kinds = Dense(10, activation="softmax")(hidden)
    return keras.Model(inputs=[picture], outputs=[kinds])


def data():
    rng = np.random.default_rng(0)
    return rng.random((2, 100, 100, 3)).astype("float32"), np.eye(10, dtype="float32")[[8, 2]]
