# SOURCE: https://github.com/philipperemy/keras-attention/issues/14
# KIND: attention of an LSTM's last state over all steps, written with tf.matmul of a rank-3 and a rank-2 tensor
# PLAIN KERAS: ValueError: Exception encountered when calling LastStateAttention.call(). Dimensions must be equal, but are 20 and 8 for '{{node functional_1/last_state_attention_1/MatMul}} = BatchMatMulV2[T=DT_FLOAT, adj_x=false, adj_y=false, grad_x=false, grad_y=false](functional_1/last_state_attention_1/dense_1/Tensordot, functional_1/last_state_attention_1/strided_slice)' with input shapes: [8,12,20], [8,20].
# RIGHT: an op missing before tf.matmul: last -> tf.expand_dims(last, -1) at line "score = tf.matmul(keys, last)" | tf.matmul -> tf.einsum("btd,bd->bt", keys, last)[..., None]
# NOT: LSTM(20), LastStateAttention(20): their widths fit
import numpy as np
import tensorflow as tf
import keras
from keras import layers


class LastStateAttention(layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.score_dense = layers.Dense(units, use_bias=False)
        self.out_dense = layers.Dense(units, activation="tanh")

    def call(self, hidden):
        # hidden: (batch, 12, 20), all the states of the LSTM
        last = hidden[:, -1, :]
        keys = self.score_dense(hidden)
        score = tf.matmul(keys, last)
        weights = tf.nn.softmax(score, axis=1)
        context = tf.reduce_sum(weights * hidden, axis=1)
        return self.out_dense(tf.concat([context, last], axis=-1))


inp = keras.Input((12, 3))
h = layers.LSTM(20, return_sequences=True)(inp)
h = LastStateAttention(20)(h)
model = keras.Model(inp, layers.Dense(1)(h))

x = np.random.randn(16, 12, 3).astype("float32")
y = np.random.randn(16, 1).astype("float32")
model.compile("adam", "mse")
model.fit(x, y, batch_size=8, epochs=1, verbose=0)
