"""The rule sample-count: an `input_shape` that counts the samples."""

from helpers.linted import corrections, names_in

SUSPICIOUS = [
    "Conv2D(32, 3, input_shape=(60000, 28, 28, 1))",
    "LSTM(32, input_shape=(None, 10, 3))",
    "LSTM(32, input_shape=x_train.shape)",
    "Input(shape=X_train.shape)",
    "LSTM(32, input_shape=(train_data.shape[0], 10, 3))",
]

FINE = [
    "Conv2D(32, 3, input_shape=(28, 28, 1))",
    "from tf_keras.layers import Conv2D\nConv2D(32, 3, batch_input_shape=(200, 28, 28, 1))",
    "Dense(32, input_shape=(100, 784))",
    "LSTM(32, input_shape=x_train.shape[1:])",
    "LSTM(32, input_shape=(x_train.shape[1], x_train.shape[2]))",
    "LSTM(32, input_shape=image.shape)",
    "TimeDistributed(Conv2D(3, 3), input_shape=(10, 28, 28, 1))",
    "TimeDistributed(Conv2D(3, 3, input_shape=(10, 28, 28, 1)))",
]

CORRECTED = {
    "Conv2D(3, 3, input_shape=(60000, 28, 28, 1))": "Conv2D(3, 3, input_shape=(28, 28, 1))",
    "Conv1D(3, 3, input_shape=(x_train.shape[0], 9, 1))": "Conv1D(3, 3, input_shape=(9, 1))",
    "Dense(3, input_shape=(x_train.shape[0], 9))": "Dense(3, input_shape=(9,))",
    "Input(x_train.shape)": "Input(x_train.shape[1:])",
}

UNKNOWABLE = [
    "LSTM(3, input_shape=(x_train.shape[0], 9))",
]


def test_a_suspicious_call_is_found_once():
    assert {source: names_in(source) for source in SUSPICIOUS} == {source: ["sample-count"] for source in SUSPICIOUS}


def test_a_call_that_may_be_meant_is_left_alone():
    assert {source: names for source in FINE if (names := names_in(source))} == {}


def test_the_corrected_call_keeps_the_users_formatting():
    assert {source: corrections(source) for source in CORRECTED} == {
        source: [corrected] for source, corrected in CORRECTED.items()
    }


def test_no_correction_is_offered_if_the_right_value_cannot_be_known():
    assert {source: corrections(source) for source in UNKNOWABLE} == {source: [None] for source in UNKNOWABLE}
