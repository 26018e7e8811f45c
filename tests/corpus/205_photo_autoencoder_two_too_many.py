"""The well-known convolutional autoencoder on photographs whose sides are not multiples of
eight: rounding up in the poolings and one unpadded convolution leave two rows too many."""
import keras
import numpy as np
from keras import layers

SOURCE = "https://github.com/ankonzoid/artificio/issues/12 (458 x 690 there)"
TITLE = "autoencoder returns 52x84 for a photograph of 50x82"
CATEGORY = "padding"
STYLE = "functional"
UPSTREAM = False
CRASHES = "fit"
EXPECTED = {"conv2d_6": (None, 50, 82, 3)}
ACTUAL = {"max_pooling2d_2": (None, 7, 11, 8), "conv2d_5": (None, 26, 42, 16), "conv2d_6": (None, 52, 84, 3)}
CULPRIT = {"layer": "conv2d_6", "argument": "padding", "bad": "same", "good": "valid"}
ACCEPT = [("conv2d_6", "padding", "valid"), ("conv2d_5", "kernel_size", (4, 4))]
LOSS = "binary_crossentropy"

height, width = 50, 82


def build():
    photo = keras.Input((height, width, 3))
    x = layers.Conv2D(16, (3, 3), activation="relu", padding="same")(photo)
    x = layers.MaxPooling2D((2, 2), padding="same")(x)
    x = layers.Conv2D(8, (3, 3), activation="relu", padding="same")(x)
    x = layers.MaxPooling2D((2, 2), padding="same")(x)
    x = layers.Conv2D(8, (3, 3), activation="relu", padding="same")(x)
    code = layers.MaxPooling2D((2, 2), padding="same")(x)

    x = layers.Conv2D(8, (3, 3), activation="relu", padding="same")(code)
    x = layers.UpSampling2D((2, 2))(x)
    x = layers.Conv2D(8, (3, 3), activation="relu", padding="same")(x)
    x = layers.UpSampling2D((2, 2))(x)
    x = layers.Conv2D(16, (3, 3), activation="relu")(x)
    x = layers.UpSampling2D((2, 2))(x)
    again = layers.Conv2D(3, (3, 3), activation="sigmoid", padding="same")(x)
    return keras.Model(photo, again)


def data():
    photos = np.zeros((2, height, width, 3), "float32")
    return photos, photos
