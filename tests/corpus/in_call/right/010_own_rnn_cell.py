import numpy as np
import keras
from keras import layers, ops


class MGUCell(layers.Layer):
    """Minimal gated unit with a read-out of another width."""

    def __init__(self, units, out_dim, **kwargs):
        super().__init__(**kwargs)
        self.units, self.out_dim = units, out_dim
        self.state_size = units
        self.output_size = out_dim

    def build(self, input_shape):
        in_dim = input_shape[-1]
        self.w_f = self.add_weight(name="w_f", shape=(in_dim + self.units, self.units))
        self.b_f = self.add_weight(name="b_f", shape=(self.units,), initializer="ones")
        self.w_h = self.add_weight(name="w_h", shape=(in_dim + self.units, self.units))
        self.b_h = self.add_weight(name="b_h", shape=(self.units,), initializer="zeros")
        self.w_o = self.add_weight(name="w_o", shape=(self.units, self.out_dim))

    def call(self, x, states):
        h = states[0]                                     # (batch, units)
        f = ops.sigmoid(ops.matmul(ops.concatenate([x, h], axis=-1), self.w_f) + self.b_f)
        cand = ops.tanh(ops.matmul(ops.concatenate([x, f * h], axis=-1), self.w_h) + self.b_h)
        h = (1.0 - f) * h + f * cand
        return ops.matmul(h, self.w_o), [h]


seq = keras.Input((9, 3))
h = layers.RNN(MGUCell(10, 6), return_sequences=True)(seq)     # (batch, 9, 6)
h, last = layers.RNN(MGUCell(7, 4), return_state=True)(h)
joined = layers.Concatenate()([h, last])                       # 4 + 7
model = keras.Model(seq, layers.Dense(1)(joined))

x = np.random.randn(8, 9, 3).astype("float32")
y = np.cumsum(x[:, :, 0], axis=1)[:, -1:]
model.compile("adam", "mse")
model.fit(x, y, batch_size=4, epochs=1, verbose=0)
