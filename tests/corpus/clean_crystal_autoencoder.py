"""45x71 pictures down to 6x9 and back: each size on the way up is brought about by its own border or crop."""

import keras
import numpy as np
from keras.layers import Conv2D, Conv2DTranspose, Cropping2D, MaxPooling2D, UpSampling2D

TITLE = "autoencoder with a size on each axis"
NOTES = "output_padding that differs by axis, asymmetric crop, transposed and repeated upsampling mixed"
LOSS = "binary_crossentropy"


def build():
    crystal = keras.Input((45, 71, 1), name="crystal")
    h = Conv2D(8, 3, padding="same", activation="relu", name="see")(crystal)
    h = MaxPooling2D(2, padding="same", name="half")(h)
    h = Conv2D(12, 3, strides=2, padding="same", activation="relu", name="quarter")(h)
    h = Conv2D(16, 3, strides=2, padding="same", activation="relu", name="code")(h)
    h = Conv2DTranspose(12, 3, strides=2, padding="same", name="twice")(h)
    h = Conv2DTranspose(8, 3, strides=2, padding="same", output_padding=(0, 1), name="four_times")(h)
    h = UpSampling2D(2, interpolation="bilinear", name="whole")(h)
    h = Cropping2D(((0, 1), (0, 1)), name="trim")(h)
    return keras.Model(crystal, Conv2D(1, 3, padding="same", activation="sigmoid", name="again")(h))


def data():
    x = np.random.default_rng(0).random((2, 45, 71, 1)).astype("float32")
    return x, x


EXPECTED = {
    "crystal": (None, 45, 71, 1),
    "see": (None, 45, 71, 8),
    "half": (None, 23, 36, 8),
    "quarter": (None, 12, 18, 12),
    "code": (None, 6, 9, 16),
    "twice": (None, 12, 18, 12),
    "four_times": (None, 23, 36, 8),
    "whole": (None, 46, 72, 8),
    "trim": (None, 45, 71, 8),
    "again": (None, 45, 71, 1),
}
