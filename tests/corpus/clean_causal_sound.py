"""Gated causal convolutions of growing dilation, with residual and skip sums, over a sound of any length."""

import keras
import numpy as np
from keras import layers

TITLE = "causal dilated convolutions"
NOTES = "unknown length, causal padding, two heads from one sum"
LOSS = "mse"


def build():
    sound = keras.Input((None, 1), name="sound")
    h = layers.Conv1D(12, 2, padding="causal", name="start")(sound)
    skips = []
    for rate in (1, 2, 4, 8):
        gate = layers.Conv1D(12, 2, padding="causal", dilation_rate=rate, activation="sigmoid", name=f"gate{rate}")(h)
        wave = layers.Conv1D(12, 2, padding="causal", dilation_rate=rate, activation="tanh", name=f"wave{rate}")(h)
        passed = layers.Multiply(name=f"passed{rate}")([gate, wave])
        skips.append(layers.Conv1D(20, 1, name=f"skip{rate}")(passed))
        h = layers.Add(name=f"on{rate}")([h, layers.Conv1D(12, 1, name=f"back{rate}")(passed)])
    heard = layers.Add(name="heard")(skips)
    return keras.Model(sound, layers.Conv1D(1, 1, name="next")(layers.ReLU(name="relu")(heard)))


def data():
    return np.zeros((2, 50, 1), "float32"), np.zeros((2, 50, 1), "float32")


EXPECTED = {
    "sound": (None, None, 1),
    "start": (None, None, 12),
    "gate1": (None, None, 12),
    "wave1": (None, None, 12),
    "passed1": (None, None, 12),
    "skip1": (None, None, 20),
    "back1": (None, None, 12),
    "on1": (None, None, 12),
    "gate2": (None, None, 12),
    "wave2": (None, None, 12),
    "passed2": (None, None, 12),
    "skip2": (None, None, 20),
    "back2": (None, None, 12),
    "on2": (None, None, 12),
    "gate4": (None, None, 12),
    "wave4": (None, None, 12),
    "passed4": (None, None, 12),
    "skip4": (None, None, 20),
    "back4": (None, None, 12),
    "on4": (None, None, 12),
    "gate8": (None, None, 12),
    "wave8": (None, None, 12),
    "passed8": (None, None, 12),
    "skip8": (None, None, 20),
    "heard": (None, None, 20),
    "relu": (None, None, 20),
    "next": (None, None, 1),
}
