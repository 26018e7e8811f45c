"""One batch of six days with thirty readings was expanded to (1, 6, 30), and that whole shape was handed over as
the shape of a sample."""
import numpy as np
from keras.layers import LSTM, Dense
from keras.models import Sequential

SOURCE = "https://github.com/keras-team/keras/issues/11480"
TITLE = "lstm expected ndim=3, found ndim=4"
CATEGORY = "input_shape"
STYLE = "sequential"
UPSTREAM = False
CRASHES = "build"
EXPECTED = {"lstm": (None, 6, 100), "dense": (None, 6, 1)}
CULPRIT = dict(layer="lstm", argument="input_shape", bad=(1, 6, 30), good=(6, 30))
ACCEPT = [("lstm", "input_shape", (6, 30))]
LOSS = "mean_absolute_error"


def build():
    patient = Sequential()
    patient.add(LSTM(100, input_shape=(1, 6, 30), return_sequences=True))
    patient.add(Dense(1))
    return patient


def data():
    readings = np.arange(180, dtype="float32").reshape(1, 6, 30)
    return readings, np.ones((1, 6, 1), "float32")
