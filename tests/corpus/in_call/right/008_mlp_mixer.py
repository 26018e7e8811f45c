import numpy as np
import keras
from keras import layers, ops


class FeedForward(layers.Layer):
    def __init__(self, hidden, **kwargs):
        super().__init__(**kwargs)
        self.up = layers.Dense(hidden, activation="gelu")

    def build(self, input_shape):
        # back to whatever width came in
        self.down = layers.Dense(input_shape[-1])

    def call(self, x):
        return self.down(self.up(x))


class Mixer(layers.Layer):
    def __init__(self, token_hidden, channel_hidden, **kwargs):
        super().__init__(**kwargs)
        self.n1, self.n2 = layers.LayerNormalization(), layers.LayerNormalization()
        self.tokens = FeedForward(token_hidden)
        self.channels = FeedForward(channel_hidden)
        self.swap = layers.Permute((2, 1))

    def call(self, x):
        y = self.swap(self.n1(x))               # (batch, 24, 16)
        y = self.swap(self.tokens(y))           # (batch, 16, 24)
        x = x + y
        return x + self.channels(self.n2(x))


class MLPMixer(keras.Model):
    def __init__(self, depth, patch, dim, classes):
        super().__init__()
        self.stem = layers.Conv2D(dim, patch, strides=patch)
        self.blocks = [Mixer(40, 50) for _ in range(depth)]
        self.norm = layers.LayerNormalization()
        self.head = layers.Dense(classes)

    def call(self, images):
        x = self.stem(images)
        _, h, w, c = x.shape
        x = ops.reshape(x, (-1, h * w, c))
        for block in self.blocks:
            x = block(x)
        return self.head(ops.mean(self.norm(x), axis=1))


x = np.random.rand(4, 32, 32, 3).astype("float32")
y = np.random.randint(0, 10, (4,))
model = MLPMixer(depth=2, patch=8, dim=24, classes=10)
model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
model.fit(x, y, epochs=1, verbose=0)
