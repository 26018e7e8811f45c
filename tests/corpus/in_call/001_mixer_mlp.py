# SOURCE: https://github.com/sayakpaul/MLP-Mixer-CIFAR10/issues/4
# KIND: MLP-Mixer block: the second Dense of the MLP projects to the hidden width, not back to the width of its input, so the token-mixing residual sum does not fit
# PLAIN KERAS: ValueError: Exception encountered when calling MixerBlock.call(). Dimensions must be equal, but are 16 and 32 for '{{node add}} = AddV2[T=DT_FLOAT](Placeholder, transpose_1)' with input shapes: [?,16,24], [?,32,24].
# RIGHT: Dense(units=self.hidden -> input_shape[-1]) at line "self.down = layers.Dense(self.hidden)" | MixerBlock(tokens_hidden=32 -> 16) (then hidden width equals the number of patches, as in the original notebook)
# NOT: layers.Conv2D / layers.Reshape((16, 24)); the channels_hidden=24
import numpy as np
import keras
from keras import layers, ops


class MlpBlock(layers.Layer):
    def __init__(self, hidden, **kwargs):
        super().__init__(**kwargs)
        self.hidden = hidden

    def build(self, input_shape):
        self.up = layers.Dense(self.hidden, activation="gelu")
        self.down = layers.Dense(self.hidden)
        self.built = True

    def call(self, t):
        return self.down(self.up(t))


class MixerBlock(layers.Layer):
    def __init__(self, tokens_hidden, channels_hidden, **kwargs):
        super().__init__(**kwargs)
        self.norm1 = layers.LayerNormalization()
        self.norm2 = layers.LayerNormalization()
        self.token_mlp = MlpBlock(tokens_hidden)
        self.channel_mlp = MlpBlock(channels_hidden)

    def call(self, x):
        y = ops.transpose(self.norm1(x), (0, 2, 1))   # tokens last
        y = self.token_mlp(y)
        x = x + ops.transpose(y, (0, 2, 1))
        return x + self.channel_mlp(self.norm2(x))


inp = keras.Input((32, 32, 3))
z = layers.Conv2D(24, 8, strides=8)(inp)
z = layers.Reshape((16, 24))(z)                # 16 patches, 24 channels
for _ in range(2):
    z = MixerBlock(tokens_hidden=32, channels_hidden=24)(z)
out = layers.Dense(5, activation="softmax")(layers.GlobalAveragePooling1D()(z))
model = keras.Model(inp, out)

x = np.random.rand(8, 32, 32, 3).astype("float32")
y = np.random.randint(0, 5, size=(8,))
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
model.fit(x, y, epochs=1, verbose=0)
