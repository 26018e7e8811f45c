# SOURCE: http://www.readke.com/c/01034051B2022.html
# KIND: one-hot rows are given to sparse_categorical_crossentropy
# PLAIN KERAS: ValueError: Argument `output` must have rank (ndim) `target.ndim - 1`. Received: target.shape=(None, 5), output.shape=(None, 5)
# RIGHT: loss="categorical_crossentropy", or np.argmax(labels, axis=-1) (the numbers themselves)
import keras
import numpy as np

train_data = np.random.rand(50, 16)
train_label = keras.utils.to_categorical(np.random.randint(0, 5, 50), 5)
model = keras.Sequential([keras.Input((16,)), keras.layers.Dense(32, activation="relu"), keras.layers.Dense(5, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(train_data, train_label, verbose=0)
