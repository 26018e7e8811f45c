# SOURCE: https://github.com/atriumlts/subpixel/issues/20
# KIND: sub-pixel upsampling by 3 with 48 channels, made for a factor of 4: tf.nn.depth_to_space cannot divide 48 by 9
# PLAIN KERAS: ValueError: Exception encountered when calling SubPixel.call(). Dimension size must be evenly divisible by 9 but is 48 for '{{node super_resolution_1/sub_pixel_1/DepthToSpace}} = DepthToSpace[T=DT_FLOAT, block_size=3, data_format="NHWC"](super_resolution_1/sub_pixel_1/conv2d_1_1/BiasAdd)' with input shapes: [?,8,8,48].
# RIGHT: Conv2D(filters=48 -> 27, or another multiple of 9) before depth_to_space
# NOT: SuperResolution(r=3): the targets are three times larger, so r=4 or 2 is not the cure
import numpy as np
import tensorflow as tf
import keras
from keras import layers


class SubPixel(layers.Layer):
    """Phase shift of Shi et al., r times larger."""

    def __init__(self, r, **kwargs):
        super().__init__(**kwargs)
        self.r = r
        self.expand = layers.Conv2D(48, 3, padding="same")

    def call(self, x):
        return tf.nn.depth_to_space(self.expand(x), self.r)


class SuperResolution(keras.Model):
    def __init__(self, r=3):
        super().__init__()
        self.feat = layers.Conv2D(16, 5, padding="same", activation="relu")
        self.shift = SubPixel(r)
        self.to_rgb = layers.Conv2D(3, 3, padding="same")

    def call(self, small):
        return self.to_rgb(self.shift(self.feat(small)))


small = np.random.rand(4, 8, 8, 3).astype("float32")
large = np.random.rand(4, 24, 24, 3).astype("float32")
model = SuperResolution(r=3)
model.compile("adam", "mae")
model.fit(small, large, epochs=1, verbose=0)
