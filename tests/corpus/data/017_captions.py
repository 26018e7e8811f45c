# SOURCE: https://blog.gitcode.com/cf56bbb4a2377e2b9f594696793f221d.html
# KIND: a generator yields two inputs and the targets side by side; after the question, which yields dictionaries
# PLAIN KERAS: ValueError: Layer "functional" expects 2 named input(s) with keys ['input_layer', 'input_layer_1'], but it received 1 input tensors. Pass inputs as a dict, e.g. `layer({'input_layer': ..., 'input_layer_1': ...})`.
# RIGHT: yield (transfer, tokens), target
import keras
import numpy as np
from keras import layers


def batch_generator(batch_size):
    while True:
        transfer, tokens = np.random.rand(batch_size, 32), np.random.randint(0, 50, (batch_size, 9))
        target = np.random.randint(0, 50, (batch_size, 1))
        yield transfer, tokens, target


picture, words = keras.Input((32,)), keras.Input((9,))
h = layers.GRU(16)(layers.Embedding(50, 8)(words), initial_state=layers.Dense(16)(picture))
decoder = keras.Model([picture, words], layers.Dense(50, activation="softmax")(h))
decoder.compile("adam", "sparse_categorical_crossentropy")
decoder.fit(batch_generator(8), steps_per_epoch=2, epochs=1, verbose=0)
