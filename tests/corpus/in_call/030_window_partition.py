# SOURCE: https://github.com/microsoft/Swin-Transformer/issues/96
# KIND: window attention: a 16x16 map cannot be cut into windows of 7
# PLAIN KERAS: InvalidArgumentError: Graph execution error: Input to reshape is a tensor with 16384 values, but the requested shape requires a multiple of 3136 [[{{node functional_1/window_attention_1/Reshape}}]] [Op:__inference_multi_step_on_iterator_2660]
# RIGHT: WindowAttention(window=7 -> 8, 4 or 2) | the picture 64x64 -> 56x56 (map 14x14) | a ZeroPadding2D (to 21x21) missing before the partition
# NOT: WindowAttention(dim=16); the -1 of ops.reshape
import numpy as np
import keras
from keras import layers, ops


def partition(x, win):
    _, h, w, c = x.shape
    x = ops.reshape(x, (-1, h // win, win, w // win, win, c))
    x = ops.transpose(x, (0, 1, 3, 2, 4, 5))
    return ops.reshape(x, (-1, win * win, c))


def merge(x, win, h, w, c):
    x = ops.reshape(x, (-1, h // win, w // win, win, win, c))
    x = ops.transpose(x, (0, 1, 3, 2, 4, 5))
    return ops.reshape(x, (-1, h, w, c))


class WindowAttention(layers.Layer):
    def __init__(self, dim, window, **kwargs):
        super().__init__(**kwargs)
        self.window = window
        self.attn = layers.MultiHeadAttention(4, dim // 4)

    def call(self, x):
        _, h, w, c = x.shape
        t = partition(x, self.window)
        t = t + self.attn(t, t)
        return merge(t, self.window, h, w, c)


inp = keras.Input((64, 64, 3))
h = layers.Conv2D(16, 4, strides=4)(inp)          # patch embedding, 16x16
h = WindowAttention(16, window=7)(h)
model = keras.Model(inp, layers.Dense(3)(layers.GlobalAveragePooling2D()(h)))

img = np.random.rand(4, 64, 64, 3).astype("float32")
model.compile("adam", "mse")
model.fit(img, np.zeros((4, 3), "float32"), epochs=1, verbose=0)
print(model.predict(img, verbose=0).shape)
