# SOURCE: https://github.com/r9y9/wavenet_vocoder/issues/200 (also https://github.com/peustr/wavenet/issues/1) [typical slip put into this code by me; the source does not report this very fault]
# KIND: WaveNet block: dilated convolutions without padding shorten the signal, the residual sum does not fit
# PLAIN KERAS: ValueError: Exception encountered when calling WaveBlock.call(). Dimensions must be equal, but are 32 and 31 for '{{node wave_net_1/wave_block_1/add}} = AddV2[T=DT_FLOAT](wave_net_1/conv1d_1/BiasAdd, wave_net_1/wave_block_1/conv1d_3_1/BiasAdd)' with input shapes: [?,32,8], [?,31,8].
# RIGHT: Conv1D(padding="valid" -> "causal", or "same") in the filter and in the gate convolution
# NOT: the channels; the 1x1 convolutions
import numpy as np
import keras
from keras import layers, ops


class WaveBlock(layers.Layer):
    def __init__(self, channels, dilation, **kwargs):
        super().__init__(**kwargs)
        conv = dict(filters=channels, kernel_size=2, dilation_rate=dilation)
        self.filter_conv = layers.Conv1D(activation="tanh", **conv)
        self.gate_conv = layers.Conv1D(activation="sigmoid", **conv)
        self.res = layers.Conv1D(channels, 1)
        self.skip = layers.Conv1D(channels, 1)

    def call(self, x):
        h = self.filter_conv(x) * self.gate_conv(x)
        return x + self.res(h), self.skip(h)


class WaveNet(keras.Model):
    def __init__(self, channels=8, depth=3):
        super().__init__()
        self.first = layers.Conv1D(channels, 2, padding="causal")
        self.blocks = [WaveBlock(channels, 2 ** i) for i in range(depth)]
        self.last = layers.Conv1D(1, 1)

    def call(self, x):
        x = self.first(x)
        total = 0.0
        for block in self.blocks:
            x, s = block(x)
            total = total + s
        return self.last(ops.relu(total))


wave = np.random.randn(4, 33, 1).astype("float32")
model = WaveNet()
model.compile("adam", "mse")
model.fit(wave[:, :-1], wave[:, 1:], epochs=1, verbose=0)
