"""A phone-sized classifier of depthwise and pointwise convolutions on odd sizes."""

import keras
import numpy as np
from keras.layers import (
    Activation,
    BatchNormalization,
    Conv2D,
    DepthwiseConv2D,
    Dropout,
    GlobalAveragePooling2D,
    ReLU,
    Reshape,
    ZeroPadding2D,
)

TITLE = "depthwise separable blocks"
NOTES = "asymmetric zero padding before 'valid' strides, 1x1 convolution as classifier, pooling with keepdims"
LOSS = "categorical_crossentropy"


def block(h, maps, stride):
    if stride == 2:
        h = ZeroPadding2D(((0, 1), (0, 1)))(h)
    h = DepthwiseConv2D(3, strides=stride, padding="same" if stride == 1 else "valid", use_bias=False)(h)
    h = ReLU(6.0)(BatchNormalization()(h))
    h = Conv2D(maps, 1, use_bias=False)(h)
    return ReLU(6.0)(BatchNormalization()(h))


def build():
    plant = keras.Input((75, 75, 3))
    h = ZeroPadding2D(((0, 1), (0, 1)))(plant)
    h = Conv2D(8, 3, strides=2, use_bias=False)(h)
    h = block(h, 16, 1)
    h = block(h, 24, 2)
    h = block(h, 32, 2)
    h = GlobalAveragePooling2D(keepdims=True)(h)
    h = Conv2D(12, 1)(Dropout(0.1)(h))
    return keras.Model(plant, Activation("softmax")(Reshape((12,))(h)))


def data():
    return np.zeros((2, 75, 75, 3), "float32"), np.eye(12, dtype="float32")[[0, 7]]


EXPECTED = {
    "input_layer": (None, 75, 75, 3),
    "zero_padding2d": (None, 76, 76, 3),
    "conv2d": (None, 37, 37, 8),
    "depthwise_conv2d": (None, 37, 37, 8),
    "batch_normalization": (None, 37, 37, 8),
    "re_lu": (None, 37, 37, 8),
    "conv2d_1": (None, 37, 37, 16),
    "batch_normalization_1": (None, 37, 37, 16),
    "re_lu_1": (None, 37, 37, 16),
    "zero_padding2d_1": (None, 38, 38, 16),
    "depthwise_conv2d_1": (None, 18, 18, 16),
    "batch_normalization_2": (None, 18, 18, 16),
    "re_lu_2": (None, 18, 18, 16),
    "conv2d_2": (None, 18, 18, 24),
    "batch_normalization_3": (None, 18, 18, 24),
    "re_lu_3": (None, 18, 18, 24),
    "zero_padding2d_2": (None, 19, 19, 24),
    "depthwise_conv2d_2": (None, 9, 9, 24),
    "batch_normalization_4": (None, 9, 9, 24),
    "re_lu_4": (None, 9, 9, 24),
    "conv2d_3": (None, 9, 9, 32),
    "batch_normalization_5": (None, 9, 9, 32),
    "re_lu_5": (None, 9, 9, 32),
    "global_average_pooling2d": (None, 1, 1, 32),
    "dropout": (None, 1, 1, 32),
    "conv2d_4": (None, 1, 1, 12),
    "reshape": (None, 12),
    "activation": (None, 12),
}
