"""Correct networks of many kinds, small enough to be built in a fraction of a second.

Layers are reached as `layers.X`, so that `mutants.py` can rewrite one argument in the source of a builder.
"""

import keras
from keras import layers


def digits_cnn():
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(32, (3, 3), activation="relu"),
            layers.Conv2D(64, (3, 3), activation="relu"),
            layers.MaxPooling2D((2, 2)),
            layers.Dropout(0.25),
            layers.Flatten(),
            layers.Dense(128, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )


def padded_cnn():
    model = keras.Sequential()
    model.add(keras.Input((64, 64, 3)))
    model.add(layers.Conv2D(16, 5, padding="same"))
    model.add(layers.MaxPooling2D())
    model.add(layers.Conv2D(32, 5, padding="same"))
    model.add(layers.MaxPooling2D())
    model.add(layers.Conv2D(64, 3, strides=2, padding="same"))
    model.add(layers.BatchNormalization())
    model.add(layers.GlobalAveragePooling2D())
    model.add(layers.Dense(64))
    model.add(layers.Dense(5))
    return model


def _vgg_block(x, filters, convolutions):
    for _ in range(convolutions):
        x = layers.Conv2D(filters, 3, padding="same", activation="relu")(x)
    return layers.MaxPooling2D(2, strides=2)(x)


def vgg():
    image = keras.Input((64, 64, 3))
    x = _vgg_block(image, 8, 2)
    x = _vgg_block(x, 16, 2)
    x = _vgg_block(x, 32, 3)
    x = _vgg_block(x, 64, 3)
    x = layers.Flatten()(x)
    x = layers.Dense(256, activation="relu")(x)
    x = layers.Dense(128, activation="relu")(x)
    return keras.Model(image, layers.Dense(10)(x))


def _residual(x, filters, strides=1):
    shortcut = x
    if strides > 1:
        shortcut = layers.Conv2D(filters, 1, strides=strides)(x)
    y = layers.Conv2D(filters, 3, strides=strides, padding="same")(x)
    y = layers.BatchNormalization()(y)
    y = layers.ReLU()(y)
    y = layers.Conv2D(filters, 3, padding="same")(y)
    return layers.ReLU()(layers.Add()([y, shortcut]))


def resnet():
    image = keras.Input((64, 64, 3))
    x = layers.Conv2D(16, 7, strides=2, padding="same")(image)
    x = layers.MaxPooling2D(3, strides=2, padding="same")(x)
    x = _residual(x, 16)
    x = _residual(x, 32, 2)
    x = _residual(x, 64, 2)
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(image, layers.Dense(10)(x))


def unet():
    image = keras.Input((64, 64, 1))
    a = layers.Conv2D(8, 3, padding="same")(image)
    a = layers.Conv2D(8, 3, padding="same")(a)
    b = layers.MaxPooling2D(2)(a)
    b = layers.Conv2D(16, 3, padding="same")(b)
    b = layers.Conv2D(16, 3, padding="same")(b)
    c = layers.MaxPooling2D(2)(b)
    c = layers.Conv2D(32, 3, padding="same")(c)
    c = layers.Conv2D(32, 3, padding="same")(c)
    d = layers.UpSampling2D(2)(c)
    d = layers.Conv2D(16, 2, padding="same")(d)
    d = layers.Concatenate(axis=3)([b, d])
    d = layers.Conv2D(16, 3, padding="same")(d)
    e = layers.Conv2DTranspose(8, 2, strides=2, padding="same")(d)
    e = layers.Concatenate(axis=3)([a, e])
    e = layers.Conv2D(8, 3, padding="same")(e)
    return keras.Model(image, layers.Conv2D(1, 1, activation="sigmoid")(e))


def _tower(x, ones, threes, fives):
    a = layers.Conv2D(ones, 1, padding="same")(x)
    b = layers.Conv2D(threes, 1, padding="same")(x)
    b = layers.Conv2D(threes, 3, padding="same")(b)
    c = layers.Conv2D(fives, 1, padding="same")(x)
    c = layers.Conv2D(fives, 5, padding="same")(c)
    d = layers.MaxPooling2D(3, strides=1, padding="same")(x)
    d = layers.Conv2D(ones, 1, padding="same")(d)
    return layers.Concatenate()([a, b, c, d])


def inception():
    image = keras.Input((32, 32, 3))
    x = layers.Conv2D(16, 3, strides=2)(image)
    x = _tower(x, 8, 16, 4)
    x = _tower(x, 16, 32, 8)
    x = layers.AveragePooling2D(5)(x)
    x = layers.Flatten()(x)
    return keras.Model(image, layers.Dense(10)(x))


def transposed_autoencoder():
    image = keras.Input((28, 28, 1))
    x = layers.Conv2D(16, 3, strides=2, padding="same")(image)
    x = layers.Conv2D(8, 3, strides=2, padding="same")(x)
    x = layers.Flatten()(x)
    x = layers.Dense(32, name="code")(x)
    x = layers.Dense(7 * 7 * 8)(x)
    x = layers.Reshape((7, 7, 8))(x)
    x = layers.Conv2DTranspose(8, 3, strides=2, padding="same")(x)
    x = layers.Conv2DTranspose(16, 3, strides=2, padding="same")(x)
    return keras.Model(image, layers.Conv2D(1, 3, padding="same", activation="sigmoid")(x))


def pooled_autoencoder():
    image = keras.Input((28, 28, 1))
    x = layers.Conv2D(16, (3, 3), padding="same", activation="relu")(image)
    x = layers.MaxPooling2D((2, 2), padding="same")(x)
    x = layers.Conv2D(8, (3, 3), padding="same", activation="relu")(x)
    x = layers.MaxPooling2D((2, 2), padding="same")(x)
    x = layers.Conv2D(8, (3, 3), padding="same", activation="relu")(x)
    x = layers.MaxPooling2D((2, 2), padding="same")(x)
    x = layers.Conv2D(8, (3, 3), padding="same", activation="relu")(x)
    x = layers.UpSampling2D((2, 2))(x)
    x = layers.Conv2D(8, (3, 3), padding="same", activation="relu")(x)
    x = layers.UpSampling2D((2, 2))(x)
    x = layers.Conv2D(16, (3, 3), activation="relu")(x)
    x = layers.UpSampling2D((2, 2))(x)
    return keras.Model(image, layers.Conv2D(1, (3, 3), padding="same")(x))


def stacked_lstm():
    return keras.Sequential(
        [
            keras.Input((50, 8)),
            layers.LSTM(64, return_sequences=True),
            layers.LSTM(32, return_sequences=True),
            layers.LSTM(16),
            layers.Dense(4),
        ]
    )


def forecasting_gru():
    return keras.Sequential(
        [
            keras.Input((96, 7)),
            layers.GRU(48),
            layers.RepeatVector(24),
            layers.GRU(48, return_sequences=True),
            layers.TimeDistributed(layers.Dense(16, activation="relu")),
            layers.TimeDistributed(layers.Dense(7)),
        ]
    )


def two_way_text():
    return keras.Sequential(
        [
            keras.Input((100,), dtype="int32"),
            layers.Embedding(5000, 64),
            layers.SpatialDropout1D(0.2),
            layers.Bidirectional(layers.LSTM(32, return_sequences=True)),
            layers.Bidirectional(layers.LSTM(16)),
            layers.Dense(24, activation="relu"),
            layers.Dense(1, activation="sigmoid"),
        ]
    )


def video():
    return keras.Sequential(
        [
            keras.Input((12, 32, 32, 3)),
            layers.TimeDistributed(layers.Conv2D(8, 3, padding="same")),
            layers.TimeDistributed(layers.MaxPooling2D(2)),
            layers.TimeDistributed(layers.Conv2D(16, 3)),
            layers.TimeDistributed(layers.Flatten()),
            layers.LSTM(32),
            layers.Dense(6),
        ]
    )


def wavenet():
    series = keras.Input((128, 1))
    x = layers.Conv1D(16, 2, padding="causal")(series)
    skips = []
    for rate in (1, 2, 4, 8):
        tanh = layers.Conv1D(16, 2, padding="causal", dilation_rate=rate, activation="tanh")(x)
        sigmoid = layers.Conv1D(16, 2, padding="causal", dilation_rate=rate, activation="sigmoid")(x)
        gated = layers.Multiply()([tanh, sigmoid])
        skip = layers.Conv1D(16, 1)(gated)
        skips.append(skip)
        x = layers.Add()([x, skip])
    x = layers.ReLU()(layers.Add()(skips))
    x = layers.Conv1D(32, 1, activation="relu")(x)
    return keras.Model(series, layers.Conv1D(1, 1)(x))


def sentence_cnn():
    words = keras.Input((60,), dtype="int32")
    x = layers.Embedding(2000, 50)(words)
    a = layers.GlobalMaxPooling1D()(layers.Conv1D(32, 3)(x))
    b = layers.GlobalMaxPooling1D()(layers.Conv1D(32, 4)(x))
    c = layers.GlobalMaxPooling1D()(layers.Conv1D(32, 5)(x))
    x = layers.Concatenate()([a, b, c])
    x = layers.Dropout(0.5)(x)
    return keras.Model(words, layers.Dense(3)(x))


def mobile():
    image = keras.Input((64, 64, 3))
    x = layers.Conv2D(8, 3, strides=2, padding="same", use_bias=False)(image)
    for filters, strides in ((16, 1), (32, 2), (32, 1), (64, 2)):
        x = layers.DepthwiseConv2D(3, strides=strides, padding="same", use_bias=False)(x)
        x = layers.BatchNormalization()(x)
        x = layers.Conv2D(filters, 1, use_bias=False)(x)
        x = layers.ReLU(6.0)(x)
    x = layers.GlobalAveragePooling2D(keepdims=True)(x)
    x = layers.Conv2D(10, 1)(x)
    return keras.Model(image, layers.Reshape((10,))(x))


def generator():
    return keras.Sequential(
        [
            keras.Input((100,)),
            layers.Dense(7 * 7 * 64, use_bias=False),
            layers.BatchNormalization(),
            layers.LeakyReLU(),
            layers.Reshape((7, 7, 64)),
            layers.Conv2DTranspose(32, (5, 5), strides=(1, 1), padding="same"),
            layers.Conv2DTranspose(16, (5, 5), strides=(2, 2), padding="same"),
            layers.Conv2DTranspose(1, (5, 5), strides=(2, 2), padding="same", activation="tanh"),
        ]
    )


def discriminator():
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.ZeroPadding2D(2),
            layers.Conv2D(32, 5, strides=2, padding="same"),
            layers.LeakyReLU(),
            layers.Conv2D(64, 5, strides=2, padding="same"),
            layers.LeakyReLU(),
            layers.Cropping2D(1),
            layers.Flatten(),
            layers.Dense(1),
        ]
    )


def two_inputs():
    image = keras.Input((32, 32, 3), name="image")
    table = keras.Input((20,), name="table")
    x = layers.SeparableConv2D(16, 3, padding="same")(image)
    x = layers.MaxPooling2D(4)(x)
    x = layers.Flatten()(x)
    x = layers.Dense(64)(x)
    y = layers.Dense(32)(table)
    y = layers.Dense(64)(y)
    z = layers.Concatenate()([x, y])
    z = layers.Dense(32)(z)
    return keras.Model([image, table], layers.Dense(2)(z))


def attention():
    words = keras.Input((40,), dtype="int32")
    x = layers.Embedding(3000, 48)(words)
    heard = layers.MultiHeadAttention(num_heads=4, key_dim=12)(x, x)
    x = layers.LayerNormalization()(layers.Add()([x, heard]))
    y = layers.Dense(96, activation="relu")(x)
    y = layers.Dense(48)(y)
    x = layers.LayerNormalization()(layers.Add()([x, y]))
    x = layers.GlobalAveragePooling1D()(x)
    return keras.Model(words, layers.Dense(2)(x))


def volumes():
    return keras.Sequential(
        [
            keras.Input((16, 32, 32, 1)),
            layers.Conv3D(8, 3),
            layers.MaxPooling3D((2, 2, 2)),
            layers.Conv3D(16, 3),
            layers.GlobalMaxPooling3D(),
            layers.Dense(3),
        ]
    )


def sound():
    wave = keras.Input((1024, 1))
    x = layers.Conv1D(16, 9, strides=4)(wave)
    x = layers.MaxPooling1D(4)(x)
    x = layers.Conv1D(32, 3)(x)
    x = layers.MaxPooling1D(4)(x)
    x = layers.Permute((2, 1))(x)
    x = layers.Flatten()(x)
    return keras.Model(wave, layers.Dense(35)(x))


def multilayer():
    return keras.Sequential(
        [
            keras.Input((784,)),
            layers.Dense(512, activation="relu"),
            layers.Dropout(0.2),
            layers.Dense(256, activation="relu"),
            layers.Dense(64, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )


def encoder_decoder():
    source = keras.Input((None, 30), name="source")
    target = keras.Input((None, 40), name="target")
    _, hidden, cell = layers.LSTM(64, return_state=True)(source)
    x = layers.LSTM(64, return_sequences=True)(target, initial_state=[hidden, cell])
    return keras.Model([source, target], layers.Dense(40, activation="softmax")(x))


FITTED = (
    digits_cnn,
    vgg,
    unet,
    transposed_autoencoder,
    stacked_lstm,
    two_way_text,
    wavenet,
    mobile,
    two_inputs,
    volumes,
    multilayer,
    sound,
)
"""The half on which weights may be fitted."""

REPORTED = (
    padded_cnn,
    resnet,
    inception,
    pooled_autoencoder,
    forecasting_gru,
    video,
    sentence_cnn,
    generator,
    discriminator,
    attention,
    encoder_decoder,
)
"""The half on which figures are reported."""

NETWORKS = FITTED + REPORTED

APPLICATIONS = {
    "MobileNetV2": (64, 64, 3),
    "ResNet50": (64, 64, 3),
    "DenseNet121": (64, 64, 3),
    "EfficientNetB0": (64, 64, 3),
    "InceptionV3": (96, 96, 3),
    "Xception": (96, 96, 3),
    "VGG16": (64, 64, 3),
    "NASNetMobile": (64, 64, 3),
}
"""One model of eight families of keras.applications, with an input as small as it allows."""
