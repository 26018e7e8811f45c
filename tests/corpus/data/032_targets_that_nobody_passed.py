# SOURCE: https://taourl.com/read-3015889.html
# KIND: the inputs are given for the targets; after the question
# PLAIN KERAS: ValueError: Dimensions must be equal, but are 10 and 5 for '{{node compile_loss/mse/sub}} = Sub[T=DT_FLOAT](data_1, sequential_1/dense_1_2/BiasAdd)' with input shapes: [?,10], [?,5].
# RIGHT: y for the second X
import keras
import numpy as np

X = np.random.rand(100, 10)
y = np.random.rand(100, 5)
model = keras.Sequential([keras.Input((10,)), keras.layers.Dense(64, activation="relu"), keras.layers.Dense(5)])
model.compile(optimizer="adam", loss="mse")
model.fit(X, X, epochs=1, verbose=0)
