"""Which calls `lint` speaks of, and which it leaves alone."""

import pytest

from shapeguard.linting.files import ON_BY_DEFAULT, RULES, findings_of

IMPORTS = "import keras\nfrom keras import layers\nfrom keras.layers import *\nfrom keras.models import Sequential\n"


def rules_at(source, rules=ON_BY_DEFAULT):
    """The rule and the line below the imports of each finding."""
    return [
        (found.rule, found.call.line - IMPORTS.count("\n")) for found in findings_of(IMPORTS + source, "x.py", rules)
    ]


SUSPICIOUS = {
    "Conv2D(32, 3, 3)": "keras1-size",
    "Convolution2D(n, 5, 5, activation='relu')": "keras1-size",
    "layers.SeparableConv2D(32, 3, 3, padding='same')": "keras1-size",
    "keras.layers.Conv2D(32, 7, 7, strides=2)": "keras1-size",
    "Conv3D(32, 3, 3, 3)": "argument-kind",
    "Conv2D(32, 3, 3, 3)": "argument-kind",
    "UpSampling2D(2, 2)": "argument-kind",
    "ZeroPadding2D(1, 1)": "argument-kind",
    "MaxPooling3D(2, 2, 2)": "argument-kind",
    "MaxPooling2D((2, 2), 'same')": "argument-kind",
    "Conv2D(32, (3, 3), 'same')": "argument-kind",
    "Dense(784, 128)": "argument-kind",
    "Embedding(5000, 64, 100)": "argument-kind",
    "Flatten(1)": "argument-kind",
    "Conv2D(32, (3, 3), border_mode='same')": "keras1-keyword",
    "Dense(output_dim=10)": "keras1-keyword",
    "Dense(10, init='uniform')": "keras1-keyword",
    "MaxPooling1D(pool_length=2)": "keras1-keyword",
    "LSTM(output_dim=10)": "keras1-keyword",
    "Dropout(p=0.5)": "keras1-keyword",
    "keras.Model(input=a, output=b)": "keras1-keyword",
    "model = Sequential()\nmodel.fit(x, y, nb_epoch=3)": "keras1-keyword",
    "Conv2D(32, 3, input_shape=(60000, 28, 28, 1))": "sample-count",
    "LSTM(32, input_shape=(None, 10, 3))": "sample-count",
    "LSTM(32, input_shape=x_train.shape)": "sample-count",
    "Input(shape=X_train.shape)": "sample-count",
    "LSTM(32, input_shape=(train_data.shape[0], 10, 3))": "sample-count",
    "Sequential([LSTM(3), LSTM(3)])": "return-sequences",
    "Sequential([Bidirectional(LSTM(3)), GRU(3)])": "return-sequences",
    "Sequential([Embedding(9, 3), LSTM(3, return_sequences=False), Dropout(0.1), LSTM(3)])": "return-sequences",
    "Sequential([SimpleRNN(3), TimeDistributed(Dense(3))])": "return-sequences",
    "m = Sequential()\nm.add(LSTM(3))\nm.add(LSTM(3))": "return-sequences",
    "Sequential([Embedding(9, 3), Flatten(), LSTM(3)])": "sequential-rank",
    "Sequential([Conv2D(3, 3), LSTM(3)])": "sequential-rank",
    "Sequential([GlobalAveragePooling2D(), Conv2D(3, 3)])": "sequential-rank",
    "Sequential([Input((28, 28)), Conv2D(3, 3)])": "sequential-rank",
    "Sequential([Conv2D(3, 3), MaxPooling2D(), Dense(9), Dense(3, activation='softmax')])": "dense-without-flatten",
    "m = Sequential()\nm.add(Conv2D(3, 3))\nm.add(Dense(3))\nm.add(Activation('softmax'))": "dense-without-flatten",
}


def test_a_suspicious_call_is_found_once():
    found = {source: [rule for rule, _ in rules_at(source)] for source in SUSPICIOUS}
    assert found == {source: [rule] for source, rule in SUSPICIOUS.items()}


FINE = [
    "Conv2D(32, 3, 1)",
    "Conv2D(32, 3, 2, 'same')",
    "Conv2D(32, 1, 1)",
    "Conv2D(32, (3, 3), (3, 3))",
    "Conv2D(32, 3, strides=3)",
    "Conv2D(96, 4, 4)",
    "Conv2D(f, k, k)",
    "Conv2D(dim, patch_size, patch_size)",
    "Conv2DTranspose(32, 3, 3)",
    "Conv2DTranspose(32, 2, 2)",
    "DepthwiseConv2D(3, 3)",
    "Conv1D(32, 3, 3)",
    "MaxPooling2D(2, 2)",
    "MaxPooling2D(3, 3, 'same')",
    "MaxPooling2D(2, 2, padding='same')",
    "UpSampling2D(2, 'channels_last')",
    "ZeroPadding2D(1)",
    "Conv2D(*sizes)",
    "Conv2D(32, *sizes)",
    "Conv2D(32, 3, **options)",
    "Dense(10, 'relu')",
    "Dense(10, True)",
    "LSTM(10, input_dim=3)",
    "Conv2D(32, 3, input_shape=(28, 28, 1))",
    "Conv2D(32, 3, batch_input_shape=(200, 28, 28, 1))",
    "Dense(32, input_shape=(100, 784))",
    "LSTM(32, input_shape=x_train.shape[1:])",
    "LSTM(32, input_shape=(x_train.shape[1], x_train.shape[2]))",
    "LSTM(32, input_shape=image.shape)",
    "TimeDistributed(Conv2D(3, 3), input_shape=(10, 28, 28, 1))",
    "TimeDistributed(Conv2D(3, 3, input_shape=(10, 28, 28, 1)))",
    "Sequential([LSTM(3, return_sequences=True), LSTM(3)])",
    "Sequential([LSTM(3, return_sequences=more), LSTM(3)])",
    "Sequential([LSTM(3, **options), LSTM(3)])",
    "Sequential([LSTM(3), RepeatVector(9), LSTM(3)])",
    "Sequential([LSTM(3), Reshape((3, 1)), LSTM(3)])",
    "Sequential([LSTM(3), anything(), LSTM(3)])",
    "Sequential([Conv2D(3, 3), Flatten(), Dense(3)])",
    "Sequential([Conv2D(3, 3), GlobalMaxPooling2D(), Dense(3)])",
    "Sequential([Conv2D(3, 3), Dense(3), Conv2D(3, 3)])",
    "Sequential([Conv2D(3, 3), Dense(3), Flatten(), Dense(3)])",
    "Sequential([Conv2D(3, 3), anything(), Dense(3)])",
    "Sequential([Conv1D(3, 3), Dense(3)])",
    "Sequential([GlobalAveragePooling2D(keepdims=True), Conv2D(3, 3)])",
    "Sequential([Input((2, 28, 28, 1)), TimeDistributed(Conv2D(3, 3)), TimeDistributed(Flatten()), LSTM(3)])",
    "m = Sequential()\nm.add(LSTM(3))\nif deep:\n    m.add(RepeatVector(3))\nm.add(LSTM(3))",
    "m = Sequential()\nm.add(LSTM(3))\nhelp(m)\nm.add(LSTM(3))",
    "m = Sequential()\nm.add(LSTM(3))\nm = Sequential()\nm.add(LSTM(3))",
    "m = Sequential()\nm.add(Conv2D(3, 3))\nm.add(Dense(3))\nfinish(m)",
    "estimator.fit(x, nb_epoch=3)",
    "mine.Conv2D(32, 3, 3)",
]


def test_a_call_that_may_be_meant_is_left_alone():
    assert {source: rules for source in FINE if (rules := rules_at(source))} == {}


WAYS_TO_CONV2D = [
    "from keras.layers import Conv2D as C\nC(32, 3, 3)",
    "import keras.layers as L\nL.Conv2D(32, 3, 3)",
    "import keras\nkeras.layers.Conv2D(32, 3, 3)",
    "import tensorflow as tf\ntf.keras.layers.Conv2D(32, 3, 3)",
    "import tensorflow.keras as k\nk.layers.Conv2D(32, 3, 3)",
    "from tensorflow import keras\nkeras.layers.Conv2D(32, 3, 3)",
    "from tensorflow.keras.layers import Conv2D\nConv2D(32, 3, 3)",
    "from tensorflow.keras import layers\nlayers.Conv2D(32, 3, 3)",
    "from keras.layers import *\nConv2D(32, 3, 3)",
    "from keras.layers.convolutional import Convolution2D\nConvolution2D(32, 3, 3)",
    "import tensorflow as tf\nkeras = tf.keras\nkeras.layers.Conv2D(32, 3, 3)",
    "import tensorflow as tf\nlayers = tf.keras.layers\nlayers.Conv2D(32, 3, 3)",
    "import keras\ndef build():\n    from keras import layers\n    return layers.Conv2D(32, 3, 3)",
]


def test_every_way_to_import_a_layer_is_understood():
    rules = {source: [found.rule for found in findings_of(source, "x.py")] for source in WAYS_TO_CONV2D}
    assert rules == {source: ["keras1-size"] for source in WAYS_TO_CONV2D}


NOT_KERAS = [
    "from mine.layers import Conv2D\nConv2D(32, 3, 3)",
    "from .layers import Conv2D\nimport keras\nConv2D(32, 3, 3)",
    "from keras.layers import *\nclass Conv2D: ...\nConv2D(32, 3, 3)",
    "from keras.layers import Conv2D\ndef Conv2D(*sizes): ...\nConv2D(32, 3, 3)",
    "from torch import nn\nnn.Conv2d(32, 3, 3)",
    "Conv2D(32, 3, 3)",
]


def test_a_class_of_the_same_name_from_elsewhere_is_not_a_layer():
    assert {source: found for source in NOT_KERAS if (found := findings_of(source, "x.py"))} == {}


def test_an_even_size_counts_where_the_file_is_keras_1_beyond_doubt():
    source = "Conv2D(32, 2, 2)\nConv2D(32, k, k)\nConv2D(32, 3, 3)"
    assert rules_at(source) == [("keras1-size-weak", 1), ("keras1-size-weak", 2), ("keras1-size", 3)]
    assert rules_at("Conv2D(32, 2, 2)") == []
    assert rules_at("Conv2D(32, 2, 2)", RULES) == [("keras1-size-weak", 1)]


CORRECTED = {
    "Conv2D(32,3,3,activation='relu')": "Conv2D(32,(3,3),activation='relu')",
    "Conv2D(32, 3,\n       3)": "Conv2D(32, (3,\n       3))",
    "Conv3D(8, 3, 3, 3)": "Conv3D(8, (3, 3, 3))",
    "UpSampling2D(2, 2)": "UpSampling2D((2, 2))",
    "MaxPooling2D((2, 2), 'same')": "MaxPooling2D((2, 2), padding='same')",
    "Dense(output_dim = 10, init='normal')": "Dense(units = 10, kernel_initializer='normal')",
    "ZeroPadding2D((1, 1), dim_ordering='th')": "ZeroPadding2D((1, 1), data_format='channels_first')",
    "Conv2D(3, 3, input_shape=(60000, 28, 28, 1))": "Conv2D(3, 3, input_shape=(28, 28, 1))",
    "Conv1D(3, 3, input_shape=(x_train.shape[0], 9, 1))": "Conv1D(3, 3, input_shape=(9, 1))",
    "Dense(3, input_shape=(x_train.shape[0], 9))": "Dense(3, input_shape=(9,))",
    "Input(x_train.shape)": "Input(x_train.shape[1:])",
    "Sequential([LSTM(3,), LSTM(3)])": "LSTM(3, return_sequences=True,)",
    "Sequential([LSTM(3, return_sequences=False), LSTM(3)])": "LSTM(3, return_sequences=True)",
}


def corrections(source):
    return [found.corrected for found in findings_of(IMPORTS + source, "x.py")]


def test_the_corrected_call_keeps_the_users_formatting():
    assert {source: corrections(source) for source in CORRECTED} == {
        source: [corrected] for source, corrected in CORRECTED.items()
    }


UNKNOWABLE = ["Conv2D(3, nb_row=3, nb_col=3)", "LSTM(3, input_shape=(x_train.shape[0], 9))", "Dense(784, 128)"]


def test_no_correction_is_offered_where_the_right_value_cannot_be_known():
    assert {source: corrections(source) for source in UNKNOWABLE} == {source: [None] for source in UNKNOWABLE}


@pytest.mark.parametrize(
    ("source", "place", "replacement"),
    [
        ("Sequential([Conv2D(3, 3), Dense(9)])", (5, 26), "Flatten(), "),
        ("Sequential([\n    layers.Conv2D(3, 3),\n    layers.Dense(9),\n])", (7, 4), "layers.Flatten(),\n    "),
        ("m = Sequential()\nm.add(Conv2D(3, 3))\nm.add(Dense(9))", (7, 0), "m.add(Flatten())\n"),
    ],
)
def test_a_missing_flatten_is_put_in_the_form_of_its_neighbours(source, place, replacement):
    (found,) = findings_of(IMPORTS + source, "x.py")
    (change,) = found.changes
    assert (change.replaces.line, change.replaces.column) == place
    assert (change.replaces.end_line, change.replaces.end_column) == place
    assert change.replacement == replacement
