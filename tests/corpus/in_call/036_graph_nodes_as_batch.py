# SOURCE: https://github.com/danielegrattarola/keras-gat/issues/16
# KIND: no single argument: the nodes of one graph are the rows of the batch, trained with a smaller batch than the graph's size against the whole adjacency matrix
# PLAIN KERAS: ValueError: Exception encountered when calling GraphAttention.call(). Dimensions must be equal, but are 8 and 24 for '{{node gat_1/graph_attention_1/add_1}} = AddV2[T=DT_FLOAT](gat_1/graph_attention_1/LeakyRelu, gat_1/graph_attention_1/add_1/y)' with input shapes: [8,8], [24,24].
# RIGHT: model.fit(batch_size=8 -> 24) (the number of nodes; shuffle=False) | the adjacency matrix cut to the rows of the batch (given as an input with the features)
# NOT: GraphAttention(12); the Dense(1) layers; ops.transpose
import numpy as np
import keras
from keras import layers, ops


class GraphAttention(layers.Layer):
    def __init__(self, units, adj, **kwargs):
        super().__init__(**kwargs)
        self.proj = layers.Dense(units, use_bias=False)
        self.a_self = layers.Dense(1)
        self.a_neigh = layers.Dense(1)
        self.bias = ops.convert_to_tensor((1.0 - adj) * -1e9, dtype="float32")

    def call(self, nodes):
        h = self.proj(nodes)
        logits = self.a_self(h) + ops.transpose(self.a_neigh(h))
        att = ops.softmax(ops.leaky_relu(logits) + self.bias)
        return ops.matmul(att, h)


class GAT(keras.Model):
    def __init__(self, adj, classes):
        super().__init__()
        self.g1 = GraphAttention(12, adj)
        self.g2 = GraphAttention(classes, adj)

    def call(self, nodes):
        return ops.softmax(self.g2(ops.elu(self.g1(nodes))))


n = 24
adj = np.clip((np.random.rand(n, n) > 0.8) + np.eye(n), 0, 1)
feats = np.random.rand(n, 7).astype("float32")
y = np.random.randint(0, 3, (n,))
model = GAT(adj, 3)
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(feats, y, batch_size=8, epochs=1, verbose=0)
