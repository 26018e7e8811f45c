# SOURCE: https://github.com/tkipf/keras-gcn/issues/6 [same symptom as reported there, cause retold by me]
# KIND: graph convolution: build takes the two input shapes in the other order than call takes the two tensors, so the kernel gets the number of nodes as its input width
# PLAIN KERAS: InvalidArgumentError: Graph execution error: <stack traces unavailable> Matrix size-incompatible: In[0]: [72,5], In[1]: [9,16] [[{{node StatefulPartitionedCall/functional_1/graph_conv_1/Tensordot/MatMul}}]] [Op:__inference_multi_step_on_iterator_1438]
# RIGHT: order: "adj_shape, feat_shape = input_shape" -> "feat_shape, adj_shape = input_shape" | add_weight(shape=(feat_shape[-1], self.units) -> (adj_shape[-1], self.units))
# NOT: GraphConv(units=16); the order [nodes, adj] at the calls
import numpy as np
import keras
from keras import layers, ops


class GraphConv(layers.Layer):
    def __init__(self, units, activation=None, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.activation = keras.activations.get(activation)

    def build(self, input_shape):
        adj_shape, feat_shape = input_shape
        self.kernel = self.add_weight(name="kernel", shape=(feat_shape[-1], self.units))
        self.bias = self.add_weight(name="bias", shape=(self.units,), initializer="zeros")

    def call(self, inputs):
        feats, adj = inputs
        support = ops.matmul(feats, self.kernel)
        return self.activation(ops.matmul(adj, support) + self.bias)


nodes = keras.Input((9, 5))
adj = keras.Input((9, 9))
h = GraphConv(16, "relu")([nodes, adj])
h = GraphConv(16, "relu")([h, adj])
h = layers.GlobalMaxPooling1D()(h)
model = keras.Model([nodes, adj], layers.Dense(2, activation="softmax")(h))

a = (np.random.rand(8, 9, 9) > 0.6).astype("float32")
x = np.random.rand(8, 9, 5).astype("float32")
y = np.random.randint(0, 2, (8,))
model.compile("adam", "sparse_categorical_crossentropy")
model.fit([x, a], y, epochs=1, verbose=0)
