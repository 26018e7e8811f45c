"""Every kind of model, of data and of step under a real guard: peace where it is right, a verdict where it is not.

After the verdict the model trains, and to the same bits as a model that never met a guard. Only a model of the user's
own class that TensorFlow builds in its first step has made that step before it is judged.
"""

import keras
import numpy as np
import pytest
from helpers.observing import BACKEND
from keras import layers

from shapeguard import ShapeGuard, ShapeMismatchError
from shapeguard.strict import ShapeGuardWarning

TENSORFLOW_ONLY = pytest.mark.skipif(BACKEND != "tensorflow", reason="TensorFlow's")
X = np.random.default_rng(0).normal(size=(16, 4)).astype("float32")
Y = X[:, :2]


def compiled(model, **options):
    model.compile("sgd", "mse", **options)
    return model


def dense():
    return layers.Dense(3, name="hidden"), layers.Dense(2, name="head")


def sequential(**options):
    return compiled(keras.Sequential([keras.Input((4,)), *dense()]), **options)


def deferred():
    return compiled(keras.Sequential(dense()))


class Subclassed(keras.Model):
    def __init__(self):
        super().__init__()
        self.hidden, self.head = dense()

    def call(self, x):
        return self.head(self.hidden(x))


class OwnStep(Subclassed):
    """A step and a loss of the user's own."""

    def train_step(self, *state_and_data):
        return super().train_step(*state_and_data)

    def compute_loss(self, *args, **kwargs):
        return 2.0 * super().compute_loss(*args, **kwargs)


class Pair(keras.Model):
    """Two networks and a step, without `call`."""

    def __init__(self):
        super().__init__()
        self.one = keras.Sequential([keras.Input((4,)), layers.Dense(3, name="hidden")], name="one")
        self.two = keras.Sequential([keras.Input((3,)), layers.Dense(2, name="head")], name="two")
        self.built = True  # without it PyTorch's trainer asks for a `call`

    def train_step(self, *state_and_data):
        x, _, _ = keras.utils.unpack_x_y_sample_weight(state_and_data[-1])
        if BACKEND != "jax":
            return {"score": keras.ops.mean(self.two(self.one(x)))}
        state = state_and_data[0]
        between, _ = self.one.stateless_call(state[0][:2], [], x)
        score, _ = self.two.stateless_call(state[0][2:], [], between)
        return {"score": keras.ops.mean(score)}, state


def pair():
    model = Pair()
    model.compile("sgd")
    return model


def functional():
    hidden, head = dense()
    inputs = keras.Input((4,))
    return compiled(keras.Model(inputs, head(keras.ops.tanh(hidden(inputs)) + 1.0)))


def nested():
    inner = keras.Sequential([keras.Input((4,)), layers.Dense(3, name="hidden")], name="inner")
    return compiled(keras.Sequential([keras.Input((4,)), inner, layers.Dense(2, name="head")]))


def shared():
    hidden = layers.Dense(3, name="hidden")
    a = keras.Input((4,))
    return compiled(keras.Model(a, layers.Dense(2, name="head")(hidden(a) + hidden(a))))


def structured():
    """Inputs and outputs as a dictionary of lists."""
    a, b = keras.Input((4,), name="a"), keras.Input((4,), name="b")
    hidden, head = dense()
    outputs = {"heads": [head(hidden(a)), layers.Dense(2, name="other")(b)]}
    return compiled(keras.Model({"both": [a, b]}, outputs))


def improvised():
    class Improvising(keras.Model):
        def __init__(self):
            super().__init__()
            self.head = layers.Dense(2, name="head")

        def call(self, x):
            return self.head(layers.Rescaling(2.0, name="hidden")(x[:, :3]))

    return compiled(Improvising())


def half():
    hidden = layers.Dense(3, dtype="mixed_bfloat16", name="hidden")
    return compiled(keras.Sequential([keras.Input((4,)), hidden, layers.Dense(2, name="head")]))


def again():
    with keras.RematScope(mode="full"):
        return sequential()


MODELS = {
    "Sequential": sequential,
    "deferred Sequential": deferred,
    "Functional with operations": functional,
    "subclassed": lambda: compiled(Subclassed()),
    "nested": nested,
    "a shared layer": shared,
    "a step of one's own": lambda: compiled(OwnStep()),
    "without call": pair,
    "a layer made inside call": improvised,
    "run_eagerly": lambda: sequential(run_eagerly=True),
    "subclassed and run_eagerly": lambda: compiled(Subclassed(), run_eagerly=True),
    "mixed precision": half,
    "jit_compile": lambda: sequential(jit_compile=True),
    "subclassed and jit_compile": lambda: compiled(Subclassed(), jit_compile=True),
    "steps_per_execution": lambda: sequential(steps_per_execution=2),
    "gradient checkpointing": again,
}
NOT_ON_TORCH = {"jit_compile", "subclassed and jit_compile", "steps_per_execution"}
ONLY_ON_JAX = {"gradient checkpointing"}
RIGHT, WRONG = {"**/hidden": "B 3"}, {"**/hidden": "B 5"}


@pytest.fixture(params=MODELS)
def make(request):
    if BACKEND == "torch" and request.param in NOT_ON_TORCH:
        pytest.skip("torch.compile is tested apart, steps_per_execution must be 1 with the PyTorch backend")
    if BACKEND != "jax" and request.param in ONLY_ON_JAX:
        pytest.skip("RematScope fails in plain Keras on TensorFlow, and changes nothing on PyTorch")
    return MODELS[request.param]


def fit(model, *guards, x=X, y=Y, **options):
    model.fit(x, y, batch_size=8, shuffle=False, verbose=0, callbacks=list(guards), **options)


def state(model):
    return [np.asarray(variable).tobytes() for variable in model.variables]


def trained(make, *guards):
    keras.utils.set_random_seed(3)
    model = make()
    fit(model, *guards, epochs=2)
    return model


def test_a_right_model_trains_in_peace_to_the_same_bits(make, recwarn):
    guarded = trained(make, guard := ShapeGuard(RIGHT))
    assert state(guarded) == state(trained(make))
    assert {row.status for row in guard.report.rows if row.layer == "hidden"} == {"ok"}
    assert not [each for each in recwarn if issubclass(each.category, ShapeGuardWarning)]


def test_a_wrong_model_is_rejected_in_fit_and_trains_afterwards_to_the_same_bits(make):
    keras.utils.set_random_seed(3)
    model = make()
    told_by_a_step = BACKEND == "tensorflow" and not model.built and not isinstance(model, keras.Sequential)
    with pytest.raises(ShapeMismatchError) as caught:
        fit(model, ShapeGuard(WRONG))
    assert caught.value.report.diagnoses[0].layer == "hidden"
    fit(model, epochs=2)
    if not told_by_a_step:
        assert state(model) == state(trained(make))


@pytest.mark.parametrize("method", ["evaluate", "predict", "train_on_batch", "test_on_batch", "predict_on_batch"])
def test_a_wrong_model_is_rejected_in_each_method_and_trains_afterwards(method):
    model = sequential()
    before = state(model)
    given = (X,) if method.startswith("predict") else (X, Y)
    if method.endswith("_on_batch"):
        with pytest.raises(ShapeMismatchError), ShapeGuard(WRONG):
            getattr(model, method)(*given)
    else:
        with pytest.raises(ShapeMismatchError):
            getattr(model, method)(*given, verbose=0, callbacks=[ShapeGuard(WRONG)])
    assert state(model)[: len(model.weights)] == before[: len(model.weights)]
    fit(model)
    getattr(model, method)(*given)


class Batches(keras.utils.PyDataset):
    def __len__(self):
        return 2

    def __getitem__(self, index):
        return X[8 * index : 8 * index + 8], Y[8 * index : 8 * index + 8]


def generator():
    while True:
        yield X[:8], Y[:8]


def tf_data():
    tf = pytest.importorskip("tensorflow")
    return tf.data.Dataset.from_tensor_slices((X, Y)).batch(8)


def data_loader():
    torch = pytest.importorskip("torch")
    pairs = torch.utils.data.TensorDataset(torch.from_numpy(X), torch.from_numpy(Y))
    return torch.utils.data.DataLoader(pairs, batch_size=8)


def frame():
    pandas = pytest.importorskip("pandas")
    return pandas.DataFrame(X)


DATA = {
    "tensors": lambda: {"x": keras.ops.convert_to_tensor(X), "y": keras.ops.convert_to_tensor(Y), "batch_size": 8},
    "a PyDataset": lambda: {"x": Batches()},
    "a generator": lambda: {"x": generator(), "steps_per_epoch": 2},
    "tf.data": lambda: {"x": tf_data()},
    "a DataLoader": lambda: {"x": data_loader()},
    "weighted arrays": lambda: {"x": X, "y": Y, "sample_weight": np.ones(16), "batch_size": 8},
    "a short last batch": lambda: {"x": X, "y": Y, "batch_size": 12},
    "a validation split": lambda: {"x": X, "y": Y, "validation_split": 0.3, "batch_size": 8},
    "a DataFrame": lambda: {"x": frame(), "y": Y, "batch_size": 8},
}


@pytest.mark.parametrize("data", DATA)
@pytest.mark.parametrize("make", [sequential, lambda: compiled(Subclassed())], ids=["built", "subclassed"])
def test_every_kind_of_data_is_watched(data, make, recwarn):
    options = {"shuffle": False, "verbose": 0}
    make().fit(**DATA[data](), **options, callbacks=[guard := ShapeGuard(RIGHT)])
    assert {row.status for row in guard.report.rows if row.layer == "hidden"} == {"ok"}
    model = make()
    with pytest.raises(ShapeMismatchError):
        model.fit(**DATA[data](), **options, callbacks=[ShapeGuard(WRONG)])
    model.fit(**DATA[data](), **options)
    assert not [each for each in recwarn if issubclass(each.category, ShapeGuardWarning)]


def test_nested_inputs_and_outputs_are_watched():
    data = {"both": [X, X]}, {"heads": [Y, Y]}
    structured().fit(*data, verbose=0, callbacks=[guard := ShapeGuard({"hidden": "B 3", "other": "B 2"})])
    assert {row.status for row in guard.report.rows if row.layer in ("hidden", "other")} == {"ok"}
    with pytest.raises(ShapeMismatchError):
        structured().fit(*data, verbose=0, callbacks=[ShapeGuard({"other": "B 3"})])


def test_each_call_of_a_shared_layer_can_be_meant_alone():
    assert len([row for row in rows(shared()) if row.layer == "hidden"]) == 2
    with pytest.raises(ShapeMismatchError):
        fit(shared(), ShapeGuard({"hidden@2": "B 5"}))


def rows(model):
    fit(model, guard := ShapeGuard(RIGHT))
    return guard.report.rows


@TENSORFLOW_ONLY
def test_ragged_data_is_watched():
    import tensorflow as tf

    class Pooling(keras.Model):
        def __init__(self):
            super().__init__()
            self.hidden = layers.Dense(2, name="hidden")

        def call(self, x):
            return self.hidden(tf.reduce_mean(x, axis=1))

    x = tf.ragged.constant([[[1.0, 2.0]], [[1.0, 2.0], [3.0, 4.0]]], ragged_rank=1)
    for expected, raises in (("B 2", False), ("B 3", True)):
        model = compiled(Pooling())
        try:
            model.fit(x, np.zeros((2, 2)), batch_size=2, verbose=0, callbacks=[ShapeGuard({"hidden": expected})])
            raised = False
        except ShapeMismatchError:
            raised = True
        assert raised is raises
