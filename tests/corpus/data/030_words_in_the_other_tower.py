# SOURCE: https://blog.gitcode.com/8c93683d44b34a421e56c594a24676ea.html
# KIND: two inputs are given in the other order; after the question
# PLAIN KERAS: ValueError: Input 0 with name 'picture' of layer 'functional' is incompatible with the layer: expected shape=(None, 64), found shape=(None, 20)
# RIGHT: [pictures, captions]
import keras
import numpy as np
from keras import layers

picture, caption = keras.Input((64,), name="picture"), keras.Input((20,), name="caption")
h = layers.Concatenate()([layers.Dense(16)(picture), layers.Dense(16)(caption)])
model = keras.Model([picture, caption], layers.Dense(1, activation="sigmoid")(h))
model.compile("adam", "binary_crossentropy")
pictures, captions, match = np.random.rand(30, 64), np.random.rand(30, 20), np.random.randint(0, 2, (30, 1))
model.fit([captions, pictures], match, verbose=0)
