# SOURCE: https://github.com/dome272/Diffusion-Models-pytorch/issues/31 [same symptom as reported there, cause retold by me]
# KIND: diffusion U-Net: the time embedding is projected to its own width, not to the channels of the block; the first block happens to fit
# PLAIN KERAS: ValueError: Exception encountered when calling NoiseBlock.call(). Dimensions must be equal, but are 32 and 16 for '{{node denoiser_1/noise_block_1_2/add}} = AddV2[T=DT_FLOAT](denoiser_1/noise_block_1_2/conv2d_2_1/IdentityN, denoiser_1/noise_block_1_2/strided_slice)' with input shapes: [?,8,8,32], [?,1,1,16].
# RIGHT: Dense(units=t_dim -> ch) at line "self.time = layers.Dense(t_dim, ...)" | NoiseBlock(t_dim=t_dim -> ch) at line "self.blocks = [NoiseBlock(ch, t_dim) ..."
# NOT: layers.Conv2D(ch, 3); self.t_embed; the slices [:, None, None, :]
import numpy as np
import keras
from keras import layers, ops


class NoiseBlock(layers.Layer):
    def __init__(self, ch, t_dim, **kwargs):
        super().__init__(**kwargs)
        self.conv1 = layers.Conv2D(ch, 3, padding="same", activation="swish")
        self.conv2 = layers.Conv2D(ch, 3, padding="same", activation="swish")
        self.time = layers.Dense(t_dim, activation="swish")

    def call(self, x, t):
        h = self.conv1(x)
        h = h + self.time(t)[:, None, None, :]
        return self.conv2(h)


class Denoiser(keras.Model):
    def __init__(self, config):
        super().__init__()
        t_dim = config["t_dim"]
        self.t_embed = layers.Dense(t_dim, activation="swish")
        self.blocks = [NoiseBlock(ch, t_dim) for ch in config["channels"]]
        self.out = layers.Conv2D(1, 1)

    def call(self, inputs):
        x, t = inputs
        t = self.t_embed(t)
        for block in self.blocks:
            x = block(x, t)
        return self.out(x)


x = np.random.randn(4, 8, 8, 1).astype("float32")
t = np.random.rand(4, 1).astype("float32")
eps = np.random.randn(4, 8, 8, 1).astype("float32")
model = Denoiser({"t_dim": 16, "channels": [16, 32, 16]})
model.compile("adam", "mse")
model.fit([x, t], eps, epochs=1, verbose=0)
