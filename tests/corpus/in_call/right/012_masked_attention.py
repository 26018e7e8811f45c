"""Own additive attention which respects the mask of the Embedding."""
import numpy as np
import keras
from keras import layers, ops


class AdditiveAttention(layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = True
        self.w_query = layers.Dense(units, use_bias=False)
        self.w_key = layers.Dense(units)
        self.v = layers.Dense(1, use_bias=False)

    def call(self, query, keys, mask=None):
        # query: (batch, 14), keys: (batch, 12, 14)
        q = ops.expand_dims(self.w_query(query), axis=1)        # (batch, 1, 10)
        score = self.v(ops.tanh(q + self.w_key(keys)))          # (batch, 12, 1)
        score = ops.squeeze(score, axis=-1)
        if mask is not None:
            key_mask = mask[1] if isinstance(mask, (list, tuple)) else mask
            if key_mask is not None:
                score += (1.0 - ops.cast(key_mask, score.dtype)) * -1e9
        weights = ops.softmax(score, axis=-1)                   # (batch, 12)
        context = ops.einsum("bt,btd->bd", weights, keys)
        return context, weights

    def compute_mask(self, *args, **kwargs):
        return None


class Tagger(keras.Model):
    def __init__(self, vocab, classes):
        super().__init__()
        self.emb = layers.Embedding(vocab, 8, mask_zero=True)
        self.rnn = layers.GRU(14, return_sequences=True, return_state=True)
        self.att = AdditiveAttention(10)
        self.drop = layers.Dropout(0.2)
        self.out = layers.Dense(classes, activation="softmax")

    def call(self, ids, training=False):
        mask = ops.not_equal(ids, 0)
        seq, last = self.rnn(self.emb(ids), mask=mask)
        context, _ = self.att(last, seq, mask=mask)
        joined = ops.concatenate([context, last], axis=-1)      # (batch, 28)
        return self.out(self.drop(joined, training=training))


ids = np.random.randint(1, 50, (8, 12))
ids[:, 9:] = 0          # padding
y = np.random.randint(0, 4, (8,))
model = Tagger(50, 4)
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(ids, y, epochs=1, verbose=0)
