"""A new pooling and a new classifier were put on a network that still had its own: `include_top` was forgotten."""
import numpy as np
import keras
from keras.layers import Dense, GlobalAveragePooling2D

SOURCE = "https://github.com/keras-team/keras/issues/10450 (FaceNet there)"
TITLE = "global_average_pooling2d: expected ndim=4, found ndim=2"
CATEGORY = "include_top (applications)"
STYLE = "functional, continues base.output"
UPSTREAM = True
CRASHES = "build"
EXPECTED = {"averages": (None, 1280), "faces": (None, 7)}
CULPRIT = dict(layer="mobilenetv2", argument="include_top", bad=True, good=False)
ACCEPT = [("mobilenetv2", "include_top", False)]
LOSS = "categorical_crossentropy"


def build():
    trained = keras.applications.MobileNetV2(weights=None, input_shape=(96, 96, 3))
    x = trained.output
    x = GlobalAveragePooling2D(name="averages")(x)
    x = Dense(64, activation="relu")(x)
    return keras.Model(trained.input, Dense(7, activation="softmax", name="faces")(x))


def data():
    return np.zeros((2, 96, 96, 3), "float32"), np.eye(7, dtype="float32")[[3, 5]]
