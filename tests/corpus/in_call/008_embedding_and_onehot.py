# SOURCE: https://github.com/tensorflow/recommenders/issues/630 [same symptom as reported there, cause retold by me]
# KIND: functional recommender: an embedding of a (batch, 1) id, rank 3, is concatenated with a one-hot of rank 2
# PLAIN KERAS: ValueError: Every value in `xs` must have the same shape except on the `axis` dim. But found element of shape (None, 3), which is different from the first element's shape (None, 1, 16).
# RIGHT: a Flatten layer (ops.squeeze(axis=1)) missing after Embedding, before ops.concatenate | Input(shape=(1,) -> ()) for the user
# NOT: Embedding(output_dim=16), ops.one_hot(num_classes=3)
import numpy as np
import keras
from keras import layers, ops

user = keras.Input((1,), dtype="int32", name="user")
gender = keras.Input((), dtype="int32", name="gender")
age = keras.Input((1,), name="age")

user_vec = layers.Embedding(50, 16)(user)
gender_vec = ops.one_hot(gender, 3)
features = ops.concatenate([user_vec, gender_vec, age], axis=1)
h = layers.Dense(32, activation="relu")(features)
score = layers.Dense(1, activation="sigmoid")(h)
model = keras.Model([user, gender, age], score)

n = 12
data = {
    "user": np.random.randint(0, 50, (n, 1)),
    "gender": np.random.randint(0, 3, (n,)),
    "age": np.random.rand(n, 1).astype("float32"),
}
clicked = np.random.randint(0, 2, (n, 1)).astype("float32")
model.compile("adam", "binary_crossentropy")
model.fit(data, clicked, epochs=1, verbose=0)
