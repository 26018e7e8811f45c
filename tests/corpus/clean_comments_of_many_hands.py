"""Right shapes in comments as people write them: arrows, question marks, products, counts, what was there before."""

import keras
import numpy as np
from keras.layers import Conv2D, Dense, Dropout, Flatten, MaxPooling2D

TITLE = "comments of many hands"
NOTES = "numbers that are no shapes stand in them too: rates, classes, years, batch sizes"
LOSS = "sparse_categorical_crossentropy"


def build():
    digits = keras.Sequential()
    digits.add(keras.Input((28, 28, 1)))  # 28*28*1, grey
    digits.add(Conv2D(32, 3, activation="relu"))  # -> 26x26x32, 3*3*1*32 + 32 = 320 params
    digits.add(Conv2D(64, (3, 3), activation="relu"))  # (None, 24, 24, 64)  18,496 parameters
    digits.add(MaxPooling2D((2, 2)))  # o/p: ? x 12 x 12 x 64
    digits.add(Dropout(0.25))  # 0.25 as in the paper (see sec. 3.2, 1998)
    digits.add(Conv2D(128, 3, strides=2))  # H,W: 12 -> 5; C: 64 -> 128
    digits.add(Flatten())  # 5*5*128 = 3200
    digits.add(Dense(128, activation="relu"))  # [batch, 128]; was 256 before, too slow
    digits.add(Dense(10, activation="softmax"))  # 10 classes (0..9), lr=0.01, bs=32, 12 epochs
    return digits


def data():
    return np.zeros((6, 28, 28, 1), "float32"), np.arange(6)


EXPECTED = {
    "conv2d": (None, 26, 26, 32),
    "conv2d_1": (None, 24, 24, 64),
    "max_pooling2d": (None, 12, 12, 64),
    "dropout": (None, 12, 12, 64),
    "conv2d_2": (None, 5, 5, 128),
    "flatten": (None, 3200),
    "dense": (None, 128),
    "dense_1": (None, 10),
}
