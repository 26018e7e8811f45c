"""A generator of 28x28 digits is to paint 32x32 photographs: size and colours were changed where the images are read,
the first map stayed 7x7."""
import numpy as np
from keras.layers import BatchNormalization, Conv2D, Dense, Input, Reshape, UpSampling2D
from keras.models import Model, Sequential

SOURCE = "https://github.com/eriklindernoren/Keras-GAN/issues/33"
TITLE = "expected (32, 32, 3), got (28, 28, 3)"
CATEGORY = "target_shape (Reshape)"
STYLE = "a class with a sequential model in a functional one"
UPSTREAM = True
CRASHES = "fit"
EXPECTED = {"paint": (None, 32, 32, 3)}
ACTUAL = {"seed_map": (None, 7, 7, 64), "paint": (None, 28, 28, 3)}
CULPRIT = dict(layer="seed_map", argument="target_shape", bad=(7, 7, 64), good=(8, 8, 64))
ACCEPT = [[("seed_map", "target_shape", (8, 8, 64)), ("dense", "units", 4096)]]


class Painter:
    rows, columns, colours, noise = 32, 32, 3, 100

    def generator(self):
        steps = Sequential()
        steps.add(Input((self.noise,)))
        steps.add(Dense(64 * 7 * 7, activation="relu", name="dense"))
        steps.add(Reshape((7, 7, 64), name="seed_map"))
        for maps in (64, 32):
            steps.add(UpSampling2D())
            steps.add(Conv2D(maps, kernel_size=3, padding="same", activation="relu"))
            steps.add(BatchNormalization(momentum=0.8))
        steps.add(Conv2D(self.colours, kernel_size=3, padding="same", activation="tanh", name="paint"))
        noise = Input((self.noise,))
        return Model(noise, steps(noise))


def build():
    return Painter().generator()


def data():
    return np.zeros((2, 100), "float32"), np.zeros((2, 32, 32, 3), "float32")
