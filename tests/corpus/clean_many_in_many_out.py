"""A house from its photographs, its description and a table of facts: price, kind and the months it takes to sell."""

import keras
import numpy as np
from keras.layers import (
    GRU,
    Concatenate,
    Conv2D,
    Dense,
    Embedding,
    GlobalAveragePooling2D,
    Masking,
    MaxPooling2D,
    Normalization,
    RepeatVector,
    TimeDistributed,
)

TITLE = "three inputs, three outputs"
NOTES = "dictionary of inputs, a TimeDistributed branch, RepeatVector, outputs of rank 2 and 3 with losses of their own"
LOSS = {"price": "mse", "kind": "sparse_categorical_crossentropy", "months": "mse"}


def build():
    photos = keras.Input((4, 32, 48, 3), name="photos")
    words = keras.Input((15,), dtype="int32", name="words")
    facts = keras.Input((9,), name="facts")

    rooms = TimeDistributed(Conv2D(6, 5, strides=2, activation="relu"), name="look")(photos)
    rooms = TimeDistributed(MaxPooling2D(), name="smaller")(rooms)
    rooms = TimeDistributed(GlobalAveragePooling2D(), name="room")(rooms)
    house = GRU(10, name="house")(Masking(name="present")(rooms))
    meaning = Embedding(99, 12, mask_zero=True, name="meaning")(words)
    praise = GRU(8, name="praise")(meaning)
    known = Dense(6, activation="relu", name="known")(Normalization(mean=0.0, variance=1.0, name="scaled")(facts))
    everything = Concatenate(name="everything")([house, praise, known])

    price = Dense(1, name="price")(everything)
    kind = Dense(5, activation="softmax", name="kind")(everything)
    course = GRU(7, return_sequences=True, name="course")(RepeatVector(12, name="year")(everything))
    months = TimeDistributed(Dense(1), name="months")(course)
    answers = {"price": price, "kind": kind, "months": months}
    return keras.Model({"photos": photos, "words": words, "facts": facts}, answers)


def data():
    photos, facts = np.ones((2, 4, 32, 48, 3), "float32"), np.ones((2, 9), "float32")
    x = {"photos": photos, "words": np.ones((2, 15), "int32"), "facts": facts}
    return x, {"price": np.ones((2, 1), "float32"), "kind": np.array([0, 3]), "months": np.ones((2, 12, 1), "float32")}


EXPECTED = {
    "photos": (None, 4, 32, 48, 3),
    "words": (None, 15),
    "facts": (None, 9),
    "look": (None, 4, 14, 22, 6),
    "smaller": (None, 4, 7, 11, 6),
    "room": (None, 4, 6),
    "present": (None, 4, 6),
    "house": (None, 10),
    "meaning": (None, 15, 12),
    "praise": (None, 8),
    "scaled": (None, 9),
    "known": (None, 6),
    "everything": (None, 24),
    "price": (None, 1),
    "kind": (None, 5),
    "year": (None, 12, 24),
    "course": (None, 12, 7),
    "months": (None, 12, 1),
}
