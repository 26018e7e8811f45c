import numpy as np
import keras
from keras import layers, ops


class SqueezeExcite(layers.Layer):
    def __init__(self, ratio=4, **kwargs):
        super().__init__(**kwargs)
        self.ratio = ratio

    def build(self, input_shape):
        c = input_shape[-1]
        self.fc1 = layers.Dense(c // self.ratio, activation="relu")
        self.fc2 = layers.Dense(c, activation="sigmoid")

    def call(self, x):
        s = ops.mean(x, axis=(1, 2), keepdims=True)      # one value a channel
        return x * self.fc2(self.fc1(s))


class ResidualBlock(layers.Layer):
    def __init__(self, filters, stride=1, **kwargs):
        super().__init__(**kwargs)
        self.filters, self.stride = filters, stride
        self.conv1 = layers.Conv2D(filters, 3, strides=stride, padding="same", use_bias=False)
        self.bn1 = layers.BatchNormalization()
        self.conv2 = layers.Conv2D(filters, 3, padding="same", use_bias=False)
        self.bn2 = layers.BatchNormalization()
        self.se = SqueezeExcite()

    def build(self, input_shape):
        self.project = None
        if self.stride != 1 or input_shape[-1] != self.filters:
            self.project = layers.Conv2D(self.filters, 1, strides=self.stride)

    def call(self, x, training=False):
        h = ops.relu(self.bn1(self.conv1(x), training=training))
        h = self.se(self.bn2(self.conv2(h), training=training))
        short = x if self.project is None else self.project(x)
        return ops.relu(h + short)


class SEResNet(keras.Model):
    def __init__(self, classes, widths=(8, 16, 32), per_stage=2):
        super().__init__()
        self.stem = layers.Conv2D(widths[0], 3, padding="same")
        self.stages = []
        for i, w in enumerate(widths):
            for j in range(per_stage):
                stride = 2 if i > 0 and j == 0 else 1
                self.stages.append(ResidualBlock(w, stride))
        self.pool = layers.GlobalAveragePooling2D()
        self.fc = layers.Dense(classes, activation="softmax")

    def call(self, x, training=False):
        x = self.stem(x)                            # (batch, 18, 18, 8)
        for block in self.stages:
            x = block(x, training=training)
        return self.fc(self.pool(x))                # (batch, 5)


x = np.random.rand(4, 18, 18, 3).astype("float32")
y = np.random.randint(0, 5, (4,))
net = SEResNet(5)
net.compile("sgd", "sparse_categorical_crossentropy")
net.fit(x, y, epochs=1, verbose=0)
