# SOURCE: https://ohmygoodnessjuicery.co.uk/post/data-cardinality-is-ambiguous-make-sure-all-arrays-contain
# KIND: 100 pictures and 90 labels
# PLAIN KERAS: ValueError: Data cardinality is ambiguous. Make sure all arrays contain the same number of samples.'x' sizes: 100 'y' sizes: 90 
# RIGHT: images[:90], or how the labels were made; the line of fit
import keras
import numpy as np

images, labels = np.random.rand(100, 16, 16, 3), np.random.randint(0, 10, 90)
model = keras.Sequential([keras.Input((16, 16, 3)), keras.layers.Flatten(), keras.layers.Dense(10, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(images, labels, epochs=1, verbose=0)
