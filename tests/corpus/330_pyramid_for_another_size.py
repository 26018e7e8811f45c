"""A map is averaged to 1x1, 2x2, 3x3 and 6x6 and laid back over itself. The sizes of the averages were counted for maps
of 12x12; these are 18x18."""
import numpy as np
import keras
from keras.layers import AveragePooling2D, Concatenate, Conv2D, MaxPooling2D, UpSampling2D

SOURCE = "https://github.com/Vladkryvoruchko/PSPNet-Keras-tensorflow/pull/30 (473 and 713 there)"
TITLE = "pyramid pooling with the kernels of the smaller network"
CATEGORY = "pool_size"
STYLE = "functional, layers made in a loop"
UPSTREAM = False
CRASHES = "build"
EXPECTED = {"level2": (None, 2, 2, 16), "level3": (None, 3, 3, 16), "level6": (None, 6, 6, 16)}
ACTUAL = {"level1": (None, 1, 1, 16), "level2": (None, 3, 3, 16), "level3": (None, 4, 4, 16), "level6": (None, 9, 9, 16)}
CULPRIT = dict(layer="level2", argument="pool_size", bad=6, good=9)
ACCEPT = [[("level2", "pool_size", 9), ("level3", "pool_size", 6), ("level6", "pool_size", 3)]]
LOSS = "categorical_crossentropy"

SIDE = 18
KERNELS = {1: 12, 2: 6, 3: 4, 6: 2}


def build():
    street = keras.Input((72, 72, 3))
    h = MaxPooling2D(4)(Conv2D(16, 3, padding="same", activation="relu")(street))
    pyramid = [h]
    for level, kernel in KERNELS.items():
        part = AveragePooling2D(kernel, name=f"level{level}")(h)
        part = Conv2D(4, 1, activation="relu")(part)
        pyramid.append(UpSampling2D(SIDE // level)(part))
    h = Concatenate(name="pyramid")(pyramid)
    return keras.Model(street, UpSampling2D(4)(Conv2D(5, 1, activation="softmax")(h)))


def data():
    return np.zeros((1, 72, 72, 3), "float32"), np.full((1, 72, 72, 5), 0.2, "float32")
