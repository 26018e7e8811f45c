from helpers.observing import classifier

from shapeguard.keras_compat.legacy import legacy_sentence


def test_a_model_of_keras_3_is_no_legacy():
    assert legacy_sentence(classifier()) is None


def test_a_model_of_keras_2_gets_one_clear_sentence():
    model = type("Sequential", (), {"__module__": "tf_keras.src.engine.sequential"})
    mine = type("Mine", (model,), {})()
    assert legacy_sentence(mine) == (
        "Mine is a model of tf_keras (Keras 2), which ShapeGuard does not check: "
        "build it with `import keras` (Keras 3), without TF_USE_LEGACY_KERAS"
    )
