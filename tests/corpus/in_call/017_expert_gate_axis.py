# SOURCE: https://github.com/AmazaspShumik/mtlearn/issues/1 (also https://github.com/keras-team/keras-io/pull/2221) [typical slip put into this code by me; the source does not report this very fault]
# KIND: mixture of experts: the gate's weights are expanded on the wrong axis before they weigh the stacked outputs
# PLAIN KERAS: ValueError: Exception encountered when calling MixtureOfExperts.call(). Dimensions must be equal, but are 16 and 4 for '{{node task_model_1/mixture_of_experts_1/mul}} = Mul[T=DT_FLOAT](task_model_1/mixture_of_experts_1/stack, task_model_1/mixture_of_experts_1/ExpandDims)' with input shapes: [?,4,16], [?,1,4].
# RIGHT: ops.expand_dims(axis=1 -> -1) at line "g = ops.expand_dims(self.gate(x), axis=1)" | ops.stack(axis=1 -> -1) together with ops.sum(axis=1 -> -1)
# NOT: MixtureOfExperts(4, 16): making the two equal only hides it
import numpy as np
import keras
from keras import layers, ops


class MixtureOfExperts(layers.Layer):
    def __init__(self, n_experts, width, **kwargs):
        super().__init__(**kwargs)
        self.experts = [layers.Dense(width, activation="relu") for _ in range(n_experts)]
        self.gate = layers.Dense(n_experts, activation="softmax")

    def call(self, x):
        outs = ops.stack([e(x) for e in self.experts], axis=1)    # (batch, 4, 16)
        g = ops.expand_dims(self.gate(x), axis=1)
        return ops.sum(outs * g, axis=1)


class TaskModel(keras.Model):
    def __init__(self, n_tasks=2):
        super().__init__()
        self.moe = [MixtureOfExperts(4, 16) for _ in range(n_tasks)]
        self.towers = [layers.Dense(1) for _ in range(n_tasks)]

    def call(self, x):
        per_task = [t(m(x)) for t, m in zip(self.towers, self.moe)]
        return ops.concatenate(per_task, axis=-1)


x = np.random.randn(8, 11).astype("float32")
y = np.random.randn(8, 2).astype("float32")
model = TaskModel()
model.compile("adam", "mse")
model.fit(x, y, epochs=1, verbose=0)
