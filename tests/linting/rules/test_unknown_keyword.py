"""The rule unknown-keyword: a keyword that the layer does not have, but nearly."""

import pytest
from helpers.linted import corrections, found_in, names_in

from shapeguard.layers import covered
from shapeguard.layers.keywords import keywords_of
from shapeguard.layers.signatures import is_constructor

CORRECTED = {
    "Conv2D(4, 3, stride=2)": "Conv2D(4, 3, strides=2)",
    "Conv2D(filter=4, kernal_size=3)": "Conv2D(filters=4, kernel_size=3)",
    "LSTM(8, return_sequence=True)": "LSTM(8, return_sequences=True)",
    "Dense(unit = 3)": "Dense(units = 3)",
    "Dense(3, Activation='relu')": "Dense(3, activation='relu')",
    "MaxPooling2D(poolsize=2)": "MaxPooling2D(pool_size=2)",
    "Input(shapes=(3,))": "Input(shape=(3,))",
    "BatchNormalization(momentun=0.9)": "BatchNormalization(momentum=0.9)",
}

FINE = [
    "Conv2D(4, 3, strides=2, name='a', dtype='float16', input_shape=(8, 8, 1), trainable=False)",
    "Dense(3, input_dim=8, weights=w, kernel_initializer='zeros')",
    "Conv2D(4, 3, something=2)",
    "Conv2D(4, 3, 2, stride=2)",
    "Conv2D(4, 3, stride=2, strides=1)",
    "Embedding(10, 3, input_length=8)",
    "LSTM(8, implementation=2, time_major=False)",
    "Dense(3, **{'unit': 4})",
    "Bidirectional(LSTM(3), merge_mode='sum')",
]


def test_the_corrected_call_keeps_the_users_formatting():
    assert {source: names_in(source) for source in CORRECTED} == {source: ["unknown-keyword"] for source in CORRECTED}
    assert {source: corrections(source) for source in CORRECTED} == {
        source: [corrected] for source, corrected in CORRECTED.items()
    }


ADDED = {
    "model.add(Dense(64), activation='relu')": "model.add(Dense(64, activation='relu'))",
    "model.add(Dense(units=6,), activation='relu', name='a')": "model.add(Dense(units=6, activation='relu', name='a'))",
    "model.add(Flatten(), input_shape=(4, 4))": "model.add(Flatten(input_shape=(4, 4)))",
    "y = Dense(3)(x, activation='relu')": "Dense(3, activation='relu')(x)",
}
BESIDE = [
    "model.add(Dense(64), rebuild=False)",
    "others.add(Dense(64), activation='relu')",
    "y = Dense(3)(x, training=True)",
    "y = LSTM(3)(x, initial_state=state)",
    "model.add(Dense(64), **options)",
]


def test_keywords_of_a_layer_are_moved_into_its_constructor():
    head = "model = Sequential()\n"
    assert {source: corrections(head + source) for source in ADDED} == {
        source: [corrected] for source, corrected in ADDED.items()
    }
    assert {source: names for source in BESIDE if (names := names_in(head + source))} == {}


def test_a_keyword_that_exists_or_is_far_from_all_is_left_alone():
    assert {source: names for source in FINE if (names := names_in(source))} == {}


def test_a_name_of_keras_1_is_the_other_rules_matter():
    assert names_in("Conv2D(4, (3, 3), border_mode='same')") == ["keras1-keyword"]


def test_the_message_names_what_was_meant():
    ((_, found),) = found_in("Conv2D(4, 3, stride=2, activations='relu')")
    assert found.text.headline == (
        "suspicious call Conv2D: Conv2D has no arguments `stride`, `activations`; did you mean `strides`, `activation`?"
    )


def test_the_keywords_are_those_of_the_installed_keras():
    import inspect

    keras = pytest.importorskip("keras")
    read = [name for name in covered() if is_constructor(name)]
    assert [name for name in read if keywords_of(name) is None] == []
    for name in read:
        parameters = inspect.signature(getattr(keras.layers, name).__init__).parameters.values()
        theirs = {one.name for one in parameters if one.kind in {one.KEYWORD_ONLY, one.POSITIONAL_OR_KEYWORD}}
        assert theirs - {"self"} <= (keywords_of(name) or frozenset()) | {"layer"}, name
    assert inspect.signature(keras.Input).parameters.keys() <= keywords_of("Input")
