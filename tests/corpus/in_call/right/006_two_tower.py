"""Two-tower retrieval with in-batch negatives."""
import numpy as np
import keras
from keras import layers, ops


class Tower(layers.Layer):
    def __init__(self, vocab, sizes, **kwargs):
        super().__init__(**kwargs)
        self.emb = layers.Embedding(vocab, 16)
        self.mlp = [layers.Dense(s, activation="relu") for s in sizes[:-1]]
        self.last = layers.Dense(sizes[-1])

    def call(self, ids, extra):
        x = ops.concatenate([self.emb(ids), extra], axis=-1)
        for d in self.mlp:
            x = d(x)
        x = self.last(x)
        return x / (ops.norm(x, axis=-1, keepdims=True) + 1e-6)


class TwoTower(keras.Model):
    def __init__(self, n_users, n_items, temperature=0.1):
        super().__init__()
        self.query = Tower(n_users, [24, 12])
        self.candidate = Tower(n_items, [32, 12])
        self.temperature = temperature

    def call(self, inputs):
        q = self.query(inputs["user"], inputs["context"])       # (batch, 12)
        c = self.candidate(inputs["item"], inputs["price"])     # (batch, 12)
        scores = ops.matmul(q, ops.transpose(c))                # (batch, batch)
        return scores / self.temperature

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        labels = ops.arange(ops.shape(y_pred)[0])
        losses = keras.losses.sparse_categorical_crossentropy(labels, y_pred, from_logits=True)
        return ops.mean(losses)


n = 16
data = {
    "user": np.random.randint(0, 40, (n,)),
    "context": np.random.rand(n, 3).astype("float32"),
    "item": np.random.randint(0, 70, (n,)),
    "price": np.random.rand(n, 1).astype("float32"),
}
model = TwoTower(40, 70)
model.compile(optimizer=keras.optimizers.Adagrad(0.1))
model.fit(data, np.zeros((n, 1)), batch_size=8, epochs=1, verbose=0)
