# SOURCE: http://www.kouhan.cn/en/article/00027281
# KIND: two units with a softmax under binary_crossentropy, and labels of 0 and 1
# PLAIN KERAS: ValueError: Arguments `target` and `output` must have the same shape. Received: target.shape=(32, 1), output.shape=(32, 2)
# RIGHT: loss="sparse_categorical_crossentropy", or to_categorical(mood, 2)
import keras
import numpy as np
from keras import layers

faces, mood = np.random.rand(32, 24, 24, 1), np.random.randint(0, 2, (32, 1))
model = keras.Sequential([
    keras.Input((24, 24, 1)),
    layers.Conv2D(8, 3, activation="relu"),
    layers.GlobalAveragePooling2D(),
    layers.Dense(2, activation="softmax"),
])
model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
model.fit(faces, mood, epochs=1, verbose=0)
