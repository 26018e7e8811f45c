# SOURCE: http://www.kouhan.cn/en/article/00042451
# KIND: the number of samples stands in input_shape
# PLAIN KERAS: ValueError: Kernel shape must have the same length as input, but received kernel of shape (3, 3, 1, 16) and input of shape (None, 267, 32, 32, 1).
# RIGHT: input_shape=(32, 32, 1)
import numpy as np
from keras.layers import Conv2D, Dense, Flatten
from keras.models import Sequential

train = np.zeros((267, 32, 32, 1))
model = Sequential()
model.add(Conv2D(16, (3, 3), input_shape=train.shape, activation="relu"))
model.add(Flatten())
model.add(Dense(43, activation="softmax"))
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(train, np.zeros(267), verbose=0)
