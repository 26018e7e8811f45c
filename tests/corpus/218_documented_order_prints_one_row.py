"""The documented call, word for word in spirit: pictures (3, 256, 256), an unpadded 3x3
convolution with 64 maps.  64 maps of 254x254 are expected; one row comes out."""
import keras
import numpy as np
from keras.layers import Conv2D, GlobalAveragePooling2D

SOURCE = "https://github.com/keras-team/keras/issues/4546"
TITLE = "output_shape is (None, 1, 254, 64)"
CATEGORY = "data_format / axis order of the input"
STYLE = "sequential"
UPSTREAM = False
CRASHES = None
EXPECTED = {"conv2d": (None, 64, 254, 254)}
ACTUAL = {"conv2d": (None, 1, 254, 64)}
CULPRIT = {"layer": "conv2d", "argument": "data_format", "bad": None, "good": "channels_first"}
ACCEPT = [[("conv2d", "data_format", "channels_first"), ("global_average_pooling2d", "data_format", "channels_first")]]
LOSS = "mse"


def build():
    model = keras.Sequential()
    model.add(Conv2D(64, (3, 3), padding="valid", input_shape=(3, 256, 256)))
    model.add(GlobalAveragePooling2D())
    return model


def data():
    return np.zeros((1, 3, 256, 256), "float32"), np.zeros((1, 64), "float32")
