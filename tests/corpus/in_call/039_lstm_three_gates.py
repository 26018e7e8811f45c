# SOURCE: https://github.com/juntaoy/aracoref/issues/12 [typical slip put into this code by me; the source does not report this very fault]
# KIND: LSTM cell by hand in a GradientTape loop: one matrix for three gates, split in four
# PLAIN KERAS: InvalidArgumentError: Exception encountered when calling HandLSTM.call(). {{function_node __wrapped__Mul_device_/job:localhost/replica:0/task:0/device:CPU:0}} Incompatible shapes: [8,9] vs. [8,12] [Op:Mul] name:
# RIGHT: add_weight(shape=(in_dim + units, 3 * units) -> (in_dim + units, 4 * units)) and the bias (3 * units,) -> (4 * units,); one change by GATES = 3 -> 4
# NOT: HandLSTM(units=12); tf.split(num_or_size_splits=4 -> 3): four names are taken
import numpy as np
import tensorflow as tf
import keras
from keras import layers

GATES = 3


class HandLSTM(layers.Layer):
    def __init__(self, in_dim, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.kernel = self.add_weight(name="kernel", shape=(in_dim + units, GATES * units))
        self.bias = self.add_weight(name="bias", shape=(GATES * units,), initializer="zeros")

    def step(self, x, h, c):
        z = tf.matmul(tf.concat([x, h], axis=1), self.kernel) + self.bias
        i, f, o, g = tf.split(z, 4, axis=1)
        c = tf.sigmoid(f) * c + tf.sigmoid(i) * tf.tanh(g)
        return tf.sigmoid(o) * tf.tanh(c), c

    def call(self, seq):
        h = tf.zeros((tf.shape(seq)[0], self.units))
        c = tf.zeros_like(h)
        for t in range(seq.shape[1]):
            h, c = self.step(seq[:, t], h, c)
        return h


x = np.random.randn(8, 5, 3).astype("float32")
y = np.random.randn(8, 1).astype("float32")
lstm, head = HandLSTM(3, 12), layers.Dense(1)
opt = keras.optimizers.SGD(0.05)
for _ in range(2):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((head(lstm(x)) - y) ** 2)
    weights = lstm.trainable_weights + head.trainable_weights
    opt.apply_gradients(zip(tape.gradient(loss, weights), weights))
