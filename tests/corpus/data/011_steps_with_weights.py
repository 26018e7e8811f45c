# SOURCE: https://github.com/keras-team/keras/issues/15181
# KIND: a weight for each of the steps, where the loss has one value for each sample
# PLAIN KERAS: InvalidArgumentError: Graph execution error: Detected at node gradient_tape/compile_loss/mse/mul/BroadcastGradientArgs: Incompatible shapes
# RIGHT: one weight a sample, or a last axis of 1 in output and targets
import keras
import numpy as np
from keras.layers import LSTM, Dense

inputs, outputs, known = np.random.rand(24, 10, 3), np.random.rand(24, 10), np.ones((24, 10))
model = keras.Sequential([keras.Input((10, 3)), LSTM(16), Dense(10)])
model.compile("adam", "mse")
model.fit(inputs, outputs, sample_weight=known, epochs=1, verbose=0)
