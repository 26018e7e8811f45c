"""A small DenseNet built without its top: the classifier is put straight on the last map."""
import keras
import numpy as np
from keras.layers import (
    Activation,
    AveragePooling2D,
    BatchNormalization,
    Concatenate,
    Conv2D,
    Dense,
    Input,
)

SOURCE = "https://github.com/keras-team/keras-contrib/issues/304 and /229"
TITLE = "DenseNet's classifier is (None, 8, 8, 10), the labels (None, 10)"
CATEGORY = "missing layer"
STYLE = "functional, blocks made by helpers"
UPSTREAM = True
CRASHES = "fit"
EXPECTED = {"dense": (None, 10)}
ACTUAL = {"activation_6": (None, 8, 8, 32), "dense": (None, 8, 8, 10)}
CULPRIT = {"layer": "dense", "argument": "insert_before", "bad": None, "good": "GlobalAveragePooling2D"}
ACCEPT = [(layer, "insert_before", kind)
          for layer in ("dense", "activation_6", "batch_normalization_6")
          for kind in ("GlobalAveragePooling2D", "Flatten", "GlobalMaxPooling2D")]
LOSS = "categorical_crossentropy"

growth = 8


def unit(x):
    new = Activation("relu")(BatchNormalization()(x))
    new = Conv2D(growth, 3, padding="same", use_bias=False)(new)
    return Concatenate()([x, new])


def shrink(x):
    x = Activation("relu")(BatchNormalization()(x))
    x = Conv2D(x.shape[-1] // 2, 1, use_bias=False)(x)
    return AveragePooling2D(2)(x)


def build():
    picture = Input((32, 32, 3))
    x = Conv2D(2 * growth, 3, padding="same")(picture)
    x = shrink(unit(unit(x)))
    x = shrink(unit(unit(x)))
    x = Conv2D(32, 1)(x)
    x = Activation("relu")(BatchNormalization()(x))
    return keras.Model(picture, Dense(10, activation="softmax")(x))


def data():
    return np.zeros((2, 32, 32, 3), "float32"), np.eye(10, dtype="float32")[[3, 5]]
