"""An unpadded U-Net cuts its early maps to the size of the late ones. (568 - 392) / 2 is 88; 90 was typed. (Two levels
and smaller maps here: the cut should be 16, and 17 was typed.)"""
import numpy as np
import keras
from keras.layers import Concatenate, Conv2D, Conv2DTranspose, Cropping2D, MaxPooling2D

SOURCE = "https://github.com/lyatdawn/Unet-Tensorflow/issues/2"
TITLE = "crop of 90 where (568 - 392) / 2 = 88"
CATEGORY = "cropping (Cropping2D)"
STYLE = "functional"
UPSTREAM = True
CRASHES = "build"
EXPECTED = {"merge1": (None, 56, 56, 16)}
ACTUAL = {"crop1": (None, 54, 54, 8), "up1": (None, 56, 56, 8)}
CULPRIT = dict(layer="crop1", argument="cropping", bad=((17, 17), (17, 17)), good=((16, 16), (16, 16)))
ACCEPT = [("crop1", "cropping", ((16, 16), (16, 16)))]
LOSS = "binary_crossentropy"


def twice(x, maps):
    x = Conv2D(maps, 3, activation="relu")(x)
    return Conv2D(maps, 3, activation="relu")(x)


def build():
    tissue = keras.Input((92, 92, 1))
    level1 = twice(tissue, 8)                                           # 88
    level2 = twice(MaxPooling2D((2, 2))(level1), 16)                    # 44 -> 40
    deep = twice(MaxPooling2D((2, 2))(level2), 32)                      # 20 -> 16

    up2 = Conv2DTranspose(16, 2, strides=2, name="up2")(deep)           # 32
    crop2 = Cropping2D(((4, 4), (4, 4)), name="crop2")(level2)
    back = twice(Concatenate(name="merge2")([crop2, up2]), 16)          # 28
    up1 = Conv2DTranspose(8, 2, strides=2, name="up1")(back)            # 56
    crop1 = Cropping2D(((17, 17), (17, 17)), name="crop1")(level1)
    back = twice(Concatenate(name="merge1")([crop1, up1]), 8)
    return keras.Model(tissue, Conv2D(1, 1, activation="sigmoid")(back))


def data():
    return np.zeros((1, 92, 92, 1), "float32"), np.zeros((1, 52, 52, 1), "float32")
