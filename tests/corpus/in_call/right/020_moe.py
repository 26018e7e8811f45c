"""Sparse mixture of experts with top-k gates and a balance loss."""
import numpy as np
import keras
from keras import layers, ops


class TopKGate(layers.Layer):
    def __init__(self, n_experts, k, **kwargs):
        super().__init__(**kwargs)
        self.n, self.k = n_experts, k
        self.logits = layers.Dense(n_experts, use_bias=False)

    def call(self, x):
        p = ops.softmax(self.logits(x), axis=-1)            # (batch, 10, 4)
        top, index = ops.top_k(p, k=self.k)                 # both (batch, 10, 2)
        gates = ops.sum(ops.one_hot(index, self.n) * top[..., None], axis=-2)
        gates = gates / ops.sum(gates, axis=-1, keepdims=True)
        load = ops.mean(gates, axis=(0, 1))                 # (4,)
        self.add_loss(0.01 * self.n * ops.sum(ops.square(load)))
        return gates


class MoEFeedForward(layers.Layer):
    def __init__(self, n_experts, hidden, k=2, **kwargs):
        super().__init__(**kwargs)
        self.n, self.hidden = n_experts, hidden
        self.gate = TopKGate(n_experts, k)

    def build(self, input_shape):
        d = input_shape[-1]
        self.w1 = self.add_weight(name="w1", shape=(self.n, d, self.hidden))
        self.w2 = self.add_weight(name="w2", shape=(self.n, self.hidden, d))

    def call(self, x):
        g = self.gate(x)
        h = ops.gelu(ops.einsum("btd,edh->bteh", x, self.w1))
        y = ops.einsum("bteh,ehd->bted", h, self.w2)        # (batch, 10, 4, 16)
        return ops.einsum("bte,bted->btd", g, y)


class MoETransformer(keras.Model):
    def __init__(self, vocab, dim, depth=2):
        super().__init__()
        self.emb = layers.Embedding(vocab, dim)
        self.attn = [layers.MultiHeadAttention(2, dim // 2) for _ in range(depth)]
        self.ffn = [MoEFeedForward(4, 24) for _ in range(depth)]
        self.norms = [layers.LayerNormalization() for _ in range(2 * depth)]
        self.out = layers.Dense(vocab)

    def call(self, ids):
        x = self.emb(ids)
        for i, (attn, ffn) in enumerate(zip(self.attn, self.ffn)):
            n = self.norms[2 * i](x)
            x = x + attn(n, n, use_causal_mask=True)
            x = x + ffn(self.norms[2 * i + 1](x))
        return self.out(x)


ids = np.random.randint(0, 30, (4, 11))
model = MoETransformer(30, 16)
model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
model.fit(ids[:, :-1], ids[:, 1:], epochs=1, verbose=0)
