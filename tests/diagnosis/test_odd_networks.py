"""Networks that nobody should write, but somebody does: an answer, or an honest abstention, in bounded time."""

import sys

import keras
import pytest
from keras import layers

from shapeguard import ShapeGuard, ShapeMismatchError, check
from shapeguard.diagnosis.budget import BUDGET, PER_CANDIDATE


def image_model(middle):
    image = keras.Input((28, 28, 1))
    x = layers.Conv2D(8, 3, 3, name="conv")(image)
    x = middle(x)
    return keras.Model(image, layers.Flatten(name="flat")(x))


def blamed(report):
    return {(edit.layer, edit.argument) for d in report.diagnoses for cause in d.causes for edit in cause.edits}


def test_a_layer_whose_get_config_fails_does_not_hide_a_fault_before_it():
    class Secretive(layers.Layer):
        def call(self, x):
            return x + 1

        def get_config(self):
            raise RuntimeError("not for you")

    report = check(image_model(Secretive()), {"conv": "B 26 26 8"})
    assert ("conv", "strides") in blamed(report)


def test_a_value_whose_repr_raises_is_no_hindrance():
    class Mute:
        def __repr__(self):
            raise RuntimeError("no words")

    class Holding(layers.Layer):
        def __init__(self, held, units, **kwargs):
            super().__init__(**kwargs)
            self.held = held
            self.dense = layers.Dense(units)

        def call(self, x):
            return self.dense(x)

        def get_config(self):
            return {**super().get_config(), "held": self.held, "units": self.dense.units}

    rows = keras.Input((7,))
    model = keras.Model(rows, Holding(Mute(), 4, name="holding")(rows))
    report = check(model, {"holding": "B 6"})
    assert [d.layer for d in report.diagnoses] == ["holding"]
    assert "holding" in str(report)


def test_a_layer_that_cannot_be_serialized_is_not_blamed_falsely():
    class Homemade:
        def __call__(self, shape, dtype=None, **kwargs):
            return keras.ops.zeros(shape, dtype)

    image = keras.Input((28, 28, 1))
    x = layers.Conv2D(8, 3, padding="same", kernel_initializer=Homemade(), name="own")(image)
    x = layers.Conv2D(8, 3, 3, name="conv")(x)
    report = check(keras.Model(image, x), {"own": "B 28 28 8", "conv": "B 26 26 8"})
    assert ("conv", "strides") in blamed(report)
    assert "own" not in {layer for layer, _ in blamed(report)}


def test_a_lambda_layer_is_passed_through():
    middle = layers.Lambda(lambda x: x[:, ::2] * 2, output_shape=lambda s: (s[0], -(-s[1] // 2), *s[2:]), name="every")
    report = check(image_model(middle), {"conv": "B 26 26 8"})
    assert ("conv", "strides") in blamed(report)


def test_an_argument_that_holds_itself_is_no_hindrance():
    class Knot:
        def __init__(self):
            self.rope = [self]

    class Tied(layers.Layer):
        def __init__(self, knot, width=4, **kwargs):
            super().__init__(**kwargs)
            self.dense = layers.Dense(width)

        def call(self, x):
            return self.dense(x)

    rows = keras.Input((7,))
    with ShapeGuard() as guard:
        model = keras.Model(rows, Tied(Knot(), name="tied")(rows))
    assert guard.check(model).ok
    report = check(model, {"tied": "B 6"})
    assert [d.layer for d in report.diagnoses] == ["tied"]
    assert str(report)


def test_sizes_of_zero_are_sizes():
    rows = keras.Input((0, 4))
    model = keras.Model(rows, layers.Dense(3, name="dense")(layers.ReLU()(rows)))
    assert check(model, {"dense": "B 0 3"}).ok
    report = check(model, {"dense": "B 0 5"})
    assert ("dense", "units") in blamed(report)


@pytest.fixture
def deep_recursion():
    """Keras walks a functional model recursively, two frames a layer (ops/function.py, 3.15)."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(20_000)
    yield
    sys.setrecursionlimit(limit)


@pytest.mark.parametrize("length", [300, pytest.param(2000, marks=pytest.mark.slow)])
def test_a_long_chain_is_searched_within_the_budget(length, deep_recursion):
    x = image = keras.Input((64, 3))
    for number in range(length):
        x = layers.Conv1D(3, 1)(x) if number % 100 == 0 else layers.Activation("relu")(x)
    model = keras.Model(image, layers.Conv1D(3, 3, name="last")(x))
    report = check(model, {"last": "B 64 3"})
    assert ("last", "padding") in blamed(report)
    assert 0 < report.search.candidates <= BUDGET // PER_CANDIDATE
    assert report.search.status == "complete"


def test_a_chain_that_nothing_can_repair_ends_with_an_abstention_within_the_budget():
    x = image = keras.Input((4000, 8))
    for _ in range(240):
        x = layers.Conv1D(8, 3)(x)
    model = keras.Model(image, layers.ReLU(name="end")(x))
    report = check(model, {"end": "B 17 19 9"})
    (diagnosis,) = report.diagnoses
    assert (diagnosis.code, diagnosis.causes) == ("SG190", ())
    assert report.search.status == "partial"
    assert diagnosis.tried.startswith("looked at the arguments of the layers on the way")
    assert "(the search was cut short)" in diagnosis.tried


def test_an_argument_that_is_a_dictionary_is_no_hindrance():
    config = keras.initializers.serialize(keras.initializers.Zeros())
    with pytest.raises(ShapeMismatchError) as raised, ShapeGuard():
        image = keras.Input((16, 16, 3))
        a = layers.Conv2D(8, 3, kernel_initializer=config)(image)
        layers.Add()([a, layers.Conv2D(8, 3, padding="same")(image)])
    assert raised.value.report.diagnoses[0].code == "SG601"


def test_a_repaired_world_in_which_fewer_tensors_enter_the_refused_call_is_searched():
    rows = {"first": "B 50 64", "second": "B 50 32", "third": "B 16", "head": "B 4"}
    with pytest.raises(ShapeMismatchError) as raised, ShapeGuard(rows):
        keras.Sequential(
            [
                keras.Input((50, 8)),
                layers.LSTM(64, return_sequences=True, name="first"),
                layers.LSTM(32, return_sequences=True, return_state=True, name="second"),
                layers.LSTM(16, return_sequences=True, name="third"),
                layers.Dense(4, name="head"),
            ]
        )
    assert raised.value.report.diagnoses[0].layer in {"second", "third"}


def test_recurrent_layers_that_keep_their_states_are_judged_as_any_others():
    with pytest.raises(ShapeMismatchError) as caught, ShapeGuard({"read": (8, 12, 6)}):
        model = keras.Sequential([keras.Input(batch_shape=(8, 12, 5))])
        model.add(layers.Flatten(name="flat"))
        model.add(layers.Bidirectional(layers.GRU(3, return_sequences=True, stateful=True), name="read"))
    causes = caught.value.report.diagnoses[0].causes
    assert ("flat", "remove") in {(cause.layer, cause.argument) for cause in causes if cause.verified}


def test_a_model_that_is_called_with_the_samples_counted_in_is_what_refuses_them():
    tower = keras.Sequential([keras.Input((12, 3)), layers.LSTM(4)], name="tower")
    with pytest.raises(ShapeMismatchError) as caught, ShapeGuard():
        first = keras.Input((500, 12, 3), name="first")
        keras.Model(first, layers.Dense(1)(tower(first)))
    (diagnosis,) = caught.value.report.diagnoses
    assert str(caught.value).partition("\n")[0] == (
        "[SG601] layer 'tower' (Sequential) does not accept (None, 500, 12, 3): expected shape=(None, 12, 3)"
    )
    assert [(cause.layer, cause.argument, cause.suggestion) for cause in diagnosis.causes] == [
        ("first", "shape", (12, 3))
    ]


@pytest.mark.parametrize("expected", [{}, {"again": ("B", 4)}], ids=["bare", "expected"])
def test_a_sample_that_is_taken_for_the_first_of_several_tensors_is_named(expected):
    with pytest.raises(ShapeMismatchError) as caught, ShapeGuard(expected):
        words = keras.Input((30,))
        x = layers.Embedding(50, 8)(words)
        x = layers.Bidirectional(layers.GRU(6, return_sequences=True), name="read")(x)
        keras.Model(words, layers.GRU(4, name="again")(x[0]))
    causes = caught.value.report.diagnoses[0].causes
    assert [(cause.title, cause.confidence, cause.verified) for cause in causes] == [
        (
            "`[0]` selects the first sample of 'read', which returns one tensor (None, 30, 12), not a tuple",
            "possible",
            False,
        )
    ]


def test_no_size_of_an_input_is_made_the_batch_that_is_missing():
    with pytest.raises(ShapeMismatchError) as caught, ShapeGuard({"pooled": (None, 8)}):
        words = keras.Input((12,))
        x = layers.Embedding(50, 8)(words)
        keras.Model(words, layers.GlobalAveragePooling1D(name="pooled")(x[0]))
    causes = caught.value.report.diagnoses[0].causes
    assert [cause.argument for cause in causes if cause.verified] == []


def test_a_model_for_each_step_has_no_rule_and_hides_no_fault_behind_it():
    frame = keras.Sequential([keras.Input((6, 6, 1)), layers.Conv2D(2, 3), layers.Flatten()])
    clip = keras.Input((4, 6, 6, 1))
    x = layers.LSTM(3)(layers.TimeDistributed(frame)(clip))
    report = check(keras.Model(clip, layers.Dense(1, name="head")(x)), {"head": (None, 7)})
    assert ("head", "units") in blamed(report)


def test_an_operation_that_bears_the_name_of_a_layer_is_none():
    class Regrouped(layers.Layer):
        def call(self, x):
            return keras.ops.reshape(x, (8, 4))

    model = keras.Sequential([keras.Input((4,), batch_size=8), Regrouped(), layers.Dense(1)])
    report = check(model, {"regrouped": (8, 4)}, inputs=(5, 4))
    assert not report.ok
