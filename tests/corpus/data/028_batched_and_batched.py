# SOURCE: https://apxml.com/courses/getting-started-with-tensorflow/chapter-5-data-input-pipelines-tfdata/integrating-tfdata-modelfit
# KIND: a dataset that is batched twice; after the page, which batches once
# PLAIN KERAS: ValueError: Exception encountered when calling Sequential.call(). Invalid input shape for input Tensor("Cast:0", shape=(None, None, 10), dtype=float32) with name 'keras_tensor' and path ''. Expected shape (None, 10), but input has i
# RIGHT: one .batch less
import keras
import numpy as np
import tensorflow as tf

features, labels = np.random.rand(64, 10), np.random.randint(0, 2, (64, 1))
train_dataset = tf.data.Dataset.from_tensor_slices((features, labels)).shuffle(64).batch(8)
train_dataset = train_dataset.batch(16)
model = keras.Sequential([keras.Input((10,)), keras.layers.Dense(8, activation="relu"), keras.layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy")
model.fit(train_dataset, epochs=1, verbose=0)
