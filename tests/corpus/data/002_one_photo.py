# SOURCE: http://zijiebao.com/jishu/1003414.html
# KIND: one picture of 50 x 50 x 3 is given to predict without a batch axis
# PLAIN KERAS: ValueError: Input 0 with name 'input_layer' of layer 'functional' is incompatible with the layer: expected shape=(None, 50, 50, 3), found shape=(32, 50, 3)
# RIGHT: img[None] (or np.expand_dims(img, 0)) in predict
import numpy as np
from keras.layers import Conv2D, Dense, Flatten, Input, MaxPooling2D
from keras.models import Model

picture = Input((50, 50, 3))
h = MaxPooling2D()(Conv2D(16, 3, activation="relu")(picture))
model = Model(picture, Dense(2, activation="softmax")(Flatten()(h)))
img = np.random.rand(50, 50, 3)
model.predict(img, verbose=0)
