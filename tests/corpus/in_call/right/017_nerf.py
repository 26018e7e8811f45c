"""A NeRF-like MLP with skip and volume rendering in call."""
import numpy as np
import keras
from keras import layers, ops


class FourierFeatures(layers.Layer):
    def __init__(self, levels, **kwargs):
        super().__init__(**kwargs)
        self.freqs = (2.0 ** np.arange(levels)).astype("float32")

    def call(self, x):
        # every coordinate times every frequency
        a = x[..., None] * self.freqs
        a = ops.reshape(a, (-1, x.shape[1], x.shape[2], x.shape[3] * len(self.freqs)))
        return ops.concatenate([x, ops.sin(a), ops.cos(a)], axis=-1)


class NeRF(keras.Model):
    def __init__(self, width=16, depth=4, skip_at=2):
        super().__init__()
        self.encode = FourierFeatures(3)
        self.hidden = [layers.Dense(width, activation="relu") for _ in range(depth)]
        self.skip_at = skip_at
        self.sigma = layers.Dense(1, activation="relu")
        self.rgb = layers.Dense(3, activation="sigmoid")

    def radiance(self, pts):
        e = self.encode(pts)                            # (batch, 6, 8, 21)
        h = e
        for i, layer in enumerate(self.hidden):
            if i == self.skip_at:
                h = ops.concatenate([h, e], axis=-1)
            h = layer(h)
        return self.rgb(h), self.sigma(h)

    def call(self, inputs):
        origin, direction, t = inputs
        # points: (batch, rays, samples, 3)
        pts = origin[:, :, None, :] + direction[:, :, None, :] * t[..., None]
        rgb, sigma = self.radiance(pts)
        delta = t[..., 1:] - t[..., :-1]
        delta = ops.concatenate([delta, ops.full_like(delta[..., :1], 1e3)], axis=-1)
        alpha = 1.0 - ops.exp(-sigma[..., 0] * delta)   # (batch, 6, 8)
        keep = ops.cumprod(1.0 - alpha + 1e-10, axis=-1)
        keep = ops.concatenate([ops.ones_like(keep[..., :1]), keep[..., :-1]], axis=-1)
        weights = alpha * keep
        return ops.sum(weights[..., None] * rgb, axis=-2)


b, rays, samples = 3, 6, 8
origin = np.zeros((b, rays, 3), "float32")
direction = np.random.randn(b, rays, 3).astype("float32")
t = np.sort(np.random.rand(b, rays, samples).astype("float32"), axis=-1)
colour = np.random.rand(b, rays, 3).astype("float32")
model = NeRF()
model.compile("adam", "mse")
model.fit([origin, direction, t], colour, epochs=1, verbose=0)
