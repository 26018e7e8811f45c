# SOURCE: https://github.com/taki0112/Self-Attention-GAN-Tensorflow/issues/22
# KIND: SAGAN self-attention on a feature map: the attended values are reshaped to half of their channels
# PLAIN KERAS: InvalidArgumentError: Exception encountered when calling SelfAttention2D.call(). {{function_node __wrapped__Reshape_device_/job:localhost/replica:0/task:0/device:CPU:0}} Input to reshape is a tensor with 8192 values, but the requested shape has 4096 [Op:Reshape]
# RIGHT: ops.reshape(newshape=(n, h, w, self.ch // 2) -> (n, h, w, self.ch)) | Conv2D(filters=ch -> ch // 2) for self.h_conv
# NOT: SelfAttention2D(32): it must equal the channels of the map
import numpy as np
import keras
from keras import layers, ops


class SelfAttention2D(layers.Layer):
    def __init__(self, ch, **kwargs):
        super().__init__(**kwargs)
        self.ch = ch
        self.f_conv = layers.Conv2D(ch // 8, 1)
        self.g_conv = layers.Conv2D(ch // 8, 1)
        self.h_conv = layers.Conv2D(ch, 1)
        self.o_conv = layers.Conv2D(ch, 1)
        self.gamma = self.add_weight(name="gamma", shape=(1,), initializer="zeros")

    def flat(self, t):
        s = ops.shape(t)
        return ops.reshape(t, (s[0], s[1] * s[2], s[3]))

    def call(self, x):
        n, h, w, _ = ops.shape(x)
        f = self.flat(self.f_conv(x))       # (n, 64, ch // 8)
        g = self.flat(self.g_conv(x))
        v = self.flat(self.h_conv(x))
        beta = ops.softmax(ops.matmul(g, ops.transpose(f, (0, 2, 1))))   # (n, 64, 64)
        o = ops.matmul(beta, v)
        o = ops.reshape(o, (n, h, w, self.ch // 2))
        return self.gamma * self.o_conv(o) + x


class Discriminator(keras.Model):
    def __init__(self):
        super().__init__()
        self.down = layers.Conv2D(32, 4, strides=2, padding="same", activation="relu")
        self.attention = SelfAttention2D(32)
        self.score = layers.Dense(1)

    def call(self, img):
        z = self.attention(self.down(img))
        return self.score(ops.mean(z, axis=(1, 2)))


img = np.random.rand(4, 16, 16, 3).astype("float32")
d = Discriminator()
print(d(img).shape)
