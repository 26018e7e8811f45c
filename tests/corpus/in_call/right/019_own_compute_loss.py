"""Multi-task model with learned task weights in compute_loss."""
import numpy as np
import keras
from keras import layers, ops


class UncertaintyModel(keras.Model):
    def __init__(self, classes):
        super().__init__()
        self.conv = layers.Conv1D(10, 3, padding="same", activation="relu")
        self.rnn = layers.Bidirectional(layers.GRU(8, return_sequences=True))
        self.cls = layers.Dense(classes)
        self.box = layers.Dense(4)
        self.log_vars = self.add_weight(name="log_vars", shape=(2,), initializer="zeros")
        self.ce = keras.metrics.Mean(name="ce")
        self.reg = keras.metrics.Mean(name="reg")

    def call(self, x):
        h = self.rnn(self.conv(x))              # (batch, 15, 16)
        pooled = ops.max(h, axis=1)             # (batch, 16)
        return {"cls": self.cls(pooled), "box": self.box(pooled), "steps": h}

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        ce = keras.losses.sparse_categorical_crossentropy(y["cls"], y_pred["cls"], from_logits=True)
        ce = ops.mean(ce)
        err = ops.abs(y["box"] - y_pred["box"])         # (batch, 4)
        huber = ops.where(err < 1.0, 0.5 * ops.square(err), err - 0.5)
        reg = ops.mean(ops.sum(huber, axis=-1))
        # neighbouring steps should look alike
        h = y_pred["steps"]
        smooth = ops.mean(ops.square(h[:, 1:] - h[:, :-1]))
        losses = ops.stack([ce, reg])                   # (2,)
        total = ops.sum(ops.exp(-self.log_vars) * losses + self.log_vars)
        self.ce.update_state(ce)
        self.reg.update_state(reg)
        return total + 0.01 * smooth

    @property
    def metrics(self):
        return [self.ce, self.reg]


n = 8
x = np.random.randn(n, 15, 5).astype("float32")
y = {
    "cls": np.random.randint(0, 3, (n,)),
    "box": np.random.rand(n, 4).astype("float32"),
}
model = UncertaintyModel(3)
model.compile(optimizer="adam")
model.fit(x, y, batch_size=4, epochs=1, verbose=0)
