# SOURCE: https://github.com/keras-team/keras/issues/15470
# KIND: neural multiplication unit: inputs (batch, 3) times weights (3, 2) without an axis for the outputs
# PLAIN KERAS: ValueError: Exception encountered when calling ProductUnit.call(). Dimensions must be equal, but are 3 and 2 for '{{node mul}} = Mul[T=DT_FLOAT](Placeholder, clip_by_value)' with input shapes: [?,3], [3,2].
# RIGHT: an op missing: x -> tf.expand_dims(x, -1) (x[:, :, None]) at line "terms = x * w + 1.0 - w"
# NOT: ProductUnit(2): its width is that of the targets; tf.reduce_prod(axis=1)
import numpy as np
import tensorflow as tf
import keras
from keras import layers


class ProductUnit(layers.Layer):
    """Each output is a product over the inputs that its weights choose."""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    def build(self, input_shape):
        self.w = self.add_weight(name="w", shape=(input_shape[-1], self.units), initializer="uniform")

    def call(self, x):
        w = tf.clip_by_value(self.w, 0.0, 1.0)
        terms = x * w + 1.0 - w
        return tf.reduce_prod(terms, axis=1)


model = keras.Sequential([keras.Input((3,)), ProductUnit(2)])

x = np.random.rand(16, 3).astype("float32")
y = np.stack([x[:, 0] * x[:, 1], x.prod(axis=1)], axis=1)
model.compile(keras.optimizers.RMSprop(0.01), "mse")
model.fit(x, y, batch_size=8, epochs=1, verbose=0)
