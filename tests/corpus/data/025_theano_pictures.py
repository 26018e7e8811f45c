# SOURCE: https://devsolus.com/why-do-we-reshape-grayscale-image-to-xy1/
# KIND: pictures with channels first; after the question, whose pictures have no channel at all
# PLAIN KERAS: ValueError: Exception encountered when calling Sequential.call(). Input 0 with name 'None' of layer 'conv2d' is incompatible with the layer: expected axis -1 of input shape to have value 3, but received input with shape (None, 3, 28
# RIGHT: np.moveaxis(x_train, 1, -1)
import keras
import numpy as np
from keras import layers

x_train, y_train = np.random.rand(40, 3, 28, 28), np.random.randint(0, 10, 40)
model = keras.Sequential([keras.Input((28, 28, 3)), layers.Conv2D(16, 3, activation="relu"), layers.Flatten(), layers.Dense(10, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(x_train, y_train, verbose=0)
