# SOURCE: https://openillumi.com/tensorflow-keras-input-shape-error-fix
# KIND: neither the dataset for training nor the one for validation is batched
# PLAIN KERAS: ValueError: Exception encountered when calling Sequential.call(). Invalid input shape for input Tensor("Cast:0", shape=(28,), dtype=float32) with name 'keras_tensor' and path ''. Expected shape (None, 28), but input has incompatible
# RIGHT: .batch(...) on both in fit
import keras
import numpy as np
import tensorflow as tf


def dataset(rows):
    return tf.data.Dataset.from_tensor_slices((np.random.rand(rows, 28), np.random.rand(rows, 1)))


train_ds, val_ds = dataset(64), dataset(16)
model = keras.Sequential([keras.layers.Input(shape=(28,)), keras.layers.Dense(8, activation="relu"), keras.layers.Dense(1)])
model.compile(optimizer="adam", loss="mse")
model.fit(train_ds, validation_data=val_ds, epochs=1, verbose=0)
