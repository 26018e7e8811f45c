# SOURCE: https://github.com/keras-team/keras/issues/17388
# KIND: silent: a loss class of the user's own subtracts (n, 1) from (n,); after the question
# PLAIN KERAS: trains silently
# RIGHT: prices[:, None]
import keras
import numpy as np


class Relative(keras.losses.Loss):
    def call(self, y_true, y_pred):
        return keras.ops.mean(keras.ops.square(y_true - y_pred))


houses, prices = np.random.rand(40, 12), np.random.rand(40)
model = keras.Sequential([keras.Input((12,)), keras.layers.Dense(8, activation="relu"), keras.layers.Dense(1)])
model.compile("adam", Relative())
model.fit(houses, prices, verbose=0)
