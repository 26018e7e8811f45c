"""Small diffusion U-Net, the noise is drawn in train_step."""
import numpy as np
import tensorflow as tf
import keras
from keras import layers, ops


class ResBlock(layers.Layer):
    def __init__(self, ch, **kwargs):
        super().__init__(**kwargs)
        self.norm = layers.GroupNormalization(4)
        self.c1 = layers.Conv2D(ch, 3, padding="same")
        self.c2 = layers.Conv2D(ch, 3, padding="same")
        self.skip = layers.Conv2D(ch, 1)
        self.t = layers.Dense(ch)

    def call(self, x, t):
        h = self.c1(ops.silu(self.norm(x)))
        h = h + self.t(t)[:, None, None, :]      # over height and width
        return self.c2(ops.silu(h)) + self.skip(x)


class DiffusionUNet(keras.Model):
    def __init__(self, channels=(8, 16)):
        super().__init__()
        self.freqs = np.exp(np.linspace(0.0, 4.0, 6)).astype("float32")
        self.first = layers.Conv2D(channels[0], 3, padding="same")
        self.down = [ResBlock(c) for c in channels]
        self.pool = layers.AveragePooling2D(2)
        self.mid = ResBlock(channels[-1])
        self.up = [ResBlock(c) for c in reversed(channels)]
        self.grow = layers.UpSampling2D(2)
        self.out = layers.Conv2D(1, 1, kernel_initializer="zeros")

    def call(self, inputs):
        x, t = inputs
        angle = ops.expand_dims(t, -1) * self.freqs
        t = ops.concatenate([ops.sin(angle), ops.cos(angle)], axis=-1)     # (batch, 12)
        x = self.first(x)
        skips = []
        for block in self.down:
            x = block(x, t)
            skips.append(x)
            x = self.pool(x)
        x = self.mid(x, t)                       # (batch, 4, 4, 16)
        for block in self.up:
            x = ops.concatenate([self.grow(x), skips.pop()], axis=-1)
            x = block(x, t)
        return self.out(x)

    def train_step(self, images):
        noise = keras.random.normal(ops.shape(images))
        t = keras.random.uniform((ops.shape(images)[0],))
        a = ops.reshape(t, (-1, 1, 1, 1))
        noisy = ops.sqrt(1.0 - a) * images + ops.sqrt(a) * noise
        with tf.GradientTape() as tape:
            loss = ops.mean(ops.square(self([noisy, t], training=True) - noise))
        w = self.trainable_weights
        self.optimizer.apply_gradients(zip(tape.gradient(loss, w), w))
        return {"loss": loss}


x = np.random.randn(8, 16, 16, 1).astype("float32")
model = DiffusionUNet()
model([x[:1], np.zeros(1, "float32")])
model.compile(optimizer="adam")
model.fit(x, batch_size=4, epochs=1, verbose=0)
