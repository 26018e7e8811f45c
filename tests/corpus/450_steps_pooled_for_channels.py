"""A time series classifier with attention: the head is meant to see all 60 steps (500 in the published
table, hence its 64,128 parameters), but they are averaged away and it sees one number."""
import numpy as np
import keras
from keras import layers

SOURCE = "https://github.com/keras-team/keras/issues/20627 and https://github.com/keras-team/keras-io/issues/1876"
TITLE = "the head has 256 parameters instead of 64,128"
CATEGORY = "data_format (pooling)"
STYLE = "functional, helper"
UPSTREAM = False
CRASHES = None
EXPECTED = {"pooled": (None, 60), "head": (None, 128)}
ACTUAL = {"pooled": (None, 1)}
CULPRIT = dict(layer="pooled", argument="data_format", bad="channels_last", good="channels_first")
ACCEPT = [("pooled", "data_format", "channels_first")]
LOSS = "sparse_categorical_crossentropy"


def block(x, head_size, heads, width):
    h = layers.MultiHeadAttention(key_dim=head_size, num_heads=heads)(x, x)
    res = layers.LayerNormalization()(h) + x
    h = layers.Conv1D(filters=width, kernel_size=1, activation="relu")(res)
    h = layers.Conv1D(filters=x.shape[-1], kernel_size=1)(h)
    return layers.LayerNormalization()(h) + res


def build():
    engine = keras.Input((60, 1))
    x = engine
    for _ in range(2):
        x = block(x, 16, 2, 4)
    x = layers.GlobalAveragePooling1D(data_format="channels_last", name="pooled")(x)
    x = layers.Dense(128, activation="relu", name="head")(x)
    return keras.Model(engine, layers.Dense(2, activation="softmax")(x))


def data():
    return np.zeros((4, 60, 1), "float32"), np.array([0, 1, 1, 0])
