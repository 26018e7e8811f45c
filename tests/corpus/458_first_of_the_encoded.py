"""The guide takes element 0 of what an encoder gives, once a tuple, now a tensor: the first sample is pooled."""
import numpy as np
import keras
from keras import layers

SOURCE = "https://github.com/keras-team/keras-io/issues/1751"
TITLE = "global_average_pooling1d: expected ndim=3, found ndim=2"
CATEGORY = "no single-argument repair"
STYLE = "functional, nested"
UPSTREAM = False
CRASHES = "build"
REPAIRABLE = False
EXPECTED = {"pooled": (None, 32)}
ACTUAL = {}
CULPRIT = dict(layer="pooled", argument=None, bad=None, good=None)
ACCEPT = []


def encoder():
    ids = keras.Input((24,), dtype="int32")
    x = layers.Embedding(200, 32)(ids)
    x = layers.LayerNormalization()(layers.MultiHeadAttention(2, 16)(x, x) + x)
    return keras.Model(ids, x, name="encoder")


def build():
    inputs = keras.Input((24,), dtype="int32")
    encoded = encoder()(inputs)
    pooled = layers.GlobalAveragePooling1D(name="pooled")(encoded[0])
    return keras.Model(inputs, layers.Dense(1)(pooled))


def data():
    return np.ones((3, 24), "int32"), np.ones((3, 1), "float32")
