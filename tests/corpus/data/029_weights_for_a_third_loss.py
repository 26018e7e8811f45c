# SOURCE: http://www.taourl.com/read-3016316.html
# KIND: loss_weights for three losses where there are two; after the question
# PLAIN KERAS: ValueError: `loss_weights` must match the number of losses, got 2 losses and 3 weights.
# RIGHT: loss_weights=[1.0, 0.5]
import keras
import numpy as np
from keras import layers

i = keras.Input((12,))
h = layers.Dense(16, activation="relu")(i)
model = keras.Model(i, [layers.Dense(1, name="age")(h), layers.Dense(1, activation="sigmoid", name="member")(h)])
model.compile("adam", ["mse", "binary_crossentropy"], loss_weights=[1.0, 0.5, 0.25])
model.fit(np.random.rand(20, 12), [np.random.rand(20, 1), np.random.randint(0, 2, (20, 1))], verbose=0)
