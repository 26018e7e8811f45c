"""A DCGAN for 28x28 digits pointed at 32x32 colour pictures: sizes and channels were changed
at the top, but the seed of the generator is still 7x7."""
import keras
import numpy as np
from keras.layers import Activation, BatchNormalization, Conv2D, Dense, Reshape, UpSampling2D

SOURCE = "https://github.com/eriklindernoren/Keras-GAN/issues/33"
TITLE = "generator gives (28, 28, 3), the pictures are (32, 32, 3)"
CATEGORY = "units and target_shape (decoder)"
STYLE = "sequential inside a method"
UPSTREAM = True
CRASHES = "fit"
EXPECTED = {"activation_2": (None, 32, 32, 3)}
ACTUAL = {"reshape": (None, 7, 7, 32), "activation_2": (None, 28, 28, 3)}
CULPRIT = {"layer": "reshape", "argument": "target_shape", "bad": (7, 7, 32), "good": (8, 8, 32)}
ACCEPT = [[("reshape", "target_shape", (8, 8, 32)), ("dense", "units", 2048)]]
LOSS = "binary_crossentropy"


class Painter:
    def __init__(self):
        self.rows = self.cols = 32
        self.colours = 3
        self.noise = 100

    def generator(self):
        model = keras.Sequential()
        model.add(Dense(32 * 7 * 7, activation="relu", input_shape=(self.noise,)))
        model.add(Reshape((7, 7, 32)))
        model.add(UpSampling2D())
        model.add(Conv2D(32, kernel_size=3, padding="same"))
        model.add(BatchNormalization(momentum=0.8))
        model.add(Activation("relu"))
        model.add(UpSampling2D())
        model.add(Conv2D(16, kernel_size=3, padding="same"))
        model.add(BatchNormalization(momentum=0.8))
        model.add(Activation("relu"))
        model.add(Conv2D(self.colours, kernel_size=3, padding="same"))
        model.add(Activation("tanh"))
        return model


def build():
    return Painter().generator()


def data():
    painter = Painter()
    noise = np.zeros((2, painter.noise), "float32")
    return noise, np.zeros((2, painter.rows, painter.cols, painter.colours), "float32")
