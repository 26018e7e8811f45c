"""After a guarded call nothing of ours is left, and what is not about shapes passes as the very same object."""

import copy
import gc
import json
import pickle
import random
import re
import threading
import weakref
import zipfile

import keras
import numpy as np
import pytest
from helpers.guarding import (
    EXPECTED,
    MISMATCH,
    Subclassed,
    classifier,
    compiled_for_labels,
    fitted,
    guard,
    images,
    outcome,
    untouched,
)
from helpers.observing import Raising

from shapeguard import ShapeGuard
from shapeguard.keras_compat import interception
from shapeguard.report import ShapeMismatchError

WRONG_IMAGES = images(32, 9)
DATA = np.random.default_rng(0).normal(size=(40, 8, 8, 1)).astype("float32"), np.arange(40) % 3


def trained(*callbacks, deferred, **wrapped):
    keras.utils.set_random_seed(3)
    model = classifier(deferred=deferred)
    fitted(model, *callbacks, data=DATA, epochs=2, validation_data=DATA, **wrapped)
    return [weight.tobytes() for weight in model.get_weights()]


@pytest.mark.parametrize("deferred", [False, True])
def test_the_weights_are_those_of_a_run_without_a_guard_bit_for_bit(deferred):
    assert trained(guard(), deferred=deferred) == trained(deferred=deferred)


def test_threads_that_share_one_guard_get_their_own_verdicts():
    guard, first_lines = ShapeGuard(EXPECTED), {}
    models = [classifier(stride) for stride in (1, 2, 1, 2)]

    def train(number):
        first_lines[number] = outcome(lambda: fitted(models[number], guard, data=DATA))[0]

    threads = [threading.Thread(target=train, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [first_lines[number] is None for number in range(4)] == [True, False, True, False]
    for model in models:
        fitted(model, data=DATA)


def test_a_list_of_callbacks_serves_several_fits():
    model = classifier()
    callbacks = keras.callbacks.CallbackList([ShapeGuard(EXPECTED)], add_history=True, model=model)
    for _ in range(2):
        model.fit(*DATA, batch_size=16, verbose=0, callbacks=callbacks)
    wrong = classifier(2)
    callbacks = keras.callbacks.CallbackList([ShapeGuard(EXPECTED)], add_history=True, model=wrong)
    for _ in range(2):
        with pytest.raises(ShapeMismatchError):
            wrong.fit(*DATA, batch_size=16, verbose=0, callbacks=callbacks)


class Drawing(keras.layers.Layer):
    """Draws from Python's and NumPy's random numbers whenever its `call` runs: on TensorFlow while it is traced."""

    def call(self, x):
        return x * (random.random() + np.random.rand())

    def compute_output_shape(self, shape):
        return shape


@pytest.mark.filterwarnings("ignore:(?s).*0-D tensors:UserWarning")  # PyTorch's, of what AugMix does
@pytest.mark.parametrize(
    "make",
    [
        pytest.param(Drawing, id="the user's"),
        pytest.param(
            lambda: keras.layers.AugMix((0, 1)),
            id="AugMix",
            marks=pytest.mark.skipif(not hasattr(keras.layers, "AugMix"), reason="Keras 3.6 has no AugMix"),
        ),
    ],
)
@pytest.mark.parametrize("deferred", [False, True])
def test_layers_that_draw_from_pythons_random_numbers_draw_the_same_ones(make, deferred):
    def drawn(*callbacks):
        keras.utils.set_random_seed(3)
        inputs = [] if deferred else [keras.Input((4, 4, 3))]
        model = keras.Sequential([*inputs, make(), keras.layers.Flatten(), keras.layers.Dense(2, name="dense")])
        model.compile("sgd", "mse")
        x = np.random.default_rng(0).uniform(size=(8, 4, 4, 3)).astype("float32")
        model.fit(x, np.ones((8, 2)), batch_size=4, verbose=0, callbacks=list(callbacks))
        return [weight.tobytes() for weight in model.get_weights()], random.getstate(), np.random.rand()

    assert drawn(watching := ShapeGuard({"dense": (None, 2)})) == drawn()
    assert watching.report.ok
    assert {row.status for row in watching.report.rows} >= {"ok"}


def test_a_with_block_around_everything_leaves_the_weights_the_same_bit_for_bit():
    with ShapeGuard(EXPECTED) as watching:
        guarded = trained(deferred=True)
    assert watching.report.ok
    assert guarded == trained(deferred=True)


def passing(watching):
    return fitted(classifier(), watching)


def mismatching(watching):
    model = classifier(2)
    assert outcome(lambda: fitted(model, watching)) == (MISMATCH, [])
    return model


def crashing(watching):
    model = classifier()
    with pytest.raises(ShapeMismatchError):
        fitted(model, watching, data=WRONG_IMAGES)
    return model


def interrupted(watching):
    model = classifier()
    with pytest.raises(KeyboardInterrupt):
        fitted(model, watching, Raising(KeyboardInterrupt(), "on_train_batch_begin"))
    return model


def calling(watching):
    model = classifier()
    with watching:
        model(images(16)[0])
    return model


def building(watching):
    with watching:
        model = classifier()
    watching.check(model)
    return model


@pytest.mark.parametrize("use", [passing, mismatching, crashing, interrupted, calling, building])
def test_a_guard_that_lives_on_keeps_neither_the_model_nor_its_layers_alive(use):
    watching = guard()
    model = use(watching)
    assert untouched(model)
    references = [weakref.ref(model), *(weakref.ref(layer) for layer in model.layers)]
    del model
    keras.utils.clear_session()
    gc.collect()
    assert [reference() for reference in references] == [None] * len(references)


@pytest.mark.parametrize("exception", [ValueError("mine"), FileNotFoundError("mine"), KeyboardInterrupt()])
@pytest.mark.parametrize("when", ["on_train_begin", "on_train_batch_begin", "on_train_batch_end", "on_train_end"])
def test_another_callback_may_raise_anything_and_the_model_trains_again(when, exception):
    model = classifier()
    for order in ([guard(), Raising(exception, when)], [Raising(exception, when), guard()]):
        with pytest.raises(type(exception)) as caught:
            fitted(model, *order)
        assert caught.value is exception
        assert untouched(model)
    if when == "on_train_batch_begin":
        fitted(model)


@pytest.mark.parametrize("exception", [ValueError("mine"), FileNotFoundError("mine"), KeyboardInterrupt()])
def test_what_the_users_data_raises_passes_as_the_very_same_object(exception):
    class Data(keras.utils.PyDataset):
        def __len__(self):
            return 2

        def __getitem__(self, index):
            raise exception

    for given in ([guard()], []):
        with pytest.raises(type(exception)) as caught:
            classifier().fit(Data(), verbose=0, shuffle=False, callbacks=given)
        assert caught.value is exception


class Failing(keras.layers.Layer):
    kind = None

    def call(self, x):
        if self.kind is not None:
            raise self.kind("mine")
        return x


@pytest.mark.parametrize("kind", [ValueError, FileNotFoundError, KeyError])
def test_what_a_users_layer_raises_reads_as_without_a_guard(kind):
    told = []
    for callbacks in ([], [guard()]):
        failing = Failing(name="failing")
        model = keras.Sequential([keras.Input((8, 8, 1)), failing, *classifier().layers])
        compiled_for_labels(model)
        failing.kind = kind
        with pytest.raises(Exception) as caught:  # noqa: PT011  Keras wraps it where it builds the model first
            fitted(model, *callbacks)
        told.append((type(caught.value), str(caught.value).replace(model.name, "model")))
    assert told[0] == told[1]


def test_an_exception_of_the_users_in_a_with_block_or_builder_passes_as_the_very_same_object():
    exception = ValueError("mine")

    def build():
        classifier()
        raise exception

    with pytest.raises(ValueError, match="mine") as caught:
        ShapeGuard()(build)()
    assert caught.value is exception
    with pytest.raises(ValueError, match="mine") as caught, ShapeGuard():
        build()
    assert caught.value is exception


def test_what_the_user_raises_when_keras_refuses_shapes_passes_as_the_very_same_object():
    exception = KeyError("mine")

    def build():
        try:
            keras.Sequential([keras.Input((6, 2)), keras.layers.LSTM(4), keras.layers.LSTM(3)])
        except ValueError:
            raise exception from None

    with pytest.raises(KeyError) as caught:
        ShapeGuard()(build)()
    assert caught.value is exception
    with pytest.raises(KeyError) as caught, ShapeGuard():
        build()
    assert caught.value is exception


def test_a_crash_over_shapes_is_explained_and_holds_what_keras_said():
    with pytest.raises(ShapeMismatchError) as caught:
        fitted(classifier(), guard(), data=WRONG_IMAGES)
    first = str(caught.value).partition("\n")[0]
    assert first == "[SG301] input 'input_layer': expected (16, 8, 8, 1), got (16, 9, 9, 1)"
    assert "expected axis -1 of input shape to have value 72" in caught.value.report.diagnoses[0].original
    assert isinstance(caught.value.__cause__, ValueError)


@pytest.mark.parametrize("mode", ["warn", "record"])
def test_a_crash_propagates_as_it_is_where_the_guard_does_not_raise(mode):
    with pytest.raises(ValueError, match=r"Exception encountered when calling Sequential\.call\(\)") as caught:
        fitted(classifier(), guard(on_mismatch=mode), data=WRONG_IMAGES)
    assert type(caught.value) is ValueError


def test_four_fits_at_once_get_their_own_verdicts():
    verdicts = {}

    def fit(number):
        verdicts[number] = outcome(lambda: fitted(classifier(1 + number % 2), guard()))[0]

    threads = [threading.Thread(target=fit, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert verdicts == {0: None, 1: MISMATCH, 2: None, 3: MISMATCH}
    assert not interception.active()


def test_a_block_in_one_thread_does_not_watch_another():
    seen = []

    def elsewhere():
        seen.append(tuple(classifier(2)(images(16)[0]).shape))

    with guard() as watching:
        thread = threading.Thread(target=elsewhere)
        thread.start()
        thread.join()
    assert seen == [(16, 3)]
    assert watching.report.rows == ()


def test_the_user_sees_one_frame_of_ours_below_the_call_of_fit():
    with pytest.raises(ShapeMismatchError) as caught:
        fitted(classifier(2), guard())
    files = [entry.path.name for entry in caught.traceback]
    assert files == ["test_what_is_left.py", "guarding.py", "traceback_utils.py", "phase_checks.py"]
    assert caught.value.__cause__ is None


def states_after(strides, *callbacks):
    """What random generators give after a `fit`, Keras' own and those of layers made later among them."""
    keras.utils.set_random_seed(11)
    model = classifier(strides)
    fitted(model, *callbacks, data=DATA)
    later = keras.layers.Dense(3, name="later")
    later.build((None, 4))
    drawn = keras.random.normal((3,))
    arrays = (*later.get_weights(), keras.ops.convert_to_numpy(drawn), np.random.rand(3))
    return [np.asarray(each).tobytes() for each in (*model.get_weights(), *arrays)], random.getstate()


def test_neither_watching_nor_diagnosing_moves_any_random_state():
    for strides in (1, 2):
        recording = guard(on_mismatch="record")
        assert states_after(strides, recording) == states_after(strides)
        assert recording.report.ok is (strides == 1)


class Configured(keras.callbacks.Callback):
    """What the model would be saved as, before, during and after training."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def look(self, *_, **__):
        self.seen.append(json.dumps([self.model.get_config(), self.model.get_compile_config()], default=str))

    on_train_begin = on_train_batch_begin = on_epoch_end = on_train_end = look


@pytest.mark.parametrize("outcome_of_it", ["right", "wrong"])
def test_what_a_model_is_saved_as_is_the_same_before_during_and_after(outcome_of_it, tmp_path):
    seen, archives = [], []
    for callbacks in ([], [guard(on_mismatch="record")]):
        keras.utils.clear_session()
        keras.utils.set_random_seed(1)
        configured = Configured()
        model = fitted(classifier(1 if outcome_of_it == "right" else 2), *callbacks, configured, data=DATA)
        seen.append(configured.seen)
        model.save(tmp_path / "model.keras")
        with zipfile.ZipFile(tmp_path / "model.keras") as archive:
            archives.append(re.sub(rb'"shared_object_id": \d+', b"", archive.read("config.json")))
        again = keras.models.load_model(tmp_path / "model.keras")
        pickled = pickle.loads(pickle.dumps(model))  # noqa: S301
        for copied in (again, pickled, copy.deepcopy(model), keras.models.clone_model(model)):
            configured.seen.append(json.dumps(copied.get_config(), default=str))
    assert seen[0] == seen[1]
    assert archives[0] == archives[1]


@pytest.mark.parametrize("expected", [{"*": "..."}, {"conv": (None, 7, 7, 2)}], ids=["right", "wrong"])
@pytest.mark.parametrize("make", [classifier, Subclassed])
def test_the_step_function_goes_with_the_next_compile_and_not_with_the_next_collection(make, expected):
    """JAX takes a step function that is made then for the old one while that lives: `evaluate` gave the old metrics."""
    model, functions = compiled_for_labels(make()), []

    class Noting(keras.callbacks.Callback):
        def on_train_begin(self, logs=None):
            functions.append(weakref.ref(self.model.train_function))

    gc.collect()
    gc.disable()
    try:
        outcome(lambda: fitted(model, Noting(), ShapeGuard(expected)))
        compiled_for_labels(model)
        assert [function() for function in functions] == [None]
    finally:
        gc.enable()
