import numpy as np
import keras
from keras import layers, ops


class Encoder(layers.Layer):
    def __init__(self, vocab, emb, units, **kwargs):
        super().__init__(**kwargs)
        self.emb = layers.Embedding(vocab, emb, mask_zero=True)
        self.rnn = layers.Bidirectional(layers.LSTM(units, return_sequences=True, return_state=True))

    def call(self, ids):
        seq, fh, fc, bh, bc = self.rnn(self.emb(ids))
        # seq: (batch, 8, 24); each state (batch, 12)
        h = ops.concatenate([fh, bh], axis=-1)
        c = ops.concatenate([fc, bc], axis=-1)
        return seq, h, c


class Decoder(layers.Layer):
    def __init__(self, vocab, emb, units, **kwargs):
        super().__init__(**kwargs)
        self.emb = layers.Embedding(vocab, emb)
        self.rnn = layers.LSTM(units, return_sequences=True)
        self.attend = layers.Attention()
        self.out = layers.Dense(vocab)

    def call(self, ids, memory, h, c):
        d = self.rnn(self.emb(ids), initial_state=[h, c])    # (batch, 6, 24)
        context = self.attend([d, memory])                   # query first, then value
        return self.out(ops.concatenate([d, context], axis=-1))


class Translator(keras.Model):
    def __init__(self, v_in, v_out, units=12):
        super().__init__()
        self.enc = Encoder(v_in, 10, units)
        self.dec = Decoder(v_out, 10, 2 * units)     # twice, the encoder is bidirectional

    def call(self, inputs):
        src, tgt = inputs
        memory, h, c = self.enc(src)
        return self.dec(tgt, memory, h, c)


src = np.random.randint(1, 30, (6, 8))
tgt = np.random.randint(1, 25, (6, 7))
model = Translator(30, 25)
model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
model.fit([src, tgt[:, :-1]], tgt[:, 1:], epochs=1, verbose=0)
print(model.predict([src, tgt[:, :-1]], verbose=0).shape)
