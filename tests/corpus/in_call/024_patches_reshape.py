# SOURCE: https://boohere.com/detail/10536253.html (a question about the Patches layer of keras.io's vision transformer) [typical slip put into this code by me; the source does not report this very fault]
# KIND: ViT patches cut by reshape and transpose: the channels are forgotten in the last reshape
# PLAIN KERAS: InvalidArgumentError: Graph execution error: Input to reshape is a tensor with 6912 values, but the requested shape has 2304 [[{{node functional_1/patches_1/Reshape_1}}]] [Op:__inference_multi_step_on_iterator_3280]
# RIGHT: ops.reshape(newshape=(b, (h // p) * (w // p), p * p) -> (..., p * p * c)) (or -1)
# NOT: PatchEncoder(num_patches=16); Patches(6)
import numpy as np
import keras
from keras import layers, ops


class Patches(layers.Layer):
    def __init__(self, patch_size, **kwargs):
        super().__init__(**kwargs)
        self.patch_size = patch_size

    def call(self, images):
        p = self.patch_size
        b = ops.shape(images)[0]
        h, w, c = images.shape[1:]
        x = ops.reshape(images, (b, h // p, p, w // p, p, c))
        x = ops.transpose(x, (0, 1, 3, 2, 4, 5))
        return ops.reshape(x, (b, (h // p) * (w // p), p * p))


class PatchEncoder(layers.Layer):
    def __init__(self, num_patches, dim, **kwargs):
        super().__init__(**kwargs)
        self.num_patches = num_patches
        self.projection = layers.Dense(dim)
        self.position = layers.Embedding(num_patches, dim)

    def call(self, patches):
        return self.projection(patches) + self.position(ops.arange(self.num_patches))


inp = keras.Input((24, 24, 3))
t = PatchEncoder(16, 20)(Patches(6)(inp))
t = layers.LayerNormalization()(t + layers.MultiHeadAttention(2, 10)(t, t))
model = keras.Model(inp, layers.Dense(7)(layers.GlobalAveragePooling1D()(t)))

x = np.random.rand(4, 24, 24, 3).astype("float32")
y = np.random.rand(4, 7).astype("float32")
model.compile("adam", "mse")
model.fit(x, y, epochs=1, verbose=0)
