# SOURCE: https://openillumi.com/keras-predict-shape-error-numpy-fix
# KIND: one digit of 784 pixels is given as a column (784, 1)
# PLAIN KERAS: ValueError: Exception encountered when calling Sequential.call(). Input 0 with name 'None' of layer 'dense' is incompatible with the layer: expected axis -1 of input shape to have value 784, but received input with shape (32, 1) Arg
# RIGHT: np.transpose(digit), or digit.reshape(1, 784), in predict
import keras
import numpy as np

net = keras.Sequential([keras.Input((784,)), keras.layers.Dense(64, activation="relu"), keras.layers.Dense(10, activation="softmax")])
digit = np.zeros((784, 1))
net.predict(digit, verbose=0)
