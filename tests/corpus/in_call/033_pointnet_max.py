# SOURCE: https://github.com/keras-team/keras-io/pull/51 (keras.io's PointNet example; the global max over the points: https://github.com/vinits5/pcrnet_pytorch/issues/2) [typical slip put into this code by me; the source does not report this very fault]
# KIND: silent: the global feature of a point cloud is the maximum over the features, not over the points
# PLAIN KERAS: trains silently; g is (None, 64), the comment says (None, 48)
# RIGHT: ops.max(axis=-1 -> 1) at line "g = ops.max(h, axis=-1)"
import numpy as np
import keras
from keras import layers, ops


class PointNet(keras.Model):
    def __init__(self, classes):
        super().__init__()
        self.mlp1 = layers.Conv1D(16, 1, activation="relu")
        self.mlp2 = layers.Conv1D(48, 1, activation="relu")
        self.fc = layers.Dense(20, activation="relu")
        self.out = layers.Dense(classes, activation="softmax")

    def call(self, pts):
        h = self.mlp1(pts)              # (None, 64, 16)
        h = self.mlp2(h)                # (None, 64, 48)
        g = ops.max(h, axis=-1)         # (None, 48)
        return self.out(self.fc(g))


pts = np.random.randn(8, 64, 3).astype("float32")
y = np.random.randint(0, 6, (8,))
model = PointNet(6)
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(pts, y, epochs=1, verbose=0)
