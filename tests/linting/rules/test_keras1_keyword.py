"""The rule keras1-keyword: names of arguments from Keras 1."""

from helpers.linted import corrections, names_in

SUSPICIOUS = [
    "Conv2D(32, (3, 3), border_mode='same')",
    "Dense(output_dim=10)",
    "Dense(10, init='uniform')",
    "MaxPooling1D(pool_length=2)",
    "LSTM(output_dim=10)",
    "Dropout(p=0.5)",
    "LSTM(8, batch_input_shape=(16, 10, 3), stateful=True)",
    "keras.Model(input=a, output=b)",
    "model = Sequential()\nmodel.fit(x, y, nb_epoch=3)",
    "keras.optimizers.Adam(lr=0.1)",
    "from keras.optimizers import SGD\nSGD(lr=0.1, momentum=0.9)",
    "self.model.fit_generator(batches, epochs=3)",
    "model.predict_generator(batches)",
    "def build(): ...\nmodel = build()\nmodel.fit_generator(batches)",
    "import tensorflow as tf\nmodel = tf.keras.models.load_model(p)\nmodel.fit_generator(batches)",
]

FINE = [
    "LSTM(10, input_dim=3)",
    "import tf_keras\nfrom tf_keras.layers import LSTM\nLSTM(8, batch_input_shape=(16, 10, 3))",
    "estimator.fit(x, nb_epoch=3)",
    "mine.Adam(lr=0.1)",
    "import tf_keras\ntf_keras.optimizers.Adam(lr=0.1)\nmodel.fit_generator(batches)",
    "self.fit_generator(batches)",
    "import other\nmodel = other.Model(3)\nmodel.fit_generator(batches)",
    "keras.optimizers.legacy.Adam(lr=0.1)",
    "keras.optimizers.schedules.ExponentialDecay(0.1, 3, 0.5)",
    "class Trainer:\n    def fit_generator(self): ...\nTrainer().fit_generator()",
]

CORRECTED = {
    "Dense(8, batch_input_shape=(None, width))": "Dense(8, input_shape=(width,))",
    "LSTM(8, batch_input_shape=[16, 10, 3])": "LSTM(8, input_shape=(10, 3))",
    "keras.optimizers.Adam(lr = 0.1)": "keras.optimizers.Adam(learning_rate = 0.1)",
    "model.fit_generator(batches, epochs=3)": "model.fit(batches, epochs=3)",
    "Conv2D(3, nb_row=3, nb_col=k)": "Conv2D(3, kernel_size=(3, k))",
    "Dense(output_dim = 10, init='normal')": "Dense(units = 10, kernel_initializer='normal')",
    "ZeroPadding2D((1, 1), dim_ordering='th')": "ZeroPadding2D((1, 1), data_format='channels_first')",
}

UNKNOWABLE = [
    "model.fit_generator(generator=batches, samples_per_epoch=99)",
    "Conv2D(3, nb_row=3)",
    "LSTM(8, batch_input_shape=shape)",
    "LSTM(8, batch_input_shape=(16, 10, 3), stateful=True)",
    "Conv2D(3, nb_col=3, nb_row=3)",
]


def test_a_suspicious_call_is_found_once():
    assert {source: names_in(source) for source in SUSPICIOUS} == {source: ["keras1-keyword"] for source in SUSPICIOUS}


def test_a_call_that_may_be_meant_is_left_alone():
    assert {source: names for source in FINE if (names := names_in(source))} == {}


def test_the_corrected_call_keeps_the_users_formatting():
    assert {source: corrections(source) for source in CORRECTED} == {
        source: [corrected] for source, corrected in CORRECTED.items()
    }


def test_no_correction_is_offered_if_the_right_value_cannot_be_known():
    assert {source: corrections(source) for source in UNKNOWABLE} == {source: [None] for source in UNKNOWABLE}
