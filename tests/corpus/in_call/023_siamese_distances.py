# SOURCE: https://github.com/keras-team/keras/issues/8335 [typical slip put into this code by me; the source does not report this very fault]
# KIND: triplet network: the distances are reduced to (batch,) and then concatenated on axis 1
# PLAIN KERAS: ValueError: Exception encountered when calling TripletNet.call(). Shape must be at least rank 2 but is rank 1 for '{{node triplet_net_1/concat}} = ConcatV2[N=2, T=DT_FLOAT, Tidx=DT_INT32](triplet_net_1/Sum, triplet_net_1/Sum_1, triplet_net_1/concat/axis)' with input shapes: [6], [6], [] and with computed input tensors: input[2] = <1>.
# RIGHT: ops.sum(keepdims=False -> True) at line "return ops.sum(ops.square(a - b), axis=-1)" | ops.concatenate -> ops.stack([...], axis=1) at line "return ops.concatenate(...)"
# NOT: TripletNet(10)
import numpy as np
import keras
from keras import layers, ops


class TripletNet(keras.Model):
    def __init__(self, dim):
        super().__init__()
        self.tower = keras.Sequential([
            layers.Conv2D(8, 3, strides=2, activation="relu"),
            layers.Flatten(),
            layers.Dense(dim),
        ])

    def distance(self, a, b):
        return ops.sum(ops.square(a - b), axis=-1)

    def call(self, inputs):
        anchor, pos, neg = [self.tower(t) for t in inputs]
        d_pos = self.distance(anchor, pos)
        d_neg = self.distance(anchor, neg)
        return ops.concatenate([d_pos, d_neg], axis=1)


def triplet_loss(_, d, margin=0.5):
    return ops.maximum(d[:, 0] - d[:, 1] + margin, 0.0)


imgs = [np.random.rand(6, 12, 12, 1).astype("float32") for _ in range(3)]
dummy = np.zeros((6, 1), "float32")
net = TripletNet(10)
net.compile("adam", loss=triplet_loss)
net.train_on_batch(imgs, dummy)
