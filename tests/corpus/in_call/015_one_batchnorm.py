# SOURCE: https://php.wlsqs.com/faq/1967744.html (Chinese question-and-answer page: one BatchNormalization used twice in a subclassed model)
# KIND: one BatchNormalization instance is used after convolutions of 6 and of 16 filters
# PLAIN KERAS: ValueError: Exception encountered when calling LeNetLike.call(). Input 0 with name 'None' of layer 'batch_normalization' is incompatible with the layer: expected axis -1 of input shape to have value 6, but received input with shape (None, 8, 8, 16)
# RIGHT: a second BatchNormalization layer missing: self.norm used twice, at line "x = self.norm(self.conv_b(x))" | Conv2D(filters=16 -> 6) for conv_b (or 6 -> 16 for conv_a)
# NOT: self.pool, which may be used twice
import numpy as np
import keras
from keras import layers


class LeNetLike(keras.Model):
    def __init__(self, classes):
        super().__init__()
        self.conv_a = layers.Conv2D(6, 5, activation="relu")
        self.conv_b = layers.Conv2D(16, 5, activation="relu")
        self.norm = layers.BatchNormalization()
        self.pool = layers.MaxPooling2D(2)
        self.flat = layers.Flatten()
        self.fc = layers.Dense(classes, activation="softmax")

    def call(self, img, training=False):
        x = self.norm(self.conv_a(img), training=training)
        x = self.pool(x)
        x = self.norm(self.conv_b(x), training=training)
        x = self.pool(x)
        return self.fc(self.flat(x))


x = np.random.rand(8, 28, 28, 1).astype("float32")
y = np.random.randint(0, 10, (8,))
net = LeNetLike(10)
net.compile("adam", "sparse_categorical_crossentropy")
net.fit(x, y, epochs=1, verbose=0)
