"""In which modes and phases the steps are seen, and how often."""

import keras
import numpy as np
import pytest
from helpers.observing import BACKEND, CLASSIFIER, EAGER, Watching, batchless, classifier, fitted, images, shapes


def test_a_traced_step_is_seen_once_however_many_epochs():
    watching = Watching()
    fitted(classifier(), watching, epochs=3)
    assert len(watching.networks) == 1


def test_a_second_fit_with_a_cached_function_is_not_traced_again():
    """Trap 7: nothing is seen then, so that a guard must look at an abstract pass."""
    model = classifier()
    first, second = Watching(), Watching()
    fitted(model, first)
    fitted(model, second)
    assert (len(first.networks), len(second.networks)) == (1, 1 if EAGER else 0)


def test_a_second_fit_under_the_same_key_looks_at_nothing():
    model = classifier()
    first, second = Watching(key="as before"), Watching(key="as before")
    fitted(model, first)
    fitted(model, second)
    assert (len(first.networks), len(second.networks)) == (1, 0)


def test_a_short_last_batch_is_a_new_signature_where_the_host_traces_it_anew():
    watching = Watching()
    fitted(classifier(), watching, x=images(40)[0], y=images(40)[1], epochs=2)
    batches = [shapes(network)[0][1][0] for network in watching.networks]
    assert batches == ([None] if BACKEND == "tensorflow" else [16, 8])


@pytest.mark.parametrize("deferred", [False, True])
def test_eager_steps_are_seen_once_a_signature(deferred):
    watching = Watching()
    model = classifier(deferred=deferred, run_eagerly=True)
    fitted(model, watching, x=images(40)[0], y=images(40)[1], epochs=2)
    assert [shapes(network)[0][1][0] for network in watching.networks] == [16, 8]
    assert all(batchless(network) == CLASSIFIER for network in watching.networks)


def test_compiled_steps_are_seen():
    if BACKEND == "torch":
        pytest.skip("torch.compile is tested apart: it wants a C++ compiler")
    watching = Watching()
    fitted(classifier(jit_compile=True), watching)
    assert [batchless(network) for network in watching.networks] == [CLASSIFIER]


def test_several_steps_an_execution_are_seen_once():
    if BACKEND == "torch":
        pytest.skip("steps_per_execution must be 1 with the PyTorch backend")
    watching = Watching()
    fitted(classifier(steps_per_execution=2), watching, epochs=2)
    assert [batchless(network) for network in watching.networks] == [CLASSIFIER]


def test_evaluate_and_predict_are_phases_of_their_own():
    model, (x, y) = classifier(), images()
    watching = Watching()
    fitted(model, watching, validation_data=(x, y))
    model.evaluate(x, y, verbose=0, callbacks=[watching])
    model.predict(x, verbose=0, callbacks=[watching])
    assert list(dict.fromkeys(feed.phase for feed in watching.feeds)) == ["train", "test", "predict"]


def test_predict_with_a_short_last_batch_is_seen():
    watching = Watching()
    classifier().predict(images(40)[0], batch_size=16, verbose=0, callbacks=[watching])
    assert shapes(watching.networks[0])[0] == ("", (16, 3))
    assert shapes(watching.networks[-1])[0] == ("", (None if BACKEND == "tensorflow" else 8, 3))


def test_training_outside_of_the_watched_step_is_not_seen():
    model = classifier()
    other = classifier()

    class Calling(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            other(images(2)[0])

    watching = Watching()
    fitted(model, watching, Calling())
    assert [batchless(network) for network in watching.networks] == [CLASSIFIER]


def test_numpy_like_inputs_give_the_same_network():
    x, y = images()
    for given in (x, np.asfortranarray(x), keras.ops.convert_to_tensor(x)):
        watching = Watching()
        fitted(classifier(), watching, x=given, y=y)
        assert batchless(watching.networks[0]) == CLASSIFIER


def test_sizes_that_a_dataset_leaves_open_are_none():
    if BACKEND != "tensorflow":
        pytest.skip("only TensorFlow traces with open sizes")
    import tensorflow as tf

    x, y = images(8)
    dataset = tf.data.Dataset.from_generator(
        lambda: iter([(x, y)]),
        output_signature=(tf.TensorSpec((None, None, None, 1)), tf.TensorSpec((None,), "int32")),
    )
    layers = [keras.Input((None, None, 1)), keras.layers.Conv2D(2, 3), keras.layers.GlobalMaxPooling2D()]
    model = keras.Sequential(layers)
    model.compile("sgd", "sparse_categorical_crossentropy")
    watching = Watching()
    model.fit(dataset, verbose=0, shuffle=False, callbacks=[watching])
    assert shapes(watching.networks[0])[1][1] == (None, None, None, 2)


@pytest.mark.slow
def test_a_step_under_torch_compile_is_judged_by_an_abstract_pass_and_never_compiled_twice():
    if BACKEND != "torch":
        pytest.skip("torch.compile is PyTorch's")
    import torch

    model = classifier(jit_compile=True)
    watching = Watching()
    torch._dynamo.utils.counters.clear()
    fitted(classifier(jit_compile=True))
    plain = dict(torch._dynamo.utils.counters["stats"])
    torch._dynamo.utils.counters.clear()
    fitted(model, watching)
    assert torch._dynamo.utils.counters["stats"]["unique_graphs"] <= plain["unique_graphs"]
    assert [batchless(network) for network in watching.networks] == [CLASSIFIER]
