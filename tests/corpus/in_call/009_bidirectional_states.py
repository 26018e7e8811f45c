# SOURCE: https://github.com/wanasit/katakana/issues/1 (also https://github.com/ematvey/tensorflow-seq2seq-tutorials/issues/20)
# KIND: seq2seq: both states of a bidirectional encoder are joined (2 x 16) and start a decoder of 16 units
# PLAIN KERAS: ValueError: Exception encountered when calling GRUCell.call(). Dimensions must be equal, but are 32 and 16 for '{{node transliterator_1/gru_1_1/gru_cell_1/MatMul_1}} = MatMul[T=DT_FLOAT, grad_a=false, grad_b=false, transpose_a=false, transpose_b=false](transliterator_1/concat, transliterator_1/gru_1_1/gru_cell_1/Cast_1/ReadVariableOp)' with input shapes: [?,32], [16,48].
# RIGHT: GRU(units=units -> 2 * units) for self.decoder | GRU(units=units -> units // 2) in the encoder | ops.concatenate([fwd, bwd]) -> fwd + bwd | a Dense(units) layer missing between the joined state and the decoder
# NOT: the Embedding layers; Dense(vocab_out)
import numpy as np
import keras
from keras import layers, ops


class Transliterator(keras.Model):
    def __init__(self, vocab_in, vocab_out, units):
        super().__init__()
        self.emb_in = layers.Embedding(vocab_in, 12)
        self.emb_out = layers.Embedding(vocab_out, 12)
        self.encoder = layers.Bidirectional(layers.GRU(units, return_state=True))
        self.decoder = layers.GRU(units, return_sequences=True)
        self.to_char = layers.Dense(vocab_out, activation="softmax")

    def call(self, inputs):
        src, tgt = inputs
        _, fwd, bwd = self.encoder(self.emb_in(src))
        state = ops.concatenate([fwd, bwd], axis=-1)
        seq = self.decoder(self.emb_out(tgt), initial_state=state)
        return self.to_char(seq)


src = np.random.randint(1, 30, (8, 9))
tgt = np.random.randint(1, 40, (8, 6))
nxt = np.random.randint(1, 40, (8, 6))
model = Transliterator(30, 40, units=16)
model.compile("adam", "sparse_categorical_crossentropy")
model.fit([src, tgt], nxt, epochs=1, verbose=0)
