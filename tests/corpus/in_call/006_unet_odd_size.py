# SOURCE: https://github.com/keras-team/keras/issues/19964
# KIND: no single argument: U-Net in call with two poolings on an 18x18 picture, 18 -> 9 -> 4 -> 8, the skip is 9
# PLAIN KERAS: ValueError: Exception encountered when calling SmallUNet.call(). Dimension 1 in both shapes must be equal, but are 8 and 9. Shapes are [?,8,8] and [?,9,9]. for '{{node small_u_net_1/concat}} = ConcatV2[N=2, T=DT_FLOAT, Tidx=DT_INT32](small_u_net_1/conv2d_transpose_1/BiasAdd, small_u_net_1/conv2d_1_2/Relu, small_u_net_1/concat/axis)' with input shapes: [?,8,8,16], [?,9,9,16], [] and with computed input tensors: input[2] = <-1>.
# RIGHT: the picture size SIZE=18 -> 16 (or 20: any multiple of 4) | a ZeroPadding2D/Resizing layer missing before the first concatenation (8 -> 9) | a Cropping2D layer missing on the skip (9 -> 8; then once more on 18 and on the target) | Conv2DTranspose(kernel_size=2 -> 3, padding="same" -> "valid") for up2
# NOT: ops.concatenate(axis=-1); the numbers of filters
import numpy as np
import keras
from keras import layers, ops

SIZE = 18


class SmallUNet(keras.Model):
    def __init__(self):
        super().__init__()
        self.enc1 = layers.Conv2D(8, 3, padding="same", activation="relu")
        self.enc2 = layers.Conv2D(16, 3, padding="same", activation="relu")
        self.mid = layers.Conv2D(32, 3, padding="same", activation="relu")
        self.pool = layers.MaxPooling2D(2)
        self.up2 = layers.Conv2DTranspose(16, 2, strides=2, padding="same")
        self.dec2 = layers.Conv2D(16, 3, padding="same", activation="relu")
        self.up1 = layers.Conv2DTranspose(8, 2, strides=2, padding="same")
        self.dec1 = layers.Conv2D(8, 3, padding="same", activation="relu")
        self.out = layers.Conv2D(1, 1, activation="sigmoid")

    def call(self, img):
        a = self.enc1(img)
        b = self.enc2(self.pool(a))
        m = self.mid(self.pool(b))
        u = ops.concatenate([self.up2(m), b], axis=-1)
        u = self.dec2(u)
        u = ops.concatenate([self.up1(u), a], axis=-1)
        return self.out(self.dec1(u))


x = np.random.rand(4, SIZE, SIZE, 1).astype("float32")
y = (np.random.rand(4, SIZE, SIZE, 1) > 0.5).astype("float32")
model = SmallUNet()
model.compile("adam", "binary_crossentropy")
model.fit(x, y, epochs=1, verbose=0)
