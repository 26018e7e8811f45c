# SOURCE: https://openillumi.com/en/en-keras-lstm-shape-error-data-preprocessing
# KIND: sentences for the test are padded to another length than those for training
# PLAIN KERAS: ValueError: Exception encountered when calling Sequential.call(). Input 0 with name 'None' of layer 'dense' is incompatible with the layer: expected axis -1 of input shape to have value 320, but received input with shape (None, 240)
# RIGHT: pad_sequences(..., 40) for the test as well
import keras
import numpy as np
from keras import layers

words = [[5, 3, 8], [2, 9], [4, 4, 4, 1]] * 8
x_train, x_test = keras.utils.pad_sequences(words, maxlen=40), keras.utils.pad_sequences(words, maxlen=30)
y = np.random.randint(0, 2, 24)
model = keras.Sequential([keras.Input((40,)), layers.Embedding(10, 8), layers.Flatten(), layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy")
model.fit(x_train, y, verbose=0)
model.evaluate(x_test, y, verbose=0)
