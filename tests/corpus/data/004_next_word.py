# SOURCE: https://www.developerload.com/error-while-using-categoricalcrossentropy
# KIND: numbers of words are given to categorical_crossentropy
# PLAIN KERAS: ValueError: Arguments `target` and `output` must have the same shape. Received: target.shape=(None, 1), output.shape=(None, 80)
# RIGHT: loss="sparse_categorical_crossentropy", or to_categorical(Y, 80)
import keras
import numpy as np
from keras.layers import LSTM, Bidirectional, Dense, Embedding

num, max_len = 80, 12
X, Y = np.random.randint(0, num, (45, max_len - 1)), np.random.randint(0, num, (45, 1))
model = keras.Sequential()
model.add(Embedding(num, 64))
model.add(Bidirectional(LSTM(32)))
model.add(Dense(num, activation="softmax"))
model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
history = model.fit(X, Y, epochs=1, verbose=0)
