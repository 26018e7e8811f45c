# SOURCE: https://github.com/keras-team/keras/issues/478 (also https://github.com/oarriaga/paz/issues/156) [typical slip put into this code by me; the source does not report this very fault]
# KIND: spatial transformer: the affine matrix (2, 3) meets a grid of only x and y, the row of ones is missing
# PLAIN KERAS: InvalidArgumentError: Graph execution error: <stack traces unavailable> Matrix size-incompatible: In[0]: [16,3], In[1]: [2,25] [[{{node StatefulPartitionedCall/grid_regressor_1/affine_grid_1/Tensordot/MatMul}}]] [Op:__inference_multi_step_on_iterator_1640]
# RIGHT: a row of ones missing in ops.stack([xx, yy]) (-> [xx, yy, ops.ones_like(xx)]) | theta without translation: ops.reshape(newshape=(-1, 2, 3) -> (-1, 2, 2)) with Dense(6 -> 4)
# NOT: AffineGrid(5, 5); Dense(6)
import numpy as np
import keras
from keras import layers, ops


class AffineGrid(layers.Layer):
    def __init__(self, height, width, **kwargs):
        super().__init__(**kwargs)
        self.height, self.width = height, width

    def call(self, theta):
        xs, ys = ops.linspace(-1.0, 1.0, self.width), ops.linspace(-1.0, 1.0, self.height)
        xx, yy = ops.meshgrid(xs, ys)
        xx, yy = ops.reshape(xx, (-1,)), ops.reshape(yy, (-1,))
        grid = ops.stack([xx, yy])
        theta = ops.reshape(theta, (-1, 2, 3))
        return ops.transpose(ops.matmul(theta, grid), (0, 2, 1))


class GridRegressor(keras.Model):
    def __init__(self):
        super().__init__()
        self.localise = keras.Sequential([
            layers.Conv2D(6, 5, activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(6),
        ])
        self.grid = AffineGrid(5, 5)

    def call(self, img):
        return self.grid(self.localise(img))


img = np.random.rand(8, 14, 14, 1).astype("float32")
points = np.random.rand(8, 25, 2).astype("float32")
model = GridRegressor()
model.compile("adam", "mse")
model.fit(img, points, epochs=1, verbose=0)
