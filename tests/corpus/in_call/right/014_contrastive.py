"""SimCLR-like contrastive pretraining with own train_step."""
import numpy as np
import tensorflow as tf
import keras
from keras import layers, ops


def encoder(width):
    return keras.Sequential([
        layers.Conv2D(8, 3, strides=2, activation="relu"),
        layers.Conv2D(12, 3, strides=2, activation="relu"),
        layers.Flatten(),
        layers.Dense(width, activation="relu"),
    ])


class ContrastiveModel(keras.Model):
    def __init__(self, width=20, temperature=0.2):
        super().__init__()
        self.temperature = temperature
        self.augment = keras.Sequential([layers.RandomFlip("horizontal"), layers.GaussianNoise(0.1)])
        self.encoder = encoder(width)
        self.projection = keras.Sequential([layers.Dense(width, activation="relu"), layers.Dense(8)])
        self.loss_mean = keras.metrics.Mean(name="c_loss")
        self.acc = keras.metrics.SparseCategoricalAccuracy(name="c_acc")

    @property
    def metrics(self):
        return [self.loss_mean, self.acc]

    def call(self, images, training=False):
        return self.projection(self.encoder(images))

    def contrastive_loss(self, p1, p2):
        p1 = p1 / ops.norm(p1, axis=1, keepdims=True)
        p2 = p2 / ops.norm(p2, axis=1, keepdims=True)
        sim = ops.matmul(p1, ops.transpose(p2)) / self.temperature      # (batch, batch)
        labels = ops.arange(ops.shape(p1)[0])
        self.acc.update_state(labels, sim)
        l12 = keras.losses.sparse_categorical_crossentropy(labels, sim, from_logits=True)
        l21 = keras.losses.sparse_categorical_crossentropy(labels, ops.transpose(sim), from_logits=True)
        return ops.mean(l12 + l21) / 2.0

    def train_step(self, images):
        a = self.augment(images, training=True)
        b = self.augment(images, training=True)
        with tf.GradientTape() as tape:
            loss = self.contrastive_loss(self(a, training=True), self(b, training=True))
        w = self.encoder.trainable_weights + self.projection.trainable_weights
        self.optimizer.apply_gradients(zip(tape.gradient(loss, w), w))
        self.loss_mean.update_state(loss)
        return {m.name: m.result() for m in self.metrics}


images = np.random.rand(12, 16, 16, 3).astype("float32")
model = ContrastiveModel()
model(images[:2])                   # builds encoder and projection
model.compile(optimizer="adam")
model.fit(images, batch_size=6, epochs=1, verbose=0)
