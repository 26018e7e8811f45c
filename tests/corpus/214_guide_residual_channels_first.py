"""The residual example of the old functional guide: a 256x256 colour picture declared with
its colours first, under a Keras that counts channels last."""
import keras
import numpy as np
from keras.layers import Conv2D, Input

SOURCE = "https://github.com/keras-team/keras/issues/7188"
TITLE = "operands (3, 256, 256) and (3, 256, 3) cannot be added"
CATEGORY = "data_format / axis order of the input"
STYLE = "functional"
UPSTREAM = True
CRASHES = "build"
EXPECTED = {"add": (None, 256, 256, 3)}
ACTUAL = {"conv2d": (None, 3, 256, 3)}
CULPRIT = {"layer": "input_layer", "argument": "shape", "bad": (3, 256, 256), "good": (256, 256, 3)}
ACCEPT = [("input_layer", "shape", (256, 256, 3))]
LOSS = "mse"


def build():
    # a colour picture of 256 x 256
    picture = Input(shape=(3, 256, 256))
    # 3x3 convolution, as many channels out as in
    change = Conv2D(3, (3, 3), padding="same")(picture)
    total = keras.layers.add([picture, change])
    return keras.Model(picture, total)


def data():
    pictures = np.zeros((2, 256, 256, 3), "float32")
    return pictures, pictures
