"""The decoder starts from 4 x 4 and nothing in it enlarges; the picture had 28 x 28 when it was flattened."""
import numpy as np
import keras
from keras.layers import Conv2D, Conv2DTranspose, Dense, Flatten, Input, Reshape

SOURCE = "https://taourl.com/read-2371172.html"
TITLE = "autoencoder of 28 x 28 that gives 4 x 4"
CATEGORY = "target_shape (Reshape)"
STYLE = "functional"
UPSTREAM = True
CRASHES = "fit"
EXPECTED = {"reshape": (None, 28, 28, 8), "again": (None, 28, 28, 1)}
ACTUAL = {"reshape": (None, 4, 4, 8), "again": (None, 4, 4, 1)}
CULPRIT = dict(layer="reshape", argument="target_shape", bad=(4, 4, 8), good=(28, 28, 8))
ACCEPT = [[("reshape", "target_shape", (28, 28, 8)), ("widen", "units", 6272)]]
LOSS = "binary_crossentropy"


def build():
    picture = Input((28, 28, 1))
    h = Conv2D(16, (3, 3), activation="relu", padding="same")(picture)
    h = Conv2D(8, (3, 3), activation="relu", padding="same")(h)
    code = Dense(32, activation="relu", name="code")(Flatten()(h))
    h = Dense(128, activation="relu", name="widen")(code)
    h = Reshape((4, 4, 8))(h)
    h = Conv2DTranspose(8, (3, 3), activation="relu", padding="same")(h)
    return keras.Model(picture, Conv2DTranspose(1, (3, 3), activation="sigmoid", padding="same", name="again")(h))


def data():
    pictures = np.zeros((2, 28, 28, 1), "float32")
    return pictures, pictures
