# SOURCE: https://github.com/keras-team/keras/issues/11615
# KIND: own RNN cell with an output narrower than its state: the output is handed back as the next state
# PLAIN KERAS: ValueError: Exception encountered when calling RNN.call(). Input tensor `functional_1/rnn_1/zeros:0` enters the loop with shape (None, 10), but has shape (None, 4) after one iteration. To allow the shape to vary across iterations, use the `shape_invariants` argument of tf.while_loop to specify a less-specific shape.
# RIGHT: order of tensors: "return out, [out]" -> "return out, [h]" | MinimalCell(out_units=4 -> 10) (output as wide as the state)
# NOT: Dense(1); the recurrent kernel's shape (units, units)
import numpy as np
import keras
from keras import layers, ops


class MinimalCell(layers.Layer):
    def __init__(self, units, out_units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.out_units = out_units
        self.state_size = units
        self.output_size = out_units

    def build(self, input_shape):
        self.kernel = self.add_weight(name="k", shape=(input_shape[-1], self.units))
        self.recurrent = self.add_weight(name="r", shape=(self.units, self.units))
        self.readout = self.add_weight(name="o", shape=(self.units, self.out_units))

    def call(self, inputs, states):
        prev = states[0]
        h = ops.tanh(ops.matmul(inputs, self.kernel) + ops.matmul(prev, self.recurrent))
        out = ops.matmul(h, self.readout)
        return out, [out]


series = keras.Input((7, 3))
pred = layers.RNN(MinimalCell(10, 4), return_sequences=True)(series)
model = keras.Model(series, layers.Dense(1)(pred))

x = np.random.randn(8, 7, 3).astype("float32")
y = np.random.randn(8, 7, 1).astype("float32")
model.compile("sgd", "mse")
model.fit(x, y, epochs=1, verbose=0)
