"""A crash of Keras or its backend over shapes always has an answer; what else is raised passes as the same object."""

import keras
import numpy as np
import pytest
from helpers.crashes import BACKEND, BUILT, CALLED, TRAINED, Batches, Flat, Sum, dense, zeros
from keras import layers, ops

from shapeguard import ShapeGuard, ShapeMismatchError
from shapeguard.keras_compat import messages
from shapeguard.source.trees import source_of

pytestmark = pytest.mark.filterwarnings("ignore:(?s).*unbuilt state:UserWarning")  # Keras', of a layer that crashes
KINDS = {"built": BUILT, "called": CALLED, "trained": TRAINED}
EVERY = {f"{kind}: {name}": case for kind, cases in KINDS.items() for name, case in cases.items()}


def crash_of(action):
    """What an action raises without a guard."""
    with pytest.raises(Exception) as caught:  # noqa: PT011  whatever the backend raises
        action()
    return caught.value


@pytest.mark.parametrize("name", EVERY)
def test_a_crash_over_shapes_is_answered_with_the_layer_or_line_and_the_shapes_that_met(name):
    run, where, shapes = EVERY[name]
    with pytest.raises(ShapeMismatchError) as caught, ShapeGuard() as guard:
        run()
    told, diagnosis = str(caught.value), guard.report.diagnoses[0]
    assert where in told
    assert shapes in told
    assert diagnosis.causes or "no cause found: " in told
    assert diagnosis.code != "SG190" or not diagnosis.causes


@pytest.mark.parametrize("name", [name for name in EVERY if not EVERY[name][0].__name__.startswith("<")][:6])
def test_what_keras_said_is_in_the_answer_and_the_original_its_cause(name):
    run, *_ = EVERY[name]
    with pytest.raises(ShapeMismatchError) as caught, ShapeGuard() as guard:
        run()
    original = guard.report.diagnoses[0].original
    assert type(caught.value.__cause__).__name__ == original.partition(":")[0]


@pytest.mark.parametrize("method", ["fit", "evaluate"])
@pytest.mark.parametrize("model", [Sum, Flat])
def test_a_callback_alone_answers(method, model):
    model = model()
    model.compile("sgd", "mse")
    x = zeros(8, 20) if isinstance(model, Sum) else zeros(8, 12, 12, 3)
    with pytest.raises(ShapeMismatchError, match=r"\[SG"):
        getattr(model, method)(x, zeros(8, 3), batch_size=8, verbose=0, callbacks=[ShapeGuard()])


def test_a_callback_alone_answers_in_predict():
    with pytest.raises(
        ShapeMismatchError, match=r"`h \+ self.second\(h\)` in `Sum.call` does not accept \(8, 64\), \(8, 32\)"
    ):
        Sum().predict(zeros(8, 20), verbose=0, callbacks=[ShapeGuard()])


def test_a_decorated_builder_is_answered():
    with pytest.raises(ShapeMismatchError, match=r"\[SG190\] layer 'conv1d' \(Conv1D\) does not accept \(None, 32\)"):
        ShapeGuard()(BUILT["two readers"][0])()


@pytest.mark.parametrize("mode", ["warn", "record"])
@pytest.mark.parametrize("name", ["built: two readers", "called: a loss of arrays", "trained: lengths"])
def test_where_the_guard_does_not_raise_the_original_passes(name, mode):
    run, *_ = EVERY[name]
    with pytest.raises(ValueError, match=r"shape|rank|sizes") as caught, ShapeGuard(on_mismatch=mode):
        run()
    assert not isinstance(caught.value, ShapeMismatchError)


SHAPES = "shapes (3,) and (4,) differ in rank and dimension"


class Raising(layers.Layer):
    """Raises what it is given, or does what it is given, in `call`."""

    def __init__(self, action, **kwargs):
        super().__init__(**kwargs)
        self.action = action

    def call(self, x):
        self.action(x)
        return x


def raises(kind):
    def action(*_):
        raise kind(SHAPES)

    return action


def asserts(*_):
    assert SHAPES == "", SHAPES


def adds_arrays(*_):
    return np.zeros(3) + np.zeros(4)


def reshapes_an_array(*_):
    return np.reshape(zeros(3), (2, 2))


def raises_from_another(x):
    try:
        ops.matmul(x, ops.zeros((99, 2)))
    except Exception as error:
        raise ValueError(f"mine: {error}") from error


def loads_nothing(*_):
    keras.models.load_model("nowhere.keras")


def unknown_optimizer(*_):
    dense(optimizer="steepest")


def not_compiled(*_):
    keras.Sequential([keras.Input((5,)), layers.Dense(3)]).fit(zeros(8, 5), zeros(8, 3), verbose=0)


def names_twice(*_):
    keras.Sequential([layers.Dense(3, name="a"), layers.Dense(3, name="a")])


def not_a_layer(*_):
    keras.Sequential([3])


def no_call(*_):
    keras.Model().predict(zeros(3, 4), verbose=0)


def generator_of_nothing(*_):
    dense().fit(iter(()), verbose=0)


def key_of_a_dict(*_):
    return {}["shape"]


def out_of_a_list(*_):
    return list(_)[3]


def dtype(*_):
    ops.matmul(ops.ones((2, 2), "int32"), ops.ones((2, 2), "bool") > ops.convert_to_tensor("a"))


PASSING = {
    "ValueError of the user's": raises(ValueError),
    "TypeError of the user's": raises(TypeError),
    "RuntimeError of the user's": raises(RuntimeError),
    "assert": asserts,
    "numpy's operator": adds_arrays,
    "numpy's function": reshapes_an_array,
    "a raise in a handler": lambda: raises_from_another(ops.zeros((3, 4))),
    "a file": loads_nothing,
    "an optimizer": unknown_optimizer,
    "compile": not_compiled,
    "names": names_twice,
    "no layer": not_a_layer,
    "no call": no_call,
    "an empty generator": generator_of_nothing,
    "a key": key_of_a_dict,
    "an index": out_of_a_list,
    "a dtype": dtype,
    "memory": raises(MemoryError),
    "Ctrl-C": raises(KeyboardInterrupt),
}


@pytest.mark.parametrize("name", PASSING)
def test_what_is_not_over_shapes_or_the_users_own_passes_as_the_very_same_object(name):
    passed = []

    def noting():
        try:
            PASSING[name]()
        except BaseException as exception:
            passed.append(exception)
            raise

    with pytest.raises(BaseException) as caught, ShapeGuard():  # noqa: PT011
        noting()
    assert caught.value is passed[0]
    assert not isinstance(caught.value, ShapeMismatchError)


OWN = {
    name: PASSING[name] for name in PASSING if name.split()[0] in {"ValueError", "RuntimeError", "assert", "numpy's"}
}


@pytest.mark.parametrize("name", [*OWN, "a raise in a handler"])
@pytest.mark.parametrize("where", ["graph", "array", "fit"])
def test_what_a_users_layer_raises_passes_whatever_its_text(name, where):
    action = OWN.get(name, raises_from_another)
    raising = Raising(action, name="raising")

    def run():
        if where == "graph":
            raising(keras.Input((5,)))
        if where == "array":
            raising(zeros(2, 5))
        model = keras.Sequential([raising, layers.Dense(3)])
        model.compile("sgd", "mse")
        model.fit(zeros(8, 5), zeros(8, 3), verbose=0)

    with pytest.raises(Exception) as caught, ShapeGuard():  # noqa: PT011
        run()
    assert not isinstance(caught.value, ShapeMismatchError)
    assert type(caught.value) is type(crash_of(run))


class RaisingBatches(Batches):
    def __getitem__(self, index):
        raise ValueError(SHAPES)


def raising_generator():
    yield zeros(4, 5), zeros(4, 3)
    raise ValueError(SHAPES)


@pytest.mark.parametrize("data", [RaisingBatches, raising_generator])
def test_what_the_users_data_raises_passes_whatever_its_text(data):
    with pytest.raises(Exception, match=r"differ in rank") as caught:
        dense().fit(data(), steps_per_epoch=3, shuffle=False, verbose=0, callbacks=[ShapeGuard()])
    assert not isinstance(caught.value, ShapeMismatchError)


@pytest.mark.skipif(BACKEND != "tensorflow", reason="functions of TensorFlow's own")
def test_functions_of_tensorflow_in_call_are_answered_and_what_its_generators_raise_is_the_users():
    import tensorflow as tf

    class Similar(layers.Layer):
        def call(self, x):
            return tf.matmul(x, tf.zeros((7, 2)))

    with pytest.raises(ShapeMismatchError, match=r"layer 'similar' \(Similar\)"), ShapeGuard():
        Similar(name="similar")(keras.Input((5,)))
    signature = (tf.TensorSpec((None, 5)), tf.TensorSpec((None, 3)))
    dataset = tf.data.Dataset.from_generator(raising_generator, output_signature=signature)
    with pytest.raises(tf.errors.InvalidArgumentError, match="differ in rank") as caught:
        dense().fit(dataset, shuffle=False, verbose=0, callbacks=[ShapeGuard({"out": (None, 3)})])
    assert not isinstance(caught.value, ShapeMismatchError)


@pytest.mark.jax
def test_functions_of_jax_in_call_are_answered():
    import jax.numpy as jnp

    class Similar(layers.Layer):
        def call(self, x):
            return jnp.matmul(x, jnp.zeros((7, 2)))

    with pytest.raises(ShapeMismatchError, match=r"layer 'similar' \(Similar\)"), ShapeGuard():
        Similar(name="similar")(zeros(2, 5))


@pytest.mark.torch
def test_functions_of_pytorch_in_call_are_answered():
    import torch

    class Similar(layers.Layer):
        def call(self, x):
            return torch.matmul(x, torch.zeros((7, 2)))

    with pytest.raises(ShapeMismatchError, match=r"layer 'similar' \(Similar\)"), ShapeGuard():
        Similar(name="similar")(zeros(2, 5))


@pytest.mark.parametrize("comment", ["ignore", "ignore[SG190]", "ignore[SG601]", "ignore[SG101]"])
def test_a_comment_on_the_line_that_raised_suppresses_the_answer(comment, tmp_path):
    text = f"ops.concatenate([ones((2, 3)), ones((4, 5))])  # shapeguard: {comment}\n"
    path = tmp_path / "program.py"
    path.write_text(text, encoding="utf-8")

    def run():
        exec(compile(text, str(path), "exec"), {"ops": ops, "ones": ops.ones})  # noqa: S102

    with pytest.raises(Exception) as caught, ShapeGuard():  # noqa: PT011
        run()
    assert isinstance(caught.value, ShapeMismatchError) is (comment == "ignore[SG101]")


TEXTS = {
    "Expected shape (None, 3), got (None, 4)": True,
    "mat1 and mat2 shapes cannot be multiplied (2x3 and 4x5)": True,
    "dot_general requires contracting dimensions to have the same shape, got (3,) and (4,).": True,
    "The size of tensor a (3) must match the size of tensor b (4) at non-singleton dimension 1": True,
    "Sizes of tensors must match except in dimension 1": True,
    "axis 7 is out of bounds for an array with dimension 4.": True,
    "Data cardinality is ambiguous. Make sure all arrays contain the same number of samples.'x' sizes: 8": True,
    "Kernel input_shape must have rank 4": True,
    'Missing data for input "b". You passed a data dictionary with keys': True,
    "Invalid dtype: str32": False,
    "Tensor conversion requested dtype float32 for <tf.Tensor: shape=(3,), dtype=int64>": False,
    "Cannot take <KerasTensor shape=(None, 3), dtype=float32> here": False,
    "OOM when allocating tensor with shape[8,1024] on CPU": False,
    "RESOURCE_EXHAUSTED: Out of memory allocating 800 bytes of shape f32[8]": False,
    "__init__() missing 1 required positional argument: 'units'": False,
    "Unrecognized keyword arguments passed to Dense: {'shape': 3}": False,
    "traced array with shape float32[3] was converted": False,
    "Could not interpret optimizer identifier: reshaper": False,
    "indices[0,0] = 105 is not in [0, 100) [[{{node sequential/shape/embedding}}]]": False,
    'Graph execution error:\n  File "x.py", line 3, in shape\nReceived a label value of 12': False,
}


@pytest.mark.parametrize("text", TEXTS)
def test_which_texts_speak_of_shapes(text):
    assert messages.speak_of_shapes(text) is TEXTS[text]


@pytest.mark.parametrize(
    ("model", "shape", "line"), [(Sum, (8, 20), "return h +"), (Flat, (8, 12, 12, 3), "ops.reshape")]
)
def test_the_line_in_call_and_the_shapes_on_the_way_to_it_are_shown(model, shape, line):
    model = model()
    model.compile("sgd", "mse")
    with pytest.raises(ShapeMismatchError) as caught:
        model.fit(zeros(*shape), zeros(8, 3), batch_size=8, verbose=0, callbacks=[ShapeGuard()])
    diagnosis = caught.value.report.diagnoses[0]
    assert line in source_of(diagnosis.raised_at.file).text(diagnosis.raised_at)
    assert diagnosis.causes or diagnosis.trail.startswith(("shapes on the way:  ", "size along axis "))


class Twice(keras.Model):
    """Keeps what its `call` was given, and calls something that refuses it."""

    def __init__(self):
        super().__init__()
        self.seen, self.out = [], layers.Dense(3)

    def call(self, x):
        self.seen.append(tuple(x.shape))
        return ops.concatenate([self.out(x), x], axis=0)


def test_looking_into_a_model_that_crashed_leaves_it_as_the_crash_did():
    seen = []
    for callbacks in ([], [ShapeGuard()]):
        model = Twice()
        model.compile("sgd", "mse")
        with pytest.raises(Exception):  # noqa: B017, PT011  whatever the backend raises
            model.fit(zeros(8, 5), zeros(8, 3), batch_size=8, verbose=0, callbacks=callbacks)
        seen.append((list(model.seen), model.built, model.out.built, len(model.weights)))
    assert seen[0] == seen[1]


def two_outputs(losses=("mse", "mse")):
    x = keras.Input((4,))
    model = keras.Model(x, [layers.Dense(2)(x), layers.Dense(2)(x)], name="two")
    model.compile("sgd", list(losses))
    return model


DATA = {
    "words": (lambda guard: dense().fit(zeros(8, 5), np.array([["a"] * 3] * 8), callbacks=guard), ValueError, "dtype"),
    "no targets": (lambda guard: dense().fit(zeros(8, 5), callbacks=guard, verbose=0), ValueError, "'mse'"),
    "weights of classes for two outputs": (
        lambda guard: two_outputs().fit(zeros(8, 4), [zeros(8, 2)] * 2, class_weight={0: 1.0}, callbacks=guard),
        ValueError,
        "class_weight",
    ),
    "a loss too many": (
        lambda guard: two_outputs(["mse"] * 3).fit(zeros(8, 4), [zeros(8, 2)] * 2, callbacks=guard, verbose=0),
        KeyError,
        "'two'",
    ),
    "lists": (lambda guard: dense().evaluate([[0.0] * 5], [[0.0] * 3], callbacks=guard), ValueError, "data type"),
}


HAVE_A_CAUSE = {"weights of classes for two outputs", "lists"}


@pytest.mark.parametrize("name", DATA)
def test_data_that_keras_refuses_are_answered_in_a_training_method(name):
    run, kind, told = DATA[name]
    with pytest.raises(kind) as caught:
        run([ShapeGuard()])
    assert isinstance(caught.value, ShapeMismatchError)
    assert caught.value.report.diagnoses[0].code == ("SG303" if name in HAVE_A_CAUSE else "SG190")
    assert told in str(caught.value)


@pytest.mark.parametrize("name", DATA)
def test_a_guard_that_only_warns_lets_such_an_error_pass(name):
    run, kind, _ = DATA[name]
    with pytest.raises(kind) as caught:
        run([ShapeGuard(on_mismatch="warn")])
    assert not isinstance(caught.value, ShapeMismatchError)


def test_a_dtype_that_does_not_exist_is_not_about_data():
    with pytest.raises(ValueError, match="flot32") as caught, ShapeGuard():
        ops.cast(zeros(2, 3), "flot32")
    assert not isinstance(caught.value, ShapeMismatchError)


def test_a_recursion_that_is_too_deep_is_not_over_shapes():
    class Deep(layers.Layer):
        def call(self, x):
            return keras.tree.map_structure(lambda leaf: self.call(leaf), x)

    with pytest.raises(RecursionError), ShapeGuard():
        Deep().call(ops.ones((2, 3)))
    model = keras.Sequential([Deep()])
    model.compile("sgd", "mse")
    with pytest.raises(Exception, match="maximum recursion depth exceeded") as caught:
        model.fit(zeros(4, 3), zeros(4, 3), verbose=0, callbacks=[ShapeGuard()])
    assert not isinstance(caught.value, ShapeMismatchError)
