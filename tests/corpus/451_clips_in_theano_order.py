"""C3D from the model zoo: clips are (3, 16, 56, 56), channels first, and the layers are left at the default."""
import numpy as np
import keras
from keras.layers import Conv3D, Dense, Flatten, MaxPooling3D

SOURCE = "https://github.com/albertomontesg/keras-model-zoo/issues/15"
TITLE = "negative dimension in the third pooling"
CATEGORY = "data_format"
STYLE = "sequential"
UPSTREAM = True
CRASHES = "build"
FIT_AFTER = False       # convolutions of channels first do not run on a CPU with TensorFlow
EXPECTED = {"pool2": (None, 16, 8, 14, 14)}
ACTUAL = {"pool1": (None, 3, 8, 28, 8)}
CULPRIT = dict(layer="conv1", argument="data_format", bad=None, good="channels_first")
NAMES = ("conv1", "pool1", "conv2", "pool2", "conv3a", "conv3b", "pool3")
ACCEPT = [[(name, "data_format", "channels_first") for name in NAMES]]
LOSS = "categorical_crossentropy"


def build():
    model = keras.Sequential()
    model.add(Conv3D(8, (3, 3, 3), activation="relu", padding="same", name="conv1", input_shape=(3, 16, 56, 56)))
    model.add(MaxPooling3D(pool_size=(1, 2, 2), strides=(1, 2, 2), padding="valid", name="pool1"))
    # 2nd layer group
    model.add(Conv3D(16, (3, 3, 3), activation="relu", padding="same", name="conv2"))
    model.add(MaxPooling3D(pool_size=(2, 2, 2), strides=(2, 2, 2), padding="valid", name="pool2"))
    # 3rd layer group
    model.add(Conv3D(32, (3, 3, 3), activation="relu", padding="same", name="conv3a"))
    model.add(Conv3D(32, (3, 3, 3), activation="relu", padding="same", name="conv3b"))
    model.add(MaxPooling3D(pool_size=(2, 2, 2), strides=(2, 2, 2), padding="valid", name="pool3"))
    model.add(Flatten())
    model.add(Dense(5, activation="softmax"))
    return model


def data():
    return np.zeros((1, 3, 16, 56, 56), "float32"), np.eye(5, dtype="float32")[[2]]
