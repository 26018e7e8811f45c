"""An autoencoder of time series: convolution, pooling, an LSTM, and back by upsampling and a transposed
convolution, which gives 50 channels, so that the last reshape counts 50 times too many steps."""
import numpy as np
import keras
from keras import layers

SOURCE = "https://github.com/FlorentF9/DeepTemporalClustering/issues/2"
TITLE = "expected output_seq to have shape (6400, 1) but got (128, 1)"
CATEGORY = "filters (through Reshape -1)"
STYLE = "functional"
UPSTREAM = True
CRASHES = "fit"
EXPECTED = {"output_seq": (None, 128, 1)}
ACTUAL = {"output_seq": (None, 6400, 1)}
CULPRIT = dict(layer="conv2d_transpose", argument="filters", bad=50, good=1)
ACCEPT = [("conv2d_transpose", "filters", 1)]


def build(filters=50, size=10, pool=8, units=(50, 1)):
    x = keras.Input((128, 1), name="input_seq")
    h = layers.Conv1D(filters, size, padding="same", activation="linear")(x)
    h = layers.LeakyReLU()(h)
    h = layers.MaxPooling1D(pool)(h)
    h = layers.Bidirectional(layers.LSTM(units[0], return_sequences=True), merge_mode="sum")(h)
    latent = layers.Bidirectional(layers.LSTM(units[1], return_sequences=True), merge_mode="sum", name="latent")(h)
    h = layers.Reshape((-1, 1, units[1]))(latent)
    h = layers.UpSampling2D((pool, 1))(h)
    h = layers.Conv2DTranspose(filters, (size, 1), padding="same")(h)
    output = layers.Reshape((-1, 1), name="output_seq")(h)
    return keras.Model(x, output)


def data():
    x = np.zeros((2, 128, 1), "float32")
    return x, x
