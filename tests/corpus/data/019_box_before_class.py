# SOURCE: http://www.taourl.com/read-3016316.html
# KIND: the targets of two outputs are in another order
# PLAIN KERAS: ValueError: Arguments `target` and `output` must have the same shape. Received: target.shape=(None, 4), output.shape=(None, 10)
# RIGHT: [classes, boxes]
import keras
import numpy as np
from keras import layers

image = keras.Input(shape=(32, 32, 3))
h = layers.Flatten()(layers.Conv2D(8, (3, 3), activation="relu")(image))
model = keras.Model(image, [layers.Dense(10, activation="softmax", name="classification")(h), layers.Dense(4, name="bbox")(h)])
model.compile("adam", loss=["categorical_crossentropy", "mean_squared_error"])
pictures, boxes = np.random.rand(10, 32, 32, 3), np.random.rand(10, 4)
classes = keras.utils.to_categorical(np.random.randint(0, 10, 10), num_classes=10)
model.fit(pictures, [boxes, classes], epochs=1, verbose=0)
