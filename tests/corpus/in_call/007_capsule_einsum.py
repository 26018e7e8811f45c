# SOURCE: https://github.com/bojone/Capsule/issues/14 [typical slip put into this code by me; the source does not report this very fault]
# KIND: capsule routing: the subscripts of the agreement einsum name the axes of u_hat in the wrong order
# PLAIN KERAS: ValueError: Exception encountered when calling Capsule.call(). Dimensions must be equal, but are 8 and 18 for '{{node einsum_2/Einsum}} = Einsum[N=2, T=DT_FLOAT, equation="abc,abcd->abd"](truediv_1, einsum/Einsum)' with input shapes: [?,5,8], [?,5,18,8].
# RIGHT: ops.einsum(subscripts="bjk,bjki->bji" -> "bjk,bjik->bji") at line "logits = logits + ..."
# NOT: Capsule(5, 8); the kernel's shape
import numpy as np
import keras
from keras import layers, ops


class Capsule(layers.Layer):
    def __init__(self, num_capsule, dim_capsule, routings=3, **kwargs):
        super().__init__(**kwargs)
        self.num_capsule = num_capsule
        self.dim_capsule = dim_capsule
        self.routings = routings

    def build(self, input_shape):
        self.kernel = self.add_weight(
            name="kernel",
            shape=(self.num_capsule, input_shape[1], self.dim_capsule, input_shape[2]),
        )

    def squash(self, s):
        n2 = ops.sum(ops.square(s), axis=-1, keepdims=True)
        return n2 / (1.0 + n2) * s / ops.sqrt(n2 + 1e-7)

    def call(self, u):
        # u_hat: (batch, capsules, inputs, dim)
        u_hat = ops.einsum("jikd,bid->bjik", self.kernel, u)
        logits = ops.zeros_like(u_hat[..., 0])
        for r in range(self.routings):
            c = ops.softmax(logits, axis=1)
            v = self.squash(ops.einsum("bji,bjik->bjk", c, u_hat))
            if r < self.routings - 1:
                logits = logits + ops.einsum("bjk,bjki->bji", v, u_hat)
        return v


inp = keras.Input((18, 6))
caps = Capsule(5, 8)(inp)
length = ops.sqrt(ops.sum(ops.square(caps), axis=-1) + 1e-7)
model = keras.Model(inp, length)

x = np.random.randn(8, 18, 6).astype("float32")
y = np.eye(5, dtype="float32")[np.random.randint(0, 5, 8)]
model.compile("adam", "mse")
model.fit(x, y, epochs=1, verbose=0)
