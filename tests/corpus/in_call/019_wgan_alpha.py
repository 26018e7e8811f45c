# SOURCE: https://github.com/eriklindernoren/Keras-GAN/issues/167
# KIND: WGAN-GP train_step: the random weights of the interpolation have the fixed batch size, the last batch is smaller
# PLAIN KERAS: InvalidArgumentError: Graph execution error: Incompatible shapes: [4,6] vs. [8,1] [[{{node mul_4}}]] [Op:__inference_multi_step_on_iterator_1140]
# RIGHT: keras.random.uniform(shape=(BATCH, 1) -> (ops.shape(real)[0], 1)) | the number of rows a multiple of the batch (np.random.randn(20, 6) -> (24, 6), or the rest dropped) | BATCH = 8 -> 10 (a divisor of 20)
# NOT: Dense units of generator and critic
import numpy as np
import tensorflow as tf
import keras
from keras import layers, ops

BATCH = 8


class WGAN(keras.Model):
    def __init__(self, dim, latent):
        super().__init__()
        self.latent = latent
        self.gen = keras.Sequential([layers.Dense(16, activation="relu"), layers.Dense(dim)])
        self.critic = keras.Sequential([layers.Dense(16, activation="relu"), layers.Dense(1)])
        self.d_opt = keras.optimizers.Adam(1e-3)

    def call(self, z):
        return self.critic(self.gen(z))

    def penalty(self, real, fake):
        alpha = keras.random.uniform((BATCH, 1))
        mixed = alpha * real + (1.0 - alpha) * fake
        with tf.GradientTape() as t:
            t.watch(mixed)
            score = self.critic(mixed)
        norm = ops.sqrt(ops.sum(ops.square(t.gradient(score, mixed)), axis=1) + 1e-12)
        return ops.mean(ops.square(norm - 1.0))

    def train_step(self, real):
        n = ops.shape(real)[0]
        fake = self.gen(keras.random.normal((n, self.latent)))
        with tf.GradientTape() as tape:
            loss = ops.mean(self.critic(fake)) - ops.mean(self.critic(real))
            loss = loss + 10.0 * self.penalty(real, fake)
        w = self.critic.trainable_variables
        self.d_opt.apply_gradients(zip(tape.gradient(loss, w), w))
        return {"d_loss": loss}


real = np.random.randn(20, 6).astype("float32")
gan = WGAN(dim=6, latent=4)
gan(np.zeros((1, 4), "float32"))
gan.d_opt.build(gan.critic.trainable_variables)
gan.compile()
gan.fit(real, batch_size=BATCH, epochs=1, verbose=0)
