"""25 pixels halved four times are 13, 7, 4 and 2; doubling back gives 4, 8, 16 and 32 unless
three of the four steps are told to end one short."""
import keras
import numpy as np
from keras.layers import Conv2D, Conv2DTranspose, Input

SOURCE = "https://github.com/keras-team/keras/issues/14158"
TITLE = "a mirrored decoder makes 32x32 of 25x25"
CATEGORY = "output_padding"
STYLE = "functional, layers made in loops"
UPSTREAM = True
CRASHES = "fit"
EXPECTED = {"back_7": (None, 7, 7, 8), "back_13": (None, 13, 13, 8), "picture": (None, 25, 25, 1)}
ACTUAL = {"conv2d_3": (None, 2, 2, 8), "back_4": (None, 4, 4, 8), "picture": (None, 32, 32, 1)}
CULPRIT = {"layer": "back_7", "argument": "output_padding", "bad": None, "good": 0}
ACCEPT = [[("back_7", "output_padding", 0), ("back_13", "output_padding", 0), ("picture", "output_padding", 0)]]
LOSS = "mse"


def build():
    image = Input((25, 25, 1))
    x = image
    for _ in range(4):
        x = Conv2D(8, (3, 3), strides=(2, 2), padding="same", activation="relu")(x)
    for side in (4, 7, 13):
        x = Conv2DTranspose(8, (3, 3), strides=(2, 2), padding="same", activation="relu", name=f"back_{side}")(x)
    x = Conv2DTranspose(1, (3, 3), strides=(2, 2), padding="same", name="picture")(x)
    return keras.Model(image, x)


def data():
    images = np.zeros((2, 25, 25, 1), "float32")
    return images, images
