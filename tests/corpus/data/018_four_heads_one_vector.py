# SOURCE: https://pytroubles.com/ru/ampposts/id587-kak-soglasovat-y_true-i-y_pred-v-mnogovyhodnoj-modeli-keras
# KIND: four outputs, and their targets as columns of one array
# PLAIN KERAS: ValueError: y_true and y_pred have different structures. y_true: * y_pred: ['*', '*', '*', '*'] 
# RIGHT: [y[:, i] for i in range(4)]
import keras
import numpy as np
from keras import layers

x, y = np.random.rand(20, 12), np.random.randint(0, 3, (20, 4))
i = keras.Input((12,))
h = layers.Dense(16, activation="relu")(i)
heads = [layers.Dense(3, activation="softmax", name=f"digit_{n}")(h) for n in range(4)]
model = keras.Model(i, heads)
model.compile("adam", ["sparse_categorical_crossentropy"] * 4)
model.fit(x, y, epochs=1, verbose=0)
