# SOURCE: https://github.com/CVxTz/kinship_prediction/issues/3
# KIND: a generator yields a list where a tuple is wanted; after the question
# PLAIN KERAS: ValueError: When passing a Python generator to a Keras model, the generator must return a tuple, either (input,) or (inputs, targets) or (inputs, targets, sample_weights). Received: [array([[0.09453978, 0.11463724, 0.00348018, 0.976
# RIGHT: yield pairs, kin
import keras
import numpy as np


def gen(size):
    while True:
        pairs, kin = np.random.rand(size, 20), np.random.randint(0, 2, (size, 1))
        yield [pairs, kin]


model = keras.Sequential([keras.Input((20,)), keras.layers.Dense(16, activation="relu"), keras.layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy")
model.fit(gen(16), steps_per_epoch=2, epochs=1, verbose=0)
