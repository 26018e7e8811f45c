import numpy as np
import keras
from keras import layers, ops


class WaveNetBlock(layers.Layer):
    def __init__(self, residual, skip, dilation, **kwargs):
        super().__init__(**kwargs)
        self.conv = layers.Conv1D(2 * residual, 2, dilation_rate=dilation, padding="causal")
        self.cond = layers.Dense(2 * residual)
        self.res = layers.Conv1D(residual, 1)
        self.skip = layers.Conv1D(skip, 1)

    def call(self, x, speaker):
        z = self.conv(x) + self.cond(speaker)[:, None, :]
        f, g = ops.split(z, 2, axis=-1)                  # filter and gate
        z = ops.tanh(f) * ops.sigmoid(g)
        return x + self.res(z), self.skip(z)


class WaveNet(keras.Model):
    def __init__(self, levels=32, residual=8, skip=12, dilations=(1, 2, 4, 8)):
        super().__init__()
        self.levels = levels
        self.first = layers.Conv1D(residual, 2, padding="causal")
        self.speaker = layers.Embedding(3, 6)
        self.blocks = [WaveNetBlock(residual, skip, d) for d in dilations]
        self.post1 = layers.Conv1D(skip, 1, activation="relu")
        self.post2 = layers.Conv1D(levels, 1)

    def call(self, inputs):
        codes, speaker = inputs
        x = ops.one_hot(codes, self.levels)              # (batch, 40, 32)
        x = self.first(x)                                # (batch, 40, 8)
        s = self.speaker(speaker)                        # (batch, 6)
        skips = []
        for block in self.blocks:
            x, out = block(x, s)
            skips.append(out)
        total = ops.sum(ops.stack(skips, axis=0), axis=0)    # (batch, 40, 12)
        return self.post2(self.post1(ops.relu(total)))


codes = np.random.randint(0, 32, (4, 41))
speaker = np.random.randint(0, 3, (4,))
model = WaveNet()
model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
model.fit([codes[:, :-1], speaker], codes[:, 1:], epochs=1, verbose=0)
