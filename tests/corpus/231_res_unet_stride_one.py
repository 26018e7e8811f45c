"""A residual U-Net whose settings say STRIDE = 1.  The way up doubles each time, the way down
does not halve any more, and the first joint does not fit."""
import keras
import numpy as np
from keras.layers import Activation, Add, BatchNormalization, Concatenate, Conv2D, Input, UpSampling2D

SOURCE = "https://github.com/Doodleverse/segmentation_gym/issues/25"
TITLE = "Concatenate of (1536, 2048) and (768, 1024): stride 1 in the settings"
CATEGORY = "strides (U-Net)"
STYLE = "functional, helper with a strides argument"
UPSTREAM = True
CRASHES = "build"
EXPECTED = {"down_1": (None, 48, 64, 16), "down_2": (None, 24, 32, 32), "join_1": (None, 48, 64, 48)}
ACTUAL = {"down_1": (None, 96, 128, 16), "down_2": (None, 96, 128, 32)}
CULPRIT = {"layer": "down_1_conv", "argument": "strides", "bad": 1, "good": 2}
ACCEPT = [[(f"down_{i}_{part}", "strides", 2) for i in (1, 2) for part in ("conv", "skip")]]
LOSS = "binary_crossentropy"
FIT_AFTER = False       # the repaired net aborts in TensorFlow 2.21's oneDNN kernels, shapes aside

settings = {"FILTERS": 8, "STRIDE": 1, "KERNEL": 3}


def shrink(x, maps, name):
    kernel, stride = settings["KERNEL"], settings["STRIDE"]
    h = Activation("relu")(BatchNormalization()(x))
    h = Conv2D(maps, kernel, padding="same", strides=stride, name=f"{name}_conv")(h)
    h = Conv2D(maps, kernel, padding="same")(Activation("relu")(BatchNormalization()(h)))
    skip = Conv2D(maps, 1, padding="same", strides=stride, name=f"{name}_skip")(x)
    return Add(name=name)([h, skip])


def grow(x, skip, maps, name):
    x = Concatenate(name=name)([UpSampling2D(2)(x), skip])
    return Conv2D(maps, settings["KERNEL"], padding="same", activation="relu")(x)


def build():
    maps = settings["FILTERS"]
    coast = Input((96, 128, 3))
    top = Conv2D(maps, settings["KERNEL"], padding="same")(coast)
    one = shrink(top, 2 * maps, "down_1")
    two = shrink(one, 4 * maps, "down_2")
    x = grow(two, one, 2 * maps, "join_1")
    x = grow(x, top, maps, "join_0")
    return keras.Model(coast, Conv2D(1, 1, activation="sigmoid", name="mask")(x))


def data():
    return np.zeros((2, 96, 128, 3), "float32"), np.zeros((2, 96, 128, 1), "float32")
