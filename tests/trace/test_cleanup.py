"""Nothing of a watch stays: after success, mismatch, Ctrl-C or the failure of somebody else."""

import copy
import gc
import pickle
import random
import threading
import weakref

import keras
import numpy as np
import pytest
from helpers.observing import (
    BACKEND,
    CLASSIFIER,
    EAGER,
    Raising,
    Rejected,
    Watching,
    batchless,
    classifier,
    fitted,
    images,
)

from shapeguard.keras_compat import interception, keras_layers
from shapeguard.strict import ShapeGuardWarning


def untouched(model):
    """Whether neither the model nor Keras carries anything of ours."""
    functions = (model.train_function, model.test_function, model.predict_function)
    mine = [f for f in functions if f is not None and "shapeguard" in (f.__module__ or "")]
    return (
        not mine and not interception.active() and "shapeguard" not in keras_layers.Layer.__call__.__code__.co_filename
    )


WHEN = ["on_epoch_begin", "on_train_batch_begin", "on_epoch_end", "on_train_end"]


def test_after_a_fit_keras_is_as_before():
    model = classifier()
    fitted(model, Watching())
    assert untouched(model)


@pytest.mark.parametrize("when", WHEN)
@pytest.mark.parametrize("exception", [KeyboardInterrupt(), RuntimeError("mine")])
def test_another_callback_may_raise_anything(when, exception):
    model = classifier()
    watching = Watching()
    with pytest.raises(type(exception)) as caught:
        fitted(model, Raising(exception, when), watching)
    assert caught.value is exception
    watching.watches["train"].close()
    assert untouched(model)


def test_a_wrapper_that_was_left_behind_removes_itself_at_the_next_step():
    """Trap 15."""
    model = classifier()
    watching = Watching()
    with pytest.raises(KeyboardInterrupt):
        fitted(model, watching, Raising(KeyboardInterrupt(), "on_epoch_begin"))
    assert not untouched(model)
    fitted(model)
    assert untouched(model)
    assert watching.networks == []


def test_a_wrapper_that_was_left_behind_does_not_watch_train_on_batch():
    model = classifier()
    watching = Watching()
    with pytest.raises(KeyboardInterrupt):
        fitted(model, watching, Raising(KeyboardInterrupt(), "on_epoch_begin"))
    model.train_on_batch(*images(4))
    assert untouched(model)
    assert watching.networks == []


def test_ctrl_c_in_a_step_passes_as_the_very_same_object():
    interrupt = KeyboardInterrupt()

    class Interrupting(keras.layers.Layer):
        armed = False

        def call(self, x):
            if self.armed and not keras_layers.in_symbolic_scope():
                raise interrupt
            return x

    layer = Interrupting()
    model = keras.Sequential([keras.Input((4,)), layer, keras.layers.Dense(1)])
    model.compile("sgd", "mse", run_eagerly=True)
    layer.armed = True
    with pytest.raises(KeyboardInterrupt) as caught:
        model.fit(np.zeros((8, 4)), np.zeros((8, 1)), verbose=0, callbacks=[Watching()])
    assert caught.value is interrupt
    assert untouched(model)
    assert len(model.get_weights()[0]) == 4


def test_the_model_and_its_layers_die_when_the_user_drops_them():
    model, watching = classifier(), Watching()
    fitted(model, watching)
    references = [weakref.ref(model), *(weakref.ref(layer) for layer in model.layers)]
    watching.set_model(None)
    watching.networks.clear()
    watching.watches.clear()
    del model
    keras.utils.clear_session()
    gc.collect()
    assert [reference() for reference in references] == [None] * len(references)


def test_a_closed_watch_holds_no_tensor():
    model, watching = classifier(), Watching()
    fitted(model, watching)
    watching.networks.clear()
    held = [x for x in gc.get_referents(watching.watches["train"]._recorder) if keras.ops.is_tensor(x)]
    assert held == []
    assert watching.watches["train"]._recorder.recorder is None


class Storing(keras.callbacks.Callback):
    def __init__(self, path):
        super().__init__()
        self.path, self.done = path, []

    def on_train_batch_end(self, batch, logs=None):
        if self.done:
            return
        self.model.save(self.path / "model.keras")
        self.model.save_weights(self.path / "model.weights.h5")
        self.done = [
            keras.models.load_model(self.path / "model.keras"),
            pickle.loads(pickle.dumps(self.model)),  # noqa: S301
            copy.deepcopy(self.model),
            keras.models.clone_model(self.model),
            type(self.model).from_config(self.model.get_config()),
        ]


def test_saving_and_copying_during_a_watched_fit_work(tmp_path):
    storing = Storing(tmp_path)
    fitted(classifier(), storing, Watching())
    for model in storing.done:
        model.compile("sgd", "sparse_categorical_crossentropy")
        assert "shapeguard" not in str(model.get_config())
        assert untouched(fitted(model))


def training(callbacks):
    """Weights after two seeded epochs, and the states of the random generators."""
    keras.utils.set_random_seed(7)
    layers = [keras.Input((8, 8, 1)), keras.layers.Conv2D(2, 3), keras.layers.Dropout(0.5), keras.layers.Flatten()]
    model = keras.Sequential([*layers, keras.layers.BatchNormalization(), keras.layers.Dense(3, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy")
    x = np.random.default_rng(1).normal(size=(40, 8, 8, 1)).astype("float32")
    fitted(model, *callbacks, x=x, y=np.arange(40) % 3, epochs=2)
    return [np.array(w) for w in model.get_weights()], random.getstate(), np.random.get_state()


def test_watching_changes_no_bit_of_the_weights_and_no_random_state():
    plain, watched = training([]), training([Watching()])
    assert all(a.tobytes() == b.tobytes() for a, b in zip(plain[0], watched[0], strict=True))
    assert plain[1] == watched[1]
    assert [str(part) for part in plain[2]] == [str(part) for part in watched[2]]


def test_threads_that_fit_several_models_get_their_own_verdicts():
    verdicts = {}

    def fit(number):
        model = classifier()
        watching = Watching(rejects=["conv"] if number % 2 else [])
        try:
            fitted(model, watching)
            verdicts[number] = [batchless(network) == CLASSIFIER for network in watching.networks]
        except Rejected:
            verdicts[number] = "rejected"

    threads = [threading.Thread(target=fit, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert verdicts == {0: [True], 1: "rejected", 2: [True], 3: "rejected"}
    assert not interception.active()


def test_a_fit_inside_a_callback_is_watched_apart():
    inner_watching, watching = Watching(), Watching()

    class Nesting(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            fitted(classifier(), inner_watching)

    fitted(classifier(), watching, Nesting())
    assert [batchless(network) for network in watching.networks + inner_watching.networks] == [CLASSIFIER] * 2


def _passing(proceed, operation, args, kwargs):
    return proceed(*args, **kwargs)


def test_a_patch_that_somebody_else_laid_over_ours_stays():
    original = keras_layers.Layer.__call__
    with interception.intercepting(_passing):
        ours = keras_layers.Layer.__call__

        def theirs(self, *args, **kwargs):
            return ours(self, *args, **kwargs)

        keras_layers.Layer.__call__ = theirs
    try:
        assert keras_layers.Layer.__call__ is theirs
        assert keras.layers.Dense(2)(keras.ops.zeros((1, 3))).shape == (1, 2)
    finally:
        keras_layers.Layer.__call__ = original


def test_the_step_function_of_an_eager_backend_is_given_back_too():
    model = classifier(run_eagerly=not EAGER)
    fitted(model, Watching())
    assert untouched(model)


@pytest.mark.parametrize("rejects", [[], ["dense"]])
def test_two_watches_of_one_fit_both_see_it_and_both_go(rejects):
    model, first, second = classifier(), Watching(), Watching(rejects=rejects)
    own = []

    class Noting(keras.callbacks.Callback):
        def on_train_begin(self, logs=None):
            own.append(self.model.train_function)

    try:
        fitted(model, Noting(), first, second)
    except Rejected:
        first.watches["train"].close()
        second.watches["train"].close()
    is_ruined = rejects and BACKEND == "tensorflow"  # a trace in which the optimizer's variables were to be made
    assert model.train_function is (None if is_ruined else own[0])
    assert untouched(model)
    if not rejects:
        assert [len(watching.networks) for watching in (first, second)] == [1, 1]


def test_a_failure_of_our_own_is_one_warning_and_training_goes_on(monkeypatch):
    from shapeguard.trace import step_recorder

    class Broken(step_recorder.Recorder):
        def begin(self, operation, args, kwargs):
            raise ZeroDivisionError

    monkeypatch.setattr(step_recorder, "Recorder", Broken)
    monkeypatch.delenv("SHAPEGUARD_STRICT")
    watching = Watching()
    with pytest.warns(ShapeGuardWarning, match="ShapeGuard failed while observing a step") as warned:
        fitted(classifier(), watching, epochs=2)
    assert len([each for each in warned if each.category is ShapeGuardWarning]) == 1
    assert watching.networks == []
