# SOURCE: https://github.com/keras-team/keras/issues/17388
# KIND: a loss class of the user's own gets (n,) beside (n, 1); after the question, in which the shapes differ so
# PLAIN KERAS: ValueError: Arguments `target` and `output` must have the same rank (ndim). Received: target.shape=(None,), output.shape=(None, 1)
# RIGHT: answers[:, None]
import keras
import numpy as np


class Focal(keras.losses.Loss):
    def call(self, y_true, y_pred):
        p = keras.losses.binary_crossentropy(y_true, y_pred)
        return p * (1 - keras.ops.exp(-p)) ** 2


questions, answers = np.random.rand(40, 12), np.random.randint(0, 2, 40).astype("float32")
model = keras.Sequential([keras.Input((12,)), keras.layers.Dense(8, activation="relu"), keras.layers.Dense(1, activation="sigmoid")])
model.compile("adam", Focal())
model.fit(questions, answers, verbose=0)
