# SOURCE: https://github.com/keras-team/keras/issues/14058 [typical slip put into this code by me; the source does not report this very fault]
# KIND: silent: the weighted states are summed over the features instead of over time
# PLAIN KERAS: trains silently; context is (batch, 10), the comment says (batch, 32)
# RIGHT: ops.sum(axis=-1 -> 1) at line "context = ops.sum(alpha * h, axis=-1)"
# NOT: ops.softmax(axis=1), which is right
import numpy as np
import keras
from keras import layers, ops


class Attention(layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.W = layers.Dense(units)
        self.V = layers.Dense(1)

    def call(self, h):
        score = self.V(ops.tanh(self.W(h)))        # (batch, 10, 1)
        alpha = ops.softmax(score, axis=1)
        context = ops.sum(alpha * h, axis=-1)      # (batch, 32)
        return context


class SentimentModel(keras.Model):
    def __init__(self):
        super().__init__()
        self.emb = layers.Embedding(100, 16)
        self.rnn = layers.LSTM(32, return_sequences=True)
        self.att = Attention(24)
        self.clf = layers.Dense(1, activation="sigmoid")

    def call(self, ids):
        return self.clf(self.att(self.rnn(self.emb(ids))))


x = np.random.randint(0, 100, (8, 10))
y = np.random.randint(0, 2, (8, 1)).astype("float32")
model = SentimentModel()
model.compile("adam", "binary_crossentropy")
model.fit(x, y, epochs=1, verbose=0)
