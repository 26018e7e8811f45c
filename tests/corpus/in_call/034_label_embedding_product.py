# SOURCE: https://github.com/eriklindernoren/Keras-GAN/issues/20 (also https://github.com/eriklindernoren/Keras-GAN/issues/82)
# KIND: silent: conditional generator, the label embedding (batch, 1, 16) is not flattened before it multiplies the noise (batch, 16)
# PLAIN KERAS: trains silently; cond is (8, 8, 16), i.e. (batch, batch, 16), the comment says (None, 16)
# RIGHT: a Flatten layer (ops.squeeze(axis=1)) missing after Embedding, before the product | the labels fed as (batch,): np.random.randint(0, 10, (8, 1)) -> (8,)
# NOT: Embedding(output_dim=latent)
import numpy as np
import keras
from keras import layers


class ConditionalGenerator(keras.Model):
    def __init__(self, classes, latent, pixels):
        super().__init__()
        self.label_emb = layers.Embedding(classes, latent)
        self.hidden = layers.Dense(24, activation="relu")
        self.out = layers.Dense(pixels, activation="tanh")

    def call(self, inputs):
        noise, label = inputs
        cond = noise * self.label_emb(label)     # (None, 16)
        return self.out(self.hidden(cond))


noise = np.random.randn(8, 16).astype("float32")
label = np.random.randint(0, 10, (8, 1))
img = np.random.rand(8, 36).astype("float32")
gen = ConditionalGenerator(10, 16, 36)
gen.compile("adam", "mse")
gen.fit([noise, label], img, epochs=1, verbose=0)
