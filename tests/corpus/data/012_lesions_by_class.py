# SOURCE: https://github.com/keras-team/keras/issues/7120
# KIND: class_weight for pixels
# PLAIN KERAS: TypeError: only 0-dimensional arrays can be converted to Python scalars
# RIGHT: sample_weight of each pixel instead of class_weight
import keras
import numpy as np
from keras import layers

scans, masks = np.random.rand(6, 16, 16, 1), np.random.randint(0, 2, (6, 16, 16, 1))
scan = keras.Input((16, 16, 1))
h = layers.Conv2D(8, 3, padding="same", activation="relu")(scan)
unet = keras.Model(scan, layers.Conv2D(2, 1, activation="softmax")(h))
unet.compile("adam", "sparse_categorical_crossentropy")
unet.fit(scans, masks, class_weight={0: 1.0, 1: 20.0}, epochs=1, verbose=0)
