# SOURCE: http://www.kouhan.cn/en/article/00036106
# KIND: one picture and its label are given to fit without a batch axis
# PLAIN KERAS: ValueError: Data cardinality is ambiguous. Make sure all arrays contain the same number of samples.'x' sizes: 32 'y' sizes: 10 
# RIGHT: picture[None] and label[None] in fit
import keras
import numpy as np

model = keras.Sequential([keras.Input((32, 32, 3)), keras.layers.Conv2D(8, 3), keras.layers.Flatten(), keras.layers.Dense(10)])
model.compile("sgd", "mse")
picture, label = np.random.rand(32, 32, 3), np.eye(10)[3]
model.fit(picture, label, verbose=0)
