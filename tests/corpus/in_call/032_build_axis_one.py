# SOURCE: https://github.com/keras-team/keras/issues/4548
# KIND: own dense layer written for 2-D inputs, used on sequences: build takes input_shape[1], the number of steps
# PLAIN KERAS: InvalidArgumentError: Graph execution error: <stack traces unavailable> Matrix size-incompatible: In[0]: [96,10], In[1]: [12,16] [[{{node StatefulPartitionedCall/step_tagger_1/linear_1/Tensordot/MatMul}}]] [Op:__inference_multi_step_on_iterator_3076]
# RIGHT: add_weight(shape=(input_shape[1], self.units) -> (input_shape[-1], self.units))
# NOT: GRU(10); Linear(16); a Flatten would lose the steps that the targets have
import numpy as np
import keras
from keras import layers, ops


class Linear(layers.Layer):
    def __init__(self, units, activation=None, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.activation = keras.activations.get(activation)

    def build(self, input_shape):
        in_dim = input_shape[1]
        self.w = self.add_weight(name="w", shape=(in_dim, self.units))
        self.b = self.add_weight(name="b", shape=(self.units,), initializer="zeros")

    def call(self, x):
        return self.activation(ops.matmul(x, self.w) + self.b)


class StepTagger(keras.Model):
    def __init__(self):
        super().__init__()
        self.rnn = layers.GRU(10, return_sequences=True)
        self.hidden = Linear(16, "relu")
        self.tags = layers.Dense(5, activation="softmax")

    def call(self, seq):
        return self.tags(self.hidden(self.rnn(seq)))


x = np.random.randn(8, 12, 6).astype("float32")
y = np.random.randint(0, 5, (8, 12))
model = StepTagger()
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(x, y, epochs=1, verbose=0)
