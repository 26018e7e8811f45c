"""A line of handwriting read column by column: convolutions, columns as steps, two recurrent layers both ways."""

import numpy as np
from keras import Sequential
from keras.layers import (
    GRU,
    BatchNormalization,
    Bidirectional,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    Input,
    MaxPooling2D,
    Permute,
    TimeDistributed,
)

TITLE = "convolutional recurrent reader"
NOTES = "pooling that halves one axis only, Permute before TimeDistributed(Flatten), merge_mode sum and concat"
LOSS = "categorical_crossentropy"


def build():
    line = Sequential(name="reader")
    line.add(Input((32, 120, 1)))
    line.add(Conv2D(8, 3, padding="same", activation="relu"))
    line.add(MaxPooling2D((2, 2)))
    line.add(Conv2D(16, 3, padding="same", activation="relu"))
    line.add(BatchNormalization())
    line.add(MaxPooling2D((2, 1)))
    line.add(Conv2D(16, (2, 2), activation="relu"))
    line.add(Permute((2, 1, 3)))
    line.add(TimeDistributed(Flatten()))
    line.add(Dropout(0.1))
    line.add(Bidirectional(GRU(20, return_sequences=True), merge_mode="sum"))
    line.add(Bidirectional(GRU(20, return_sequences=True)))
    line.add(Dense(27, activation="softmax"))
    return line


def data():
    return np.zeros((2, 32, 120, 1), "float32"), np.full((2, 59, 27), 1 / 27, "float32")


EXPECTED = {
    "conv2d": (None, 32, 120, 8),
    "max_pooling2d": (None, 16, 60, 8),
    "conv2d_1": (None, 16, 60, 16),
    "batch_normalization": (None, 16, 60, 16),
    "max_pooling2d_1": (None, 8, 60, 16),
    "conv2d_2": (None, 7, 59, 16),
    "permute": (None, 59, 7, 16),
    "time_distributed": (None, 59, 112),
    "dropout": (None, 59, 112),
    "bidirectional": (None, 59, 20),
    "bidirectional_1": (None, 59, 40),
    "dense": (None, 59, 27),
}
