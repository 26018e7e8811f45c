"""Convolutional VAE; both losses are added in call."""
import numpy as np
import keras
from keras import layers, ops


class Sampling(layers.Layer):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.seed_gen = keras.random.SeedGenerator(7)

    def call(self, inputs):
        mean, log_var = inputs
        eps = keras.random.normal(ops.shape(mean), seed=self.seed_gen)
        return mean + ops.exp(0.5 * log_var) * eps      # (batch, 3)


class Encoder(layers.Layer):
    def __init__(self, latent, **kwargs):
        super().__init__(**kwargs)
        self.c1 = layers.Conv2D(8, 3, strides=2, padding="same", activation="relu")
        self.c2 = layers.Conv2D(16, 3, strides=2, padding="same", activation="relu")
        self.flat = layers.Flatten()
        self.mean = layers.Dense(latent)
        self.log_var = layers.Dense(latent)

    def call(self, img):
        h = self.c1(img)                # (batch, 8, 8, 8)
        h = self.flat(self.c2(h))       # (batch, 256)
        return self.mean(h), self.log_var(h)


class Decoder(layers.Layer):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.fc = layers.Dense(4 * 4 * 16, activation="relu")
        self.grid = layers.Reshape((4, 4, 16))
        self.t1 = layers.Conv2DTranspose(8, 3, strides=2, padding="same", activation="relu")
        self.t2 = layers.Conv2DTranspose(1, 3, strides=2, padding="same", activation="sigmoid")

    def call(self, z):
        return self.t2(self.t1(self.grid(self.fc(z))))


class VAE(keras.Model):
    def __init__(self, latent=3):
        super().__init__()
        self.encoder, self.decoder = Encoder(latent), Decoder()
        self.sampling = Sampling()

    def call(self, img):
        mean, log_var = self.encoder(img)
        recon = self.decoder(self.sampling([mean, log_var]))
        bce = keras.losses.binary_crossentropy(img, recon)          # (batch, 16, 16)
        self.add_loss(ops.mean(ops.sum(bce, axis=(1, 2))))
        kl = -0.5 * (1 + log_var - ops.square(mean) - ops.exp(log_var))
        self.add_loss(ops.mean(ops.sum(kl, axis=1)))
        return recon


x = np.random.rand(8, 16, 16, 1).astype("float32")
vae = VAE()
vae.compile(optimizer="adam")
vae.fit(x, epochs=1, batch_size=4, verbose=0)
