# SOURCE: https://keras.io/examples/vision/nerf/ (a slip: the raw coordinates counted or not in the encoding's width) [typical slip put into this code by me; the source does not report this very fault]
# KIND: NeRF-like MLP with an own Linear(in_dim, out_dim): the encoding keeps the three raw coordinates, its width is counted without them
# PLAIN KERAS: InvalidArgumentError: Graph execution error: <stack traces unavailable> Matrix size-incompatible: In[0]: [64,27], In[1]: [24,24] [[{{node StatefulPartitionedCall/nerf_mlp_1/linear_1/Tensordot/MatMul}}]] [Op:__inference_multi_step_on_iterator_1921]
# RIGHT: NerfMLP's in_dim=3 * 2 * levels -> 3 * 2 * levels + 3 at line "in_dim = ..." | x left out of parts: "parts = [x]" -> "parts = []"
# NOT: ops.concatenate(axis=-1); the other Linear layers
import numpy as np
import keras
from keras import layers, ops


class Linear(layers.Layer):
    def __init__(self, in_dim, out_dim, **kwargs):
        super().__init__(**kwargs)
        self.w = self.add_weight(name="w", shape=(in_dim, out_dim))
        self.b = self.add_weight(name="b", shape=(out_dim,), initializer="zeros")

    def call(self, x):
        return ops.matmul(x, self.w) + self.b


def encode(x, levels):
    parts = [x]
    for i in range(levels):
        parts.append(ops.sin(2.0 ** i * x))
        parts.append(ops.cos(2.0 ** i * x))
    return ops.concatenate(parts, axis=-1)


class NerfMLP(keras.Model):
    def __init__(self, levels=4, width=24, depth=3):
        super().__init__()
        self.levels = levels
        in_dim = 3 * 2 * levels
        sizes = [in_dim] + [width] * depth
        self.hidden = [Linear(a, b) for a, b in zip(sizes[:-1], sizes[1:])]
        self.rgba = Linear(width, 4)

    def call(self, rays):
        h = encode(rays, self.levels)
        for layer in self.hidden:
            h = ops.relu(layer(h))
        return self.rgba(h)


rays = np.random.rand(4, 16, 3).astype("float32")
target = np.random.rand(4, 16, 4).astype("float32")
model = NerfMLP()
model.compile("adam", "mse")
model.fit(rays, target, epochs=1, verbose=0)
