"""What a mismatch raises, where it surfaces, and that the model is none the worse for it."""

import traceback

import keras
import numpy as np
import pytest
from helpers.observing import BACKEND, Rejected, Watching, classifier, fitted, images
from keras import layers


def weights(model):
    return [np.array(w) for w in model.get_weights()]


def same(left, right):
    return all((a == b).all() for a, b in zip(left, right, strict=True))


def train(model, watching):
    fitted(model, watching)


def evaluate(model, watching):
    model.evaluate(*images(), verbose=0, callbacks=[watching])


def predict(model, watching):
    model.predict(images()[0], verbose=0, callbacks=[watching])


PHASES = pytest.mark.parametrize("phase", [train, evaluate, predict])
MODES = pytest.mark.parametrize(
    "options",
    [{}, {"run_eagerly": True}, {"jit_compile": True}, {"steps_per_execution": 2}],
    ids=["as compiled", "run_eagerly", "jit_compile", "steps_per_execution"],
)


def skip_what_torch_cannot(options):
    if BACKEND == "torch" and ("jit_compile" in options or "steps_per_execution" in options):
        pytest.skip("torch.compile is tested apart, steps_per_execution must be 1 with the PyTorch backend")


@PHASES
@MODES
@pytest.mark.parametrize("deferred", [False, True])
def test_a_mismatch_raises_the_judges_own_exception(phase, options, deferred):
    skip_what_torch_cannot(options)
    model = classifier(deferred=deferred, **options)
    with pytest.raises(Rejected) as caught:
        phase(model, Watching(rejects=["conv"]))
    assert (type(caught.value), str(caught.value), caught.value.__cause__) == (Rejected, "rejected", None)


@PHASES
@pytest.mark.parametrize("deferred", [False, True])
def test_after_a_mismatch_the_model_still_trains(phase, deferred):
    model = classifier(deferred=deferred)
    with pytest.raises(Rejected):
        phase(model, Watching(rejects=["conv"]))
    before = weights(model)
    fitted(model)
    assert len(before) == 4
    assert all(np.isfinite(w).all() for w in weights(model))


@MODES
def test_no_weight_moves_before_a_built_model_is_rejected(options):
    skip_what_torch_cannot(options)
    model = classifier(**options)
    before = weights(model)
    with pytest.raises(Rejected):
        fitted(model, Watching(rejects=["dense"]), x=np.ones((32, 8, 8, 1)), y=np.ones((32,)))
    assert same(before, weights(model))


class Unsure(Watching):
    """Rejects in the step what it takes back when asked for the verdict, as after a fault of ours."""

    def judge(self, network, feed):
        super().judge(network, feed)


@MODES
def test_a_step_that_was_abandoned_for_nothing_is_made_after_all(options):
    skip_what_torch_cannot(options)
    x, y = np.random.default_rng(0).normal(size=(32, 8, 8, 1)), np.ones((32,))
    watching = Unsure(rejects=["dense"])
    reached = []
    for callbacks in ([], [watching]):
        keras.utils.set_random_seed(1)
        reached.append(weights(fitted(classifier(**options), *callbacks, x=x, y=y)))
    assert watching.networks
    assert same(*reached)


def test_without_comparing_in_the_trace_the_verdict_comes_after_one_step():
    model = classifier()
    watching = Watching(rejects=["dense"], abandons=False)
    with pytest.raises(Rejected):
        fitted(model, watching, x=np.ones((32, 8, 8, 1)), y=np.ones((32,)))
    assert watching.networks[0].complete
    fitted(model)


def test_an_exception_in_the_first_trace_ruins_an_unbuilt_model_of_plain_keras():
    """Trap 2: why a step of an unbuilt model is never abandoned on TensorFlow."""
    if BACKEND != "tensorflow":
        pytest.skip("elsewhere Keras builds the model before the first step")

    class Failing(layers.Layer):
        fails = True

        def call(self, x):
            if self.fails:
                raise RuntimeError("once")
            return x

    model = keras.Sequential([layers.Dense(2), Failing(), layers.Dense(3)])
    model.compile("sgd", "mse")
    with pytest.raises(RuntimeError):
        model.fit(np.zeros((8, 4)), np.zeros((8, 3)), verbose=0)
    Failing.fails = False
    with pytest.raises(Exception, match=r"Toutput_types|output_types|iterator|not iterable") as caught:
        model.fit(np.zeros((8, 4)), np.zeros((8, 3)), verbose=0)
    assert type(caught.value).__name__ in {"ValueError", "TypeError", "InvalidArgumentError"}


def test_an_exception_in_the_first_step_empties_the_variables_of_plain_keras():
    """Trap 1: why the state is put back on JAX."""
    if BACKEND != "jax":
        pytest.skip("only JAX takes the values out of the variables")
    model = classifier()
    with pytest.raises(ValueError, match="in the step"):
        fitted(model, Failing("in the step"))
    with pytest.raises(TypeError):
        model.get_weights()


class Failing(keras.callbacks.Callback):
    """Makes every forward pass fail from the first batch on."""

    def __init__(self, text):
        super().__init__()
        self.text = text

    def on_train_batch_begin(self, batch, logs=None):
        def call(*args, **kwargs):
            raise ValueError(self.text)

        self.model.layers[0].call = call


def test_a_failing_step_leaves_the_variables_in_place_when_watched():
    model = classifier()
    with pytest.raises(ValueError, match="in the step"):
        fitted(model, Watching(), Failing("in the step"))
    assert len(weights(model)) == 4


def test_a_failure_in_a_layer_is_shown_to_the_judge_with_the_calls_before_it():
    if BACKEND != "tensorflow":
        pytest.skip("elsewhere Keras raises before any callback, and the entrances explain it")

    class Broken(keras.Model):
        def __init__(self):
            super().__init__()
            self.before, self.wrong = layers.Dense(4, name="before"), layers.Reshape((5,), name="wrong")

        def call(self, x):
            return self.wrong(self.before(x))

    model = Broken()
    model.compile("sgd", "mse")
    watching = Watching(rejects=["wrong"])
    with pytest.raises(Rejected):
        model.fit(np.zeros((8, 4)), np.zeros((8, 5)), verbose=0, callbacks=[watching])
    failed = {call.layer: call.failure for call in watching.networks[-1].calls}
    assert failed["before"] is None
    assert failed["wrong"].exception_type == "ValueError"
    assert not watching.networks[-1].complete


class Swallowing(layers.Layer):
    """A layer of a user who catches everything."""

    def __init__(self):
        super().__init__()
        self.inner = layers.Dense(3, name="inner")

    def call(self, x):
        try:
            return self.inner(x)
        except Exception:  # noqa: BLE001
            return x


def test_a_layer_that_swallows_exceptions_does_not_hide_a_mismatch():
    model = keras.Sequential([keras.Input((3,)), Swallowing()])
    model.compile("sgd", "mse")
    with pytest.raises(Rejected):
        model.fit(np.zeros((8, 3)), np.zeros((8, 3)), verbose=0, callbacks=[Watching(rejects=["inner"])])


def test_a_traceback_shows_the_users_line_and_at_most_our_last_frame():
    with pytest.raises(Rejected) as caught:
        fitted(classifier(), Watching(rejects=["conv"]))
    files = [frame.filename for frame in traceback.extract_tb(caught.value.__traceback__)]
    assert files[0] == __file__
    assert not [file for file in files[:-1] if "/shapeguard/trace/" in file]
    assert len(files) <= 4


def test_an_exception_of_several_arguments_becomes_a_runtime_error_inside_a_layer():
    """Trap 5: why exceptions are raised from the step and marked against Keras' rewriting."""

    class Detailed(Exception):  # noqa: N818
        def __init__(self, text, detail):
            super().__init__(text)
            self.detail = detail

    class Marked(Detailed):
        _keras_call_info_injected = True

    def raised_in_a_layer(kind):
        class Raising(layers.Layer):
            def call(self, x):
                raise kind("text", "detail")

        with pytest.raises(Exception) as caught:  # noqa: PT011
            Raising()(keras.ops.zeros((1, 2)))
        return type(caught.value)

    assert raised_in_a_layer(Detailed) is RuntimeError
    assert raised_in_a_layer(Marked) is Marked
