# SOURCE: https://github.com/keras-team/keras/issues/3944 [typical slip put into this code by me; the source does not report this very fault]
# KIND: neural tensor layer: the weight of the linear part is made with its two sizes the wrong way round
# PLAIN KERAS: ValueError: Exception encountered when calling NeuralTensor.call(). Dimensions must be equal, but are 12 and 4 for '{{node MatMul}} = MatMul[T=DT_FLOAT, grad_a=false, grad_b=false, transpose_a=false, transpose_b=false](concat, Cast_1/ReadVariableOp)' with input shapes: [?,12], [4,12].
# RIGHT: add_weight(shape=(self.k, 2 * d) -> (2 * d, self.k)) for V | an op missing: self.V -> ops.transpose(self.V) at line "linear = ..."
# NOT: NeuralTensor(4); Dense(6)
import numpy as np
import keras
from keras import layers, ops


class NeuralTensor(layers.Layer):
    def __init__(self, k, **kwargs):
        super().__init__(**kwargs)
        self.k = k

    def build(self, shapes):
        d = shapes[0][-1]
        self.W = self.add_weight(name="W", shape=(self.k, d, d))
        self.V = self.add_weight(name="V", shape=(self.k, 2 * d))
        self.b = self.add_weight(name="b", shape=(self.k,), initializer="zeros")

    def call(self, pair):
        e1, e2 = pair
        bilinear = ops.einsum("bi,kij,bj->bk", e1, self.W, e2)
        linear = ops.matmul(ops.concatenate([e1, e2], axis=1), self.V)
        return ops.tanh(bilinear + linear + self.b)


left = keras.Input((9,))
right = keras.Input((9,))
proj = layers.Dense(6)
h = NeuralTensor(4)([proj(left), proj(right)])
model = keras.Model([left, right], layers.Dense(1)(h))

a = np.random.randn(10, 9).astype("float32")
b = np.random.randn(10, 9).astype("float32")
y = np.random.randn(10, 1).astype("float32")
model.compile("adam", "mse")
model.fit([a, b], y, batch_size=5, epochs=1, verbose=0)
