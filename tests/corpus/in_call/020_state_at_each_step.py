# SOURCE: https://github.com/keras-team/keras/issues/9612
# KIND: no single argument: a decoder that peeks at the encoder's state; the state (batch, 24) is joined to the embeddings (batch, steps, 8) without being repeated over time
# PLAIN KERAS: ValueError: Every value in `xs` must have the same shape except on the `axis` dim. But found element of shape (None, 24), which is different from the first element's shape (None, 6, 8).
# RIGHT: a RepeatVector(6) layer (ops.repeat of ops.expand_dims(state, 1)) missing before ops.concatenate
# NOT: ops.concatenate(axis=-1); LSTM(12); Embedding(50, 8)
import numpy as np
import keras
from keras import layers, ops

src = keras.Input((9,), dtype="int32")
tgt = keras.Input((6,), dtype="int32")

# encoder
enc_emb = layers.Embedding(40, 8)(src)
_, state_h, state_c = layers.LSTM(12, return_state=True)(enc_emb)
full_state = ops.concatenate([state_h, state_c], axis=-1)

# decoder, sees the state of the encoder at each step
dec_emb = layers.Embedding(50, 8)(tgt)
dec_in = ops.concatenate([dec_emb, full_state], axis=-1)
dec_seq = layers.LSTM(12, return_sequences=True)(dec_in, initial_state=[state_h, state_c])
probs = layers.Dense(50, activation="softmax")(dec_seq)
model = keras.Model([src, tgt], probs)

a = np.random.randint(0, 40, (8, 9))
b = np.random.randint(0, 50, (8, 6))
y = np.random.randint(0, 50, (8, 6))
model.compile("adam", "sparse_categorical_crossentropy")
model.fit([a, b], y, epochs=1, verbose=0)
