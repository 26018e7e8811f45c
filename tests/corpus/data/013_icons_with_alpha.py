# SOURCE: https://openillumi.com/en/en-fix-tf-input-depth-4-vs-3-error
# KIND: pictures with an alpha channel for an input of three
# PLAIN KERAS: ValueError: Exception encountered when calling Sequential.call(). Input 0 with name 'None' of layer 'conv2d' is incompatible with the layer: expected axis -1 of input shape to have value 3, but received input with shape (None, 48, 4
# RIGHT: icons[..., :3] in fit, or input (48, 48, 4)
import keras
import numpy as np
from keras import layers

icons, kinds = np.random.rand(20, 48, 48, 4), np.random.randint(0, 6, 20)
model = keras.Sequential([keras.Input(shape=(48, 48, 3)), layers.Conv2D(16, 3, activation="relu"), layers.MaxPooling2D(2), layers.Flatten(), layers.Dense(6, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(icons, kinds, verbose=0)
