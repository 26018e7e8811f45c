# SOURCE: https://codemia.io/knowledge-hub/path/keras_predict_getting_incorrect_shape
# KIND: one row is given to predict without a batch axis
# PLAIN KERAS: ValueError: Exception encountered when calling Sequential.call(). Invalid input shape for input Tensor("data:0", shape=(4,), dtype=float32) with name 'keras_tensor' and path ''. Expected shape (None, 4), but input has incompatible s
# RIGHT: flower[None] (or np.expand_dims(flower, 0)) in predict
import keras
import numpy as np

model = keras.Sequential([keras.Input(shape=(4,)), keras.layers.Dense(10, activation="relu"), keras.layers.Dense(3, activation="softmax")])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
measured, species = np.random.rand(30, 4), np.random.randint(0, 3, 30)
model.fit(measured, species, epochs=1, verbose=0)
flower = np.array([5.1, 3.5, 1.4, 0.2])
print(model.predict(flower, verbose=0).argmax())
