"""Ultrasound pictures are resized to 64 rows and 80 columns, as OpenCV wants it: columns first."""
import numpy as np
import keras
from keras import layers

SOURCE = "https://github.com/jocicmarko/ultrasound-nerve-segmentation/issues/13"
TITLE = "could not broadcast (80, 64) into (64, 80)"
CATEGORY = "height, width (Resizing)"
STYLE = "functional, one model in another"
UPSTREAM = True
CRASHES = "build"
EXPECTED = {"resizing": (None, 64, 80, 1)}
ACTUAL = {"resizing": (None, 80, 64, 1)}
CULPRIT = dict(layer="resizing", argument="height", bad=80, good=64)
ACCEPT = [[("resizing", "height", 64), ("resizing", "width", 80)]]
LOSS = "binary_crossentropy"

ROWS, COLUMNS = 64, 80


def segmenter():
    small = keras.Input((ROWS, COLUMNS, 1))
    x = layers.Conv2D(8, 3, padding="same", activation="relu")(small)
    return keras.Model(small, layers.Conv2D(1, 1, activation="sigmoid")(x), name="segmenter")


def build():
    scan = keras.Input((420, 580, 1))
    x = layers.Rescaling(1 / 255)(scan)
    x = layers.Resizing(COLUMNS, ROWS)(x)
    return keras.Model(scan, segmenter()(x))


def data():
    return np.zeros((1, 420, 580, 1), "float32"), np.zeros((1, 64, 80, 1), "float32")
