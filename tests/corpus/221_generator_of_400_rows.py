"""A digit generator written for channels first: 200 maps of 14x14 are reshaped, doubled and
convolved down to one map.  Channels last, 200 becomes the height."""
import keras
import numpy as np
from keras.layers import Activation, BatchNormalization, Conv2D, Dense, Input, Reshape, UpSampling2D

SOURCE = "https://github.com/osh/KerasGAN/issues/11"
TITLE = "generator gives (None, 400, 28, 1) and not (None, 28, 28, 1)"
CATEGORY = "data_format / axis order (Reshape)"
STYLE = "functional"
UPSTREAM = True
CRASHES = "fit"
EXPECTED = {"activation_3": (None, 28, 28, 1)}
ACTUAL = {"up_sampling2d": (None, 100, 28, 14), "activation_3": (None, 100, 28, 1)}
CULPRIT = {"layer": "reshape", "argument": "target_shape", "bad": (50, 14, 14), "good": (14, 14, 50)}
ACCEPT = [("reshape", "target_shape", (14, 14, 50))]
LOSS = "binary_crossentropy"

maps = 50


def build():
    noise = Input(shape=[100])
    h = Dense(maps * 14 * 14)(noise)
    h = Activation("relu")(BatchNormalization()(h))
    h = Reshape([maps, 14, 14])(h)
    h = UpSampling2D(size=(2, 2))(h)
    for width in (maps // 2, maps // 4):
        h = Conv2D(width, (3, 3), padding="same")(h)
        h = Activation("relu")(BatchNormalization()(h))
    h = Conv2D(1, (1, 1), padding="same")(h)
    return keras.Model(noise, Activation("sigmoid")(h))


def data():
    return np.zeros((2, 100), "float32"), np.zeros((2, 28, 28, 1), "float32")
