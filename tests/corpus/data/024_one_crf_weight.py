# SOURCE: https://github.com/keras-team/keras-contrib/issues/322
# KIND: weights of tags that are not as many as the sentences; after the question
# PLAIN KERAS: ValueError: Data cardinality is ambiguous. Make sure all arrays contain the same number of samples.'x' sizes: 30 'y' sizes: 30 'sample_weight' sizes: 32 
# RIGHT: weights[:30]
import keras
import numpy as np
from keras import layers

sentences, tags, weights = np.random.randint(0, 90, (30, 12)), np.random.randint(0, 5, (30, 12)), np.ones((32, 12))
model = keras.Sequential([keras.Input((12,)), layers.Embedding(90, 16), layers.Bidirectional(layers.LSTM(8, return_sequences=True)), layers.Dense(5, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(sentences, tags, sample_weight=weights, verbose=0)
