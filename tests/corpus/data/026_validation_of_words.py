# SOURCE: https://codemia.io/knowledge-hub/path/keras_modelfit_with_tfdataset_api_validation_data
# KIND: validation labels are one-hot where those for training are numbers; after the question
# PLAIN KERAS: ValueError: Argument `output` must have rank (ndim) `target.ndim - 1`. Received: target.shape=(None, 2), output.shape=(None, 2)
# RIGHT: np.argmax(y_val, axis=-1) in validation_data
import keras
import numpy as np

x_train, y_train = np.random.rand(50, 8), np.random.randint(0, 2, 50)
x_val, y_val = np.random.rand(20, 8), keras.utils.to_categorical(np.random.randint(0, 2, 20), 2)
model = keras.Sequential([keras.Input((8,)), keras.layers.Dense(32, activation="relu"), keras.layers.Dense(2, activation="softmax")])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x_train, y_train, validation_data=(x_val, y_val), epochs=1, verbose=0)
