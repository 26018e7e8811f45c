"""A padded U-Net that worked on 256x256 is given 358x358: 358, 179, 89, 44 going down, 88 and 178 coming up. Two of the
three steps up miss by one, in one line of a loop that the third needs as it is."""
import numpy as np
import keras
from keras.layers import Concatenate, Conv2D, Conv2DTranspose, Input, MaxPool2D

SOURCE = "https://github.com/keras-team/keras/issues/19964"
TITLE = "Concatenate: (None, 88, 88, 128) and (None, 89, 89, 128)"
CATEGORY = "no single-argument repair"
STYLE = "functional inside a function, layers made in a loop"
UPSTREAM = True
CRASHES = "build"
REPAIRABLE = False
EXPECTED = {"concatenate_1": (None, 179, 179, 16), "conv2d_7": (None, 358, 358, 1)}
CULPRIT = dict(layer="conv2d_transpose", argument=None, bad=None, good=None)
ACCEPT = []
NOTE = "pad the pictures to a multiple of 8, or padding='valid' in the first two steps up and 'same' in the last"


def unet(levels, maps=4, pool=2):
    slide = Input((358, 358, 1))
    usual = dict(kernel_size=3, activation="relu", padding="same")
    h, skips = slide, []
    for level in range(levels):
        h = Conv2D(maps * 2**level, **usual)(h)
        if level < levels - 1:
            skips.append(h)
            h = MaxPool2D(pool)(h)
    for level in reversed(range(levels - 1)):
        h = Conv2DTranspose(maps * 2**level, strides=pool, **usual)(h)
        h = Concatenate()([h, skips[level]])
        h = Conv2D(maps * 2**level, **usual)(h)
    return keras.Model(slide, Conv2D(1, 1, padding="same", activation="sigmoid")(h))


def build():
    return unet(4)


def data():
    x = np.zeros((1, 358, 358, 1), "float32")
    return x, x
