# SOURCE: https://github.com/keras-team/keras-io/issues/193
# KIND: seq2seq: layers.Attention gets [encoder, decoder] where [query, value] = [decoder, encoder] is meant; the context has the encoder's length
# PLAIN KERAS: ValueError: Exception encountered when calling Seq2Seq.call(). Dimension 1 in both shapes must be equal, but are 7 and 11. Shapes are [?,7] and [?,11]. for '{{node seq2_seq_1/concat}} = ConcatV2[N=2, T=DT_FLOAT, Tidx=DT_INT32](seq2_seq_1/lstm_1_2/transpose_1, seq2_seq_1/attention_1/MatMul_1, seq2_seq_1/concat/axis)' with input shapes: [?,7,20], [?,11,20], [] and with computed input tensors: input[2] = <-1>.
# RIGHT: order of tensors: self.attention([enc, dec]) -> self.attention([dec, enc])
# NOT: ops.concatenate(axis=-1 -> 1): it would run into the loss (18 steps against 7)
import numpy as np
import keras
from keras import layers, ops


class Seq2Seq(keras.Model):
    def __init__(self, enc_tokens, dec_tokens, latent):
        super().__init__()
        self.encoder = layers.LSTM(latent, return_sequences=True, return_state=True)
        self.decoder = layers.LSTM(latent, return_sequences=True)
        self.attention = layers.Attention()
        self.out = layers.Dense(dec_tokens, activation="softmax")

    def call(self, inputs):
        src, tgt = inputs
        enc, h, c = self.encoder(src)
        dec = self.decoder(tgt, initial_state=[h, c])
        context = self.attention([enc, dec])
        # the decoder's output beside its context
        both = ops.concatenate([dec, context], axis=-1)
        return self.out(both)


src = np.eye(14, dtype="float32")[np.random.randint(0, 14, (6, 11))]
tgt = np.eye(17, dtype="float32")[np.random.randint(0, 17, (6, 7))]
nxt = np.eye(17, dtype="float32")[np.random.randint(0, 17, (6, 7))]
model = Seq2Seq(14, 17, latent=20)
model.compile("rmsprop", "categorical_crossentropy")
model.fit([src, tgt], nxt, epochs=1, verbose=0)
