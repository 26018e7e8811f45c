# SOURCE: https://e-com-net.com/article/1188291707914002432.htm
# KIND: class numbers are given to a CategoricalCrossentropy object with its own options
# PLAIN KERAS: ValueError: Arguments `target` and `output` must have the same rank (ndim). Received: target.shape=(None,), output.shape=(None, 10)
# RIGHT: SparseCategoricalCrossentropy(from_logits=True), or to_categorical(y_train, 10)
import keras
import numpy as np

x_train, y_train = np.random.rand(40, 28, 28, 1), np.random.randint(0, 10, 40)
model = keras.Sequential([keras.Input((28, 28, 1)), keras.layers.Conv2D(8, 3), keras.layers.Flatten(), keras.layers.Dense(10)])
model.compile(loss=keras.losses.CategoricalCrossentropy(from_logits=True), optimizer=keras.optimizers.Adadelta(), metrics=["accuracy"])
model.fit(x_train, y_train, verbose=0)
