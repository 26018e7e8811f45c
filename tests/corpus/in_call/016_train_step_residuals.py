# SOURCE: https://github.com/tensorflow/tensorflow/issues/28901 (also https://github.com/keras-team/keras/issues/14627)
# KIND: silent: own train_step, targets (batch,) minus predictions (batch, 1) broadcast to (batch, batch)
# PLAIN KERAS: trains silently; err is (batch, batch), the comment says (batch, 1)
# RIGHT: an op missing: y -> ops.expand_dims(y, -1) (y[:, None]) at line "err = y - pred" | pred -> ops.squeeze(pred, -1) (pred[:, 0]) | the targets fed as (n, 1): np.random.randn(24) -> np.random.randn(24, 1)
# NOT: Dense(1)
import numpy as np
import tensorflow as tf
import keras
from keras import layers, ops


class Regressor(keras.Model):
    def __init__(self):
        super().__init__()
        self.hidden = layers.Dense(16, activation="relu")
        self.value = layers.Dense(1)
        self.tracker = keras.metrics.Mean(name="loss")

    def call(self, x):
        return self.value(self.hidden(x))

    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            pred = self(x, training=True)
            err = y - pred                     # (batch, 1)
            loss = ops.mean(ops.square(err))
        grads = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(grads, self.trainable_variables))
        self.tracker.update_state(loss)
        return {"loss": self.tracker.result()}


x = np.random.randn(24, 5).astype("float32")
y = np.random.randn(24).astype("float32")
model = Regressor()
model.compile(optimizer="adam")
model.fit(x, y, batch_size=8, epochs=1, verbose=0)
