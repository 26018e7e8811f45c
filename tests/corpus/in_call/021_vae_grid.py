# SOURCE: https://github.com/keras-team/keras/issues/8824 [same symptom as reported there, cause retold by me]
# KIND: convolutional VAE with add_loss in call: the decoder starts from a 7x7 grid (MNIST's), the pictures are 16x16
# PLAIN KERAS: ValueError: Exception encountered when calling VAE.call(). Dimensions must be equal, but are 16 and 14 for '{{node vae_1/sub}} = Sub[T=DT_FLOAT](data, vae_1/sequential_1_2/conv2d_transpose_1/Sigmoid)' with input shapes: [?,16,16,1], [?,14,14,1].
# RIGHT: VAE(grid=7 -> 8) at line "vae = VAE(latent=4, grid=7)" | the pictures 16x16 -> 14x14
# NOT: VAE(latent=4); ops.sum(axis=(1, 2, 3)); the Conv2D of the encoder
import numpy as np
import keras
from keras import layers, ops


class VAE(keras.Model):
    def __init__(self, latent, grid):
        super().__init__()
        self.encoder = keras.Sequential([
            layers.Conv2D(8, 3, strides=2, padding="same", activation="relu"),
            layers.Flatten(),
            layers.Dense(16, activation="relu"),
        ])
        self.z_mean = layers.Dense(latent)
        self.z_log_var = layers.Dense(latent)
        self.decoder = keras.Sequential([
            layers.Dense(grid * grid * 8, activation="relu"),
            layers.Reshape((grid, grid, 8)),
            layers.Conv2DTranspose(1, 3, strides=2, padding="same", activation="sigmoid"),
        ])

    def call(self, img):
        h = self.encoder(img)
        mean, log_var = self.z_mean(h), self.z_log_var(h)
        z = mean + ops.exp(0.5 * log_var) * keras.random.normal(ops.shape(mean))
        recon = self.decoder(z)
        rec_loss = ops.mean(ops.sum(ops.square(img - recon), axis=(1, 2, 3)))
        kl = -0.5 * ops.mean(ops.sum(1 + log_var - ops.square(mean) - ops.exp(log_var), axis=1))
        self.add_loss(rec_loss + kl)
        return recon


x = np.random.rand(8, 16, 16, 1).astype("float32")
vae = VAE(latent=4, grid=7)
vae.compile(optimizer="adam")
vae.fit(x, epochs=1, verbose=0)
