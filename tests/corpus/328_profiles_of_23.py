"""The blog's autoencoder on 23x23 profiles: 12, 6, 3 going down, 6, 12, 10, 20 coming up. With the unpadded layer
padded it is 24; no argument alone gives an odd size after a doubling."""
import numpy as np
import keras
from keras.layers import Conv2D, Input, MaxPooling2D, UpSampling2D

SOURCE = "https://github.com/keras-team/keras/issues/12674"
TITLE = "conv2d_7 has (20, 20, 1), the array (23, 23, 1)"
CATEGORY = "no single-argument repair"
STYLE = "functional"
UPSTREAM = True
CRASHES = "fit"
REPAIRABLE = False
EXPECTED = {"again": (None, 23, 23, 1)}
ACTUAL = {"again": (None, 20, 20, 1)}
CULPRIT = dict(layer="again", argument=None, bad=None, good=None)
ACCEPT = []
LOSS = "binary_crossentropy"
NOTE = "pad the profiles to 24x24 and the last unpadded convolution as well, or crop after the last doubling"


def build():
    profile = Input((23, 23, 1))
    h = Conv2D(16, (3, 3), activation="relu", padding="same")(profile)
    h = MaxPooling2D((2, 2), padding="same")(h)
    h = Conv2D(8, (3, 3), activation="relu", padding="same")(h)
    h = MaxPooling2D((2, 2), padding="same")(h)
    h = Conv2D(8, (3, 3), activation="relu", padding="same")(h)
    h = MaxPooling2D((2, 2), padding="same")(h)

    h = Conv2D(8, (3, 3), activation="relu", padding="same")(h)
    h = UpSampling2D((2, 2))(h)
    h = Conv2D(8, (3, 3), activation="relu", padding="same")(h)
    h = UpSampling2D((2, 2))(h)
    h = Conv2D(16, (3, 3), activation="relu")(h)
    h = UpSampling2D((2, 2))(h)
    return keras.Model(profile, Conv2D(1, (3, 3), activation="sigmoid", padding="same", name="again")(h))


def data():
    x = np.zeros((3, 23, 23, 1), "float32")
    return x, x
