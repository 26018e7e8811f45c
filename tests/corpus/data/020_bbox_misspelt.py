# SOURCE: http://www.taourl.com/read-3016316.html
# KIND: a name of an output is misspelt in the losses; after the question, whose names are right
# PLAIN KERAS: ValueError: Expected keys ['classification', 'bbox'] in loss dict, but found loss.keys()=['classification', 'box']
# RIGHT: "bbox" for "box" in compile
import keras
import numpy as np
from keras import layers

image = keras.Input(shape=(32, 32, 3))
h = layers.Flatten()(layers.Conv2D(8, (3, 3), activation="relu")(image))
model = keras.Model(image, [layers.Dense(10, activation="softmax", name="classification")(h), layers.Dense(4, name="bbox")(h)])
model.compile("adam", loss={"classification": "sparse_categorical_crossentropy", "box": "mse"})
pictures, boxes, classes = np.random.rand(10, 32, 32, 3), np.random.rand(10, 4), np.random.randint(0, 10, 10)
model.fit(pictures, {"classification": classes, "bbox": boxes}, epochs=1, verbose=0)
