"""Seven feelings from one row of features, wrapped as a sequence of a single step. The labels are (n, 7), the answer
is (n, 1, 7)."""
import numpy as np
import keras
from keras.layers import GRU, Dense, Dropout

SOURCE = "https://github.com/keras-team/keras/issues/16228"
TITLE = "Shapes (None, 7) and (None, 1, 7) are incompatible"
CATEGORY = "return_sequences"
STYLE = "subclassed model"
UPSTREAM = True
CRASHES = "fit"
EXPECTED = {"feeling": (None, 7)}
ACTUAL = {"second": (None, 1, 32), "feeling": (None, 1, 7)}
CULPRIT = dict(layer="second", argument="return_sequences", bad=True, good=False)
ACCEPT = [("second", "return_sequences", False), ("feeling", "insert_before", "Flatten"),
          ("feeling", "insert_before", "GlobalAveragePooling1D"), ("feeling", "insert_before", "GlobalMaxPooling1D")]
LOSS = "categorical_crossentropy"


class Listener(keras.Model):
    def __init__(self, feelings, **kwargs):
        super().__init__(**kwargs)
        self.first = GRU(64, return_sequences=True, name="first")
        self.second = GRU(32, return_sequences=True, name="second")
        self.drop = Dropout(0.2)
        self.feeling = Dense(feelings, activation="softmax", name="feeling")

    def call(self, voice, training=False):
        h = self.second(self.first(voice))
        return self.feeling(self.drop(h, training=training))


def build():
    return Listener(7)


def data():
    return np.zeros((5, 1, 40), "float32"), np.eye(7, dtype="float32")[:5]
