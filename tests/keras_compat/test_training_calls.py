"""The doors of training: what is asked, what is raised, and that a door nobody minds adds nothing."""

import gc
import traceback
import weakref

import keras
import numpy as np
import pytest
from helpers.observing import Rejected, classifier, fitted, images

from shapeguard.keras_compat import tracebacks, training_calls
from shapeguard.report import ShapeMismatchError


class Minding:
    """Stands for a guard: alive, it keeps the doors awake and writes down what it is asked."""

    def __init__(self, answer=None):
        self.answer, self.failures, self.entered, self.left = answer, [], [], []
        training_calls.install(self.failed, on_entry=self.entered.append, on_exit=self.left.append)
        training_calls.enable(self)

    def failed(self, model, phase, args, kwargs, exception, call):
        self.failures.append((model, phase, exception, call))
        return self.answer


@pytest.fixture(autouse=True)
def _forgotten():
    yield
    training_calls.install(lambda *_: None)
    gc.collect()


WRONG = np.zeros((8, 3, 3, 1)), np.zeros((8,))


def failing(model, x=WRONG[0], y=WRONG[1]):
    with pytest.raises(Exception) as caught:  # noqa: PT011
        model.fit(x, y, verbose=0)
    return caught.value


def frames(exception):
    return [(frame.filename, frame.name) for frame in traceback.extract_tb(exception.__traceback__)]


def test_an_unexplained_exception_passes_with_its_traceback_unchanged():
    plain = failing(classifier())
    minding = Minding()
    passed = failing(classifier())
    assert frames(passed) == frames(plain)
    assert (type(passed), passed.__cause__) == (type(plain), None)
    assert minding.failures[0][2] is passed


def test_the_users_own_exception_passes_as_the_very_same_object():
    class Mine(Exception):  # noqa: N818
        pass

    mine = Mine()

    class Raising(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            raise mine

    minding = Minding()
    with pytest.raises(Mine) as caught:
        fitted(classifier(), Raising())
    assert caught.value is mine
    assert minding.failures[0][2] is mine


def test_an_explanation_is_raised_from_the_original():
    minding = Minding(Rejected("explained"))
    raised = failing(classifier())
    original = minding.failures[0][2]
    assert (raised, raised.__cause__) == (minding.answer, original)
    assert vars(raised) == {}
    assert frames(raised)[0] == (__file__, "failing")
    assert len(frames(raised)) <= 3


def test_an_explanation_keeps_its_cause_without_keras_traceback_filter():
    keras.config.disable_traceback_filtering()
    try:
        minding = Minding(Rejected("explained"))
        raised = failing(classifier())
        assert raised.__cause__ is minding.failures[0][2]
        assert vars(raised) == {}
    finally:
        keras.config.enable_traceback_filtering()


def test_our_own_error_passes_without_being_asked_about_and_keeps_its_cause():
    cause, error = KeyError("why"), ShapeMismatchError("found")

    class Raising(keras.callbacks.Callback):
        def on_train_begin(self, logs=None):
            raise error from cause

    minding = Minding(Rejected("not this"))
    with pytest.raises(ShapeMismatchError) as caught:
        fitted(classifier(), Raising())
    assert (caught.value, caught.value.__cause__) == (error, cause)
    assert minding.failures == []


def test_the_users_call_is_told():
    minding = Minding()
    wrong_images, labels = WRONG
    with pytest.raises(Exception):  # noqa: B017, PT011
        classifier().fit(wrong_images, labels, verbose=0)
    _, phase, _, call = minding.failures[0]
    assert (phase, call.x_text, call.y_text) == ("train", "wrong_images", "labels")
    assert call.call_span.file == __file__


def test_ctrl_c_passes_unasked_and_the_door_is_closed_behind_it():
    class Interrupting(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            raise KeyboardInterrupt

    minding = Minding(Rejected("not this"))
    with pytest.raises(KeyboardInterrupt):
        fitted(classifier(), Interrupting())
    assert (minding.failures, len(minding.left), training_calls.running()) == ([], 1, ())


@pytest.mark.parametrize(
    ("method", "phase"),
    [
        ("fit", "train"),
        ("evaluate", "test"),
        ("predict", "predict"),
        ("train_on_batch", "train"),
        ("test_on_batch", "test"),
        ("predict_on_batch", "predict"),
    ],
)
def test_each_method_of_training_is_a_door(method, phase):
    minding = Minding()
    x, y = images(4)
    arguments = (x,) if phase == "predict" else (x, y)
    getattr(classifier(), method)(*arguments)
    assert [(training_call.method, training_call.phase, training_call.depth) for training_call in minding.left][-1] == (
        method,
        phase,
        0,
    )


@pytest.mark.parametrize("method", ["fit", "train_on_batch"])
def test_an_explanation_is_raised_by_filtered_and_unfiltered_methods_alike(method):
    minding = Minding(Rejected("explained"))
    with pytest.raises(Rejected) as caught:
        getattr(classifier(), method)(*WRONG)
    assert caught.value.__cause__ is minding.failures[0][2]
    assert vars(caught.value) == {}


def test_validation_and_a_fit_inside_a_fit_are_nested():
    minding = Minding()
    x, y = images(4)

    class Nesting(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            fitted(classifier())

    fitted(classifier(), Nesting(), x=x, y=y, validation_data=(x, y))
    assert [(e.method, e.depth) for e in minding.left] == [("evaluate", 1), ("fit", 1), ("fit", 0)]


def test_a_failure_in_validation_is_explained_once():
    answer = ShapeMismatchError("explained")
    minding = Minding(answer)
    x, y = images(4)
    with pytest.raises(ShapeMismatchError) as caught:
        fitted(classifier(), x=x, y=y, validation_data=WRONG)
    assert [phase for _, phase, _, _ in minding.failures] == ["test"]
    assert caught.value.__cause__ is minding.failures[0][2]


@pytest.fixture
def alone(monkeypatch):
    """As if no guard of another test were alive: an exception kept by pytest holds the frames that hold its guard."""
    monkeypatch.setattr(training_calls, "_owners", weakref.WeakSet())


@pytest.mark.usefixtures("alone")
def test_the_doors_are_dormant_when_no_guard_is_alive():
    minding = Minding(Rejected("not this"))
    failures = minding.failures
    training_calls.disable(minding)
    failing(classifier())
    assert failures == []


@pytest.mark.usefixtures("alone")
def test_a_guard_that_was_dropped_keeps_no_door_awake():
    class Owner:
        pass

    asked, owner = [], Owner()
    training_calls.install(lambda *arguments: asked.append(arguments))
    training_calls.enable(owner)
    del owner
    gc.collect()
    failing(classifier())
    assert asked == []


def test_the_methods_look_as_they_did():
    training_calls.install(lambda *_: None)
    assert keras.Model.fit.__name__ == "fit"
    assert keras.Model.fit.__module__.startswith("keras.")


def test_a_method_that_another_library_has_wrapped_stays_wrapped():

    def theirs(*args, **kwargs):
        return "theirs"

    theirs.__wrapped__ = keras.Model.fit
    assert tracebacks.without_filter(theirs) is theirs
    assert tracebacks.without_filter(tracebacks.filtered(theirs)) is theirs
