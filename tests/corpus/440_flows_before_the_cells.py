"""City flows as (flows, rows, columns), as the network was published for Theano; three ways are added up at its end."""
import numpy as np
import keras
from keras.layers import Activation, Add, Conv2D, Input

SOURCE = "https://github.com/lucktroy/DeepST/issues/4"
TITLE = "only layers of the same shape can be added: (6, 32, 2), (2, 32, 2), (2, 32, 2)"
CATEGORY = "data_format / axis order of the input"
STYLE = "functional, several inputs"
UPSTREAM = True
CRASHES = "build"
EXPECTED = {"close": (None, 2, 32, 32), "near": (None, 2, 32, 32), "trend": (None, 2, 32, 32)}
ACTUAL = {"close": (None, 6, 32, 2), "near": (None, 2, 32, 2)}
CULPRIT = dict(layer="close", argument="data_format", bad=None, good="channels_first")
ACCEPT = [[(name, "data_format", "channels_first") for name in ("close", "near", "trend")]]
LOSS = "mse"
FIT_AFTER = False       # convolutions of channels first do not run on a CPU with TensorFlow

CELLS, FLOWS = (32, 32), 2
TERMS = {"close": 3, "near": 1, "trend": 1}


def build():
    seen, ways = [], []
    for term, length in TERMS.items():
        flows = Input((FLOWS * length, *CELLS))
        seen.append(flows)
        ways.append(Conv2D(FLOWS, (3, 3), padding="same", name=term)(Activation("relu")(flows)))
    return keras.Model(seen, Activation("tanh")(Add(name="total")(ways)))


def data():
    return [np.zeros((2, FLOWS * n, *CELLS), "float32") for n in TERMS.values()], np.zeros((2, FLOWS, *CELLS), "float32")
