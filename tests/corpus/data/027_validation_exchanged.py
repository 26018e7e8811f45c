# SOURCE: https://codemia.io/knowledge-hub/path/keras_modelfit_with_tfdataset_api_validation_data
# KIND: inputs and targets for validation are exchanged; after the question
# PLAIN KERAS: ValueError: Exception encountered when calling Sequential.call(). Input 0 with name 'None' of layer 'dense' is incompatible with the layer: expected axis -1 of input shape to have value 8, but received input with shape (None, 1) Arg
# RIGHT: validation_data=(x_val, y_val)
import keras
import numpy as np

x_train, y_train, x_val, y_val = np.random.rand(50, 8), np.random.rand(50, 1), np.random.rand(20, 8), np.random.rand(20, 1)
model = keras.Sequential([keras.Input((8,)), keras.layers.Dense(32, activation="relu"), keras.layers.Dense(1)])
model.compile(optimizer="adam", loss="mae")
model.fit(x_train, y_train, validation_data=(y_val, x_val), epochs=1, verbose=0)
