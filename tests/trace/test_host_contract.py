"""What Keras does that the observing room is built around: each test fails when Keras changes its mind."""

import random

import keras
import numpy as np
import pytest
from helpers.observing import BACKEND, EAGER, Watching, classifier, fitted, images, shapes
from keras import layers

from shapeguard.keras_compat import compiled_losses, interception, keras_layers, keras_trainers


class Order(keras.callbacks.Callback):
    """Writes down in which order Keras comes by."""

    def __init__(self):
        super().__init__()
        self.events = []

    def set_model(self, model):
        super().set_model(model)
        if model is not None:
            self.events.append(("set_model", all(layer.built for layer in model.layers)))

    def on_train_begin(self, logs=None):
        self.events.append(("on_train_begin", self.model.train_function is not None))


def test_a_callback_gets_a_deferred_model_unbuilt_only_on_tensorflow():
    """Trap 16: elsewhere wrong data and deferred models raise before any callback exists."""
    order = Order()
    fitted(classifier(deferred=True), order)
    assert order.events == [("set_model", BACKEND != "tensorflow"), ("on_train_begin", True)]


@pytest.mark.parametrize("wrong", ["inputs", "targets"])
def test_wrong_data_raises_before_any_callback_except_on_tensorflow(wrong):
    order = Order()
    model = classifier()
    model.compile("sgd", "categorical_crossentropy")
    shape = (8, 5, 5, 1) if wrong == "inputs" else (8, 8, 8, 1)
    with pytest.raises(Exception):  # noqa: B017, PT011
        model.fit(np.zeros(shape), np.zeros((8, 9)), verbose=0, callbacks=[order])
    assert bool(order.events) == (BACKEND == "tensorflow")


def test_the_step_function_is_looked_up_at_every_step():
    taken = []

    class Replacing(keras.callbacks.Callback):
        def on_train_batch_begin(self, batch, logs=None):
            original = self.model.train_function
            self.model.train_function = lambda *args: (taken.append(batch), original(*args))[1]

    fitted(classifier(), Replacing())
    assert set(taken) == {0, 1}


def test_on_train_end_is_not_called_after_an_exception():
    class Ending(keras.callbacks.Callback):
        ended = False

        def on_epoch_end(self, epoch, logs=None):
            raise RuntimeError("mine")

        def on_train_end(self, logs=None):
            self.ended = True

    ending = Ending()
    with pytest.raises(RuntimeError):
        fitted(classifier(), ending)
    assert not ending.ended


def test_the_batch_axis_is_static_on_tensorflow_only_where_it_divides():
    """Trap 17."""

    def batch_axis(count):
        watching = Watching()
        fitted(classifier(), watching, x=images(count)[0], y=images(count)[1])
        return shapes(watching.networks[0])[0][1][0]

    assert (batch_axis(32), batch_axis(40)) == (16, None if BACKEND == "tensorflow" else 16)


def test_forcing_a_new_step_function_does_not_trace_anew_on_jax():
    """Trap 3: why a cached function is replayed and not traced again."""
    if EAGER:
        pytest.skip("PyTorch traces nothing")
    model = classifier()
    first, second = Watching(), Watching()
    fitted(model, first)
    kept = model.train_function
    model.make_train_function(force=True)
    fitted(model, second)
    assert kept is not model.train_function
    assert len(second.networks) == (0 if BACKEND == "jax" else 1)


def test_pytorch_calls_layers_with_invented_batches_and_swallows_what_they_raise():
    """Trap 8: why nothing is recorded or raised inside a symbolic scope."""
    if BACKEND != "torch":
        pytest.skip("the other backends trace with None or a dynamic size")
    batches = []

    class Noticing(layers.Layer):
        def call(self, x):
            batches.append((x.shape[0], keras_layers.in_symbolic_scope()))
            if len(batches) == 1:
                raise ValueError("swallowed")
            return x

    Noticing()(keras.Input((3,)))
    assert {83, 89} & {size for size, _ in batches}
    assert all(symbolic for _, symbolic in batches)


def test_an_instance_cannot_intercept_its_own_calls():
    """Trap 6: why the class is patched."""
    layer = layers.Dense(2)
    object.__setattr__(layer, "__call__", lambda *_: "intercepted")
    assert layer(keras.ops.zeros((1, 3))).shape == (1, 2)


def called(run):
    """The names of the layers whose calls an interceptor sees while `run()` runs."""
    names = []

    def see(proceed, operation, args, kwargs):
        if not keras_layers.in_symbolic_scope():
            names.append(operation.name)
        return proceed(*args, **kwargs)

    with interception.intercepting(see):
        run()
    return names


def test_the_layer_inside_time_distributed_is_called_past_any_class_patch():
    """Trap 11, first half: it stays one opaque call."""
    inner = layers.Dense(2, name="inner")
    outer = layers.TimeDistributed(inner, name="outer")
    x = keras.ops.zeros((1, 4, 3))
    outer(x)
    assert "outer" in called(lambda: outer(x))
    assert "inner" not in called(lambda: outer(x))


def test_the_root_is_called_by_stateless_call_on_jax():
    """Trap 11, second half: JAX goes to `call` directly, which is why `stateless_call` is patched as well."""
    model = classifier()
    root = called(lambda: model.stateless_call(model.trainable_variables, model.non_trainable_variables, images(2)[0]))
    assert root[0] == model.name


def test_stateless_call_returns_what_it_did():
    model = classifier()
    state = ([v.value for v in model.trainable_variables], [v.value for v in model.non_trainable_variables])
    x = keras.ops.convert_to_tensor(images(2)[0])
    results = []
    called(lambda: results.append(model.stateless_call(*state, x, training=True)))
    called(lambda: results.append(model.stateless_call(*state, x, return_losses=True)))
    assert [len(result) for result in results] == [2, 3]
    assert results[0][0].shape == (2, 3)


def test_the_operations_of_a_functional_graph_are_called_as_operations():
    a = keras.Input((4,))
    model = keras.Model(a, keras.ops.concatenate([a, a * 2.0]))
    assert [name.rstrip("_0123456789") for name in called(lambda: model(keras.ops.zeros((1, 4))))[1:]] == [
        "multiply",
        "concatenate",
    ]


def test_making_a_layer_takes_numbers_from_pythons_random_generator():
    """Trap 12: why a what-if restores the generator's state."""
    config = layers.Dense(2).get_config()
    before = random.getstate()
    layers.Dense.from_config(config)
    assert random.getstate() != before


def test_asynchronous_callbacks_end_where_batch_end_is_overridden():
    """Trap 14."""

    class Ending(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            pass

    model = classifier()
    plain, ending = (keras.callbacks.CallbackList([callback], model=model) for callback in (Watching(), Ending()))
    assert not ending._async_train
    if BACKEND != "tensorflow":  # there 3.15 never dispatches so, 3.6 did
        assert plain._async_train


def test_the_trainers_private_names_are_where_the_doors_look():
    model = classifier()
    assert set(keras_trainers.own_layers(model)) >= {model, *model.layers}
    assert keras_trainers.replicas(model) == 1
    assert callable(compiled_losses.losses_of(model))
