"""A plain GAN on points, own train_step."""
import numpy as np
import tensorflow as tf
import keras
from keras import layers, ops


def make_generator(latent, dim):
    return keras.Sequential([
        keras.Input((latent,)),
        layers.Dense(16),
        layers.LeakyReLU(0.2),
        layers.Dense(dim),
    ], name="generator")


def make_discriminator(dim):
    return keras.Sequential([
        keras.Input((dim,)),
        layers.Dense(16),
        layers.LeakyReLU(0.2),
        layers.Dense(1),
    ], name="discriminator")


class GAN(keras.Model):
    def __init__(self, latent, dim):
        super().__init__()
        self.latent = latent
        self.generator = make_generator(latent, dim)
        self.discriminator = make_discriminator(dim)
        self.d_metric = keras.metrics.Mean(name="d_loss")
        self.g_metric = keras.metrics.Mean(name="g_loss")
        self.built = True

    def compile(self, d_opt, g_opt, loss_fn):
        super().compile()
        self.d_opt, self.g_opt, self.loss_fn = d_opt, g_opt, loss_fn

    def train_step(self, real):
        n = ops.shape(real)[0]
        z = keras.random.normal((n, self.latent))
        fake = self.generator(z)
        both = ops.concatenate([fake, real], axis=0)
        labels = ops.concatenate([ops.ones((n, 1)), ops.zeros((n, 1))], axis=0)
        labels += 0.05 * keras.random.uniform(ops.shape(labels))    # a little label noise
        with tf.GradientTape() as tape:
            d_loss = self.loss_fn(labels, self.discriminator(both))
        w = self.discriminator.trainable_weights
        self.d_opt.apply_gradients(zip(tape.gradient(d_loss, w), w))

        with tf.GradientTape() as tape:
            score = self.discriminator(self.generator(z))           # (batch, 1)
            g_loss = self.loss_fn(ops.zeros((n, 1)), score)
        w = self.generator.trainable_weights
        self.g_opt.apply_gradients(zip(tape.gradient(g_loss, w), w))
        self.d_metric.update_state(d_loss)
        self.g_metric.update_state(g_loss)
        return {"d_loss": self.d_metric.result(), "g_loss": self.g_metric.result()}


real = np.random.randn(20, 2).astype("float32")
gan = GAN(latent=5, dim=2)
gan.compile(keras.optimizers.Adam(1e-3), keras.optimizers.Adam(1e-3),
            keras.losses.BinaryCrossentropy(from_logits=True))
gan.fit(real, batch_size=8, epochs=1, verbose=0)
