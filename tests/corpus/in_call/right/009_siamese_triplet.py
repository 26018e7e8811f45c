"""Siamese network with a triplet loss, after keras.io."""
import numpy as np
import tensorflow as tf
import keras
from keras import layers, ops


class DistanceLayer(layers.Layer):
    def call(self, anchor, positive, negative):
        ap = ops.sum(ops.square(anchor - positive), axis=-1)
        an = ops.sum(ops.square(anchor - negative), axis=-1)
        return ap, an


def make_tower(dim):
    inp = keras.Input((20, 20, 1))
    x = layers.Conv2D(8, 3, activation="relu")(inp)
    x = layers.MaxPooling2D()(x)
    x = layers.Conv2D(12, 3, activation="relu")(x)
    x = layers.GlobalAveragePooling2D()(x)
    x = layers.Dense(dim)(x)
    x = layers.UnitNormalization()(x)
    return keras.Model(inp, x, name="tower")


class SiameseModel(keras.Model):
    def __init__(self, tower, margin=0.3):
        super().__init__()
        self.tower, self.margin = tower, margin
        self.distance = DistanceLayer()
        self.loss_tracker = keras.metrics.Mean(name="loss")

    def call(self, inputs):
        a, p, n = inputs
        return self.distance(self.tower(a), self.tower(p), self.tower(n))

    def train_step(self, data):
        images, _, _ = keras.utils.unpack_x_y_sample_weight(data)
        with tf.GradientTape() as tape:
            ap, an = self(images, training=True)          # each (batch,)
            loss = ops.mean(ops.maximum(ap - an + self.margin, 0.0))
        grads = tape.gradient(loss, self.tower.trainable_weights)
        self.optimizer.apply_gradients(zip(grads, self.tower.trainable_weights))
        self.loss_tracker.update_state(loss)
        return {"loss": self.loss_tracker.result()}

    @property
    def metrics(self):
        return [self.loss_tracker]


triplets = [np.random.rand(8, 20, 20, 1).astype("float32") for _ in range(3)]
model = SiameseModel(make_tower(10))
model.compile(optimizer=keras.optimizers.Adam(1e-3))
model.fit(triplets, batch_size=4, epochs=1, verbose=0)
