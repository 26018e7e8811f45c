# SOURCE: https://taourl.com/read-2442011.html
# KIND: coloured pictures for an input of one channel
# PLAIN KERAS: ValueError: Exception encountered when calling Functional.call(). Input 0 with name 'None' of layer 'conv2d' is incompatible with the layer: expected axis -1 of input shape to have value 1, but received input with shape (4, 64, 64, 
# RIGHT: input (64, 64, 3), or one channel made of three
import keras
import numpy as np

picture = keras.Input(shape=(64, 64, 1))
h = keras.layers.Conv2D(32, 3, strides=2)(picture)
encoder = keras.Model(picture, keras.layers.GlobalMaxPooling2D()(h))
rgb = np.random.rand(4, 64, 64, 3)
encoder.predict(rgb, verbose=0)
