# SOURCE: https://openillumi.com/?p=112054
# KIND: a dataset that is not batched
# PLAIN KERAS: ValueError: Exception encountered when calling Sequential.call(). Invalid input shape for input Tensor("Cast:0", shape=(4,), dtype=float32) with name 'keras_tensor' and path ''. Expected shape (None, 4), but input has incompatible s
# RIGHT: train.batch(...) in fit
import keras
import numpy as np
import tensorflow as tf

train = tf.data.Dataset.from_tensor_slices((np.random.rand(30, 4), np.random.randint(0, 3, 30))).shuffle(30)
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(10, activation="relu"), keras.layers.Dense(3, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(train, epochs=1, verbose=0)
