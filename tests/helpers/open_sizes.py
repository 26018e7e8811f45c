"""A model and data of sizes that no trace knows."""

import keras
import numpy as np
import pytest
from helpers.observing import BACKEND

ONLY_GRAPHS = pytest.mark.skipif(BACKEND != "tensorflow", reason="graphs are TensorFlow's")


def open_model():
    """Of sizes that no trace knows, up to the pooling."""
    inputs = keras.Input((None, None, 1))
    x = keras.layers.Conv2D(2, 3, name="conv")(inputs)
    x = keras.layers.ReLU(name="relu")(x)
    x = keras.layers.GlobalAveragePooling2D(name="pool")(x)
    model = keras.Model(inputs, keras.layers.Dense(1, name="dense")(x))
    model.compile("sgd", "mse")
    return model


def open_data():
    import tensorflow as tf

    def serve():
        for _ in range(2):
            yield np.zeros((4, 8, 8, 1), "float32"), np.zeros((4, 1), "float32")

    signature = (tf.TensorSpec((None, None, None, 1)), tf.TensorSpec((None, 1)))
    return tf.data.Dataset.from_generator(serve, output_signature=signature)
