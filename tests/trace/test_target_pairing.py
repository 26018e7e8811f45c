"""Targets, losses and inputs by name: compared with the outputs with which Keras compares them, on every backend."""

import itertools
import warnings

import keras
import numpy as np
import pytest

from shapeguard import ShapeGuard, ShapeMismatchError

layers = keras.layers
OLD = tuple(map(int, keras.__version__.split(".")[:2])) < (3, 8)
by_name = pytest.mark.skipif(OLD, reason="Keras 3.6 pairs a dict with a list by sorted keys, and trains otherwise")
X = np.zeros((16, 10), "float32")
URGENCY, OFFICE = np.zeros((16, 1), "float32"), np.eye(3, dtype="float32")[np.arange(16) % 3]
TWO = np.zeros((16, 2), "float32")


def arranged(urgency, office):
    """Two things in each structure in which a model may return them, or be given them."""
    return {
        "list": [urgency, office],
        "tuple": (urgency, office),
        "dict": {"urgency": urgency, "office": office},
        "nested": {"z": [urgency], "a": {"b": office}},
    }


def of_graph(structure):
    x = keras.Input((10,))
    urgency = layers.Dense(1, name="urgency")(x)
    office = layers.Dense(3, activation="softmax", name="office")(x)
    return keras.Model(x, arranged(urgency, office)[structure])


class OfClass(keras.Model):
    def __init__(self, structure):
        super().__init__()
        self.urgency, self.office = layers.Dense(1, name="urgency"), layers.Dense(3, "softmax", name="office")
        self.structure = structure

    def call(self, x):
        return arranged(self.urgency(x), self.office(x))[self.structure]


def outcome(make, y, loss, guarded, **options):
    """What the guard said first, whether Keras refused it too or not; else the kind of what Keras raised."""
    model = make()
    model.compile("sgd", loss, **options.pop("compiled", {}))
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Gradients do not exist|.*no gradients", UserWarning)
            model.fit(X, y, verbose=0, callbacks=[ShapeGuard({"*": "..."})] if guarded else [], **options)
    except ShapeMismatchError as error:
        return str(error).partition("\n")[0].partition("] ")[2].replace("(None, ", "(16, ")
    except Exception as error:  # noqa: BLE001  whatever Keras says of structures that do not fit
        return type(error).__name__
    return "trained"


@pytest.mark.parametrize("make", [of_graph, OfClass])
@pytest.mark.parametrize("outputs", ["list", "dict", "nested"])
def test_what_keras_trains_right_is_refused_in_no_structure(make, outputs):
    losses = {
        **arranged("mse", "categorical_crossentropy"),
        "none": {"urgency": None, "office": "categorical_crossentropy"},
    }
    trained = []
    for loss, y in itertools.product(losses, arranged(URGENCY, OFFICE)):
        given = arranged(URGENCY, OFFICE)[y], losses[loss]
        if outcome(lambda: make(outputs), *given, guarded=False) == "trained":
            trained.append((loss, y))
            assert outcome(lambda: make(outputs), *given, guarded=True) == "trained", (loss, y)
    assert trained or outputs == "nested"  # TensorFlow and Keras 3.6 take no lists in dicts


FAULTS = {
    "dict to list": ("list", {"urgency": URGENCY, "office": TWO}, {"urgency": "mse", "office": "mse"}, "office"),
    "dict to dict": ("dict", {"urgency": TWO, "office": OFFICE}, {"urgency": "mse", "office": "mse"}, "urgency"),
    "one loss for all": ("dict", {"urgency": URGENCY, "office": TWO}, "mse", "office"),
    "list of losses, dict of targets": ("list", {"urgency": TWO, "office": OFFICE}, ["mse", "mse"], "urgency"),
    "nested": ("nested", {"z": [TWO], "a": {"b": OFFICE}}, {"z": ["mse"], "a": {"b": "mse"}}, "urgency"),
}


@by_name
@pytest.mark.parametrize("make", [of_graph, OfClass])
@pytest.mark.parametrize("fault", FAULTS)
def test_a_wrong_target_is_found_at_the_output_of_its_name(make, fault):
    outputs, y, loss, layer = FAULTS[fault]
    if make is OfClass and outputs == "list":
        pytest.skip("only a graph has names of outputs")
    if outputs == "nested" and keras.config.backend() == "tensorflow":
        pytest.skip("TensorFlow makes tuples of the lists in a dict, and Keras then hands keys to the losses")
    size = {"urgency": 1, "office": 3}[layer]
    assert outcome(lambda: make(outputs), y, loss, guarded=True) == (
        f"targets (16, 2) do not match the output (16, {size}) of layer '{layer}' (Dense) for loss 'mean_squared_error'"
    )


@by_name
def test_metrics_weights_and_validation_by_name_train():
    y = {"urgency": URGENCY, "office": OFFICE}
    compiled = {
        "metrics": {"urgency": ["mae"], "office": ["accuracy"]},
        "loss_weights": {"urgency": 1.0, "office": 0.2},
        "weighted_metrics": {"office": ["mae"]},
    }
    loss = {"urgency": "mse", "office": "categorical_crossentropy"}
    weights = {"urgency": np.ones(16), "office": np.ones(16)}
    for more in ({}, {"validation_data": (X, y)}, {"sample_weight": weights}):
        plain = outcome(lambda: of_graph("list"), y, loss, guarded=False, compiled=compiled, **more)
        assert outcome(lambda: of_graph("list"), y, loss, guarded=True, compiled=compiled, **more) == plain
    assert outcome(lambda: of_graph("list"), y, loss, guarded=True, compiled=compiled) == "trained"


def test_an_output_without_a_loss_may_have_any_target():
    loss = {"urgency": None, "office": "mae"}
    y = {"urgency": np.zeros((16, 7)), "office": OFFICE}
    assert outcome(lambda: of_graph("dict"), y, loss, guarded=True) == "trained"


def test_the_same_output_twice_has_two_targets():
    def twice():
        x = keras.Input((10,))
        out = layers.Dense(3, name="out")(x)
        return keras.Model(x, [out, out])

    told = outcome(twice, [OFFICE, TWO], ["mse", "mae"], guarded=True)
    assert told.endswith("of layer 'out' (Dense) for loss 'mean_absolute_error'")


class OneHot(keras.Model):
    """Its own loss makes rows of the class numbers that it is given."""

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        rows = keras.ops.one_hot(y, 3)
        return super().compute_loss(x, rows, y_pred, sample_weight, training=training)


def test_targets_that_the_users_own_loss_converts_are_not_compared():
    def own():
        x = keras.Input((10,))
        return OneHot(x, layers.Dense(3, "softmax")(x))

    numbers = np.arange(16) % 3
    assert outcome(own, numbers, "categorical_crossentropy", guarded=False) == "trained"
    assert outcome(own, numbers, "categorical_crossentropy", guarded=True) == "trained"


def of_two_inputs(structure):
    """Its names stand in the order in which their keys do not."""
    wide, deep = keras.Input((6,), name="wide"), keras.Input((4,), name="deep")
    given = {"wide": wide, "deep": deep} if structure == "dict" else [wide, deep]
    return keras.Model(given, layers.Dense(2, name="head")(layers.Concatenate(name="both")([wide, deep])))


@by_name
@pytest.mark.parametrize("eagerly", [False, True])
@pytest.mark.parametrize("structure", ["list", "dict"])
def test_inputs_by_name_are_told_apart_by_their_names(structure, eagerly):
    x = {"wide": np.zeros((16, 6)), "deep": np.zeros((16, 4))}
    expected = {"wide": ("B", 6), "deep": ("B", 4), "both": ("B", 10)}
    model = of_two_inputs(structure)
    model.compile("sgd", "mse", run_eagerly=eagerly)
    guard = ShapeGuard(expected)
    model.fit(x, TWO, batch_size=16, verbose=0, callbacks=[guard])
    rows = {row.layer: row.actual for row in guard.report.rows}
    assert (rows["wide"], rows["deep"]) == ((16, 6), (16, 4))
    with pytest.raises(ShapeMismatchError, match="layer 'deep' "):
        model.fit(x, TWO, verbose=0, callbacks=[ShapeGuard({"deep": ("B", 6)})])


class Both(layers.Layer):
    def call(self, x, y=None):
        return x if y is None else x + y


def with_optional(order, structure):
    given = keras.Input((4,), name="a"), keras.Input((4,), name="b", optional=True)
    head = layers.Dense(2, name="head")(Both(name="both")(*given))
    inputs = [given[name == "b"] for name in order]
    model = keras.Model({x.name: x for x in inputs} if structure == "dict" else inputs, head)
    model.compile("sgd", "mse")
    return model


USES = {
    "fit": lambda model, x, guard: model.fit(x, TWO, verbose=0, callbacks=[guard]),
    "evaluate": lambda model, x, guard: model.evaluate(x, TWO, verbose=0, callbacks=[guard]),
    "predict": lambda model, x, guard: model.predict(x, verbose=0, callbacks=[guard]),
}


@by_name
@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize(("order", "structure"), [("ab", "list"), ("ba", "list"), ("ab", "dict")])
def test_an_optional_input_may_be_absent(order, structure, use):
    values = {"a": np.zeros((16, 4), "float32"), "b": None}
    x = values if structure == "dict" else [values[name] for name in order]
    right = ShapeGuard({"a": (None, 4), "head": (None, 2)})
    USES[use](with_optional(order, structure), x, right)
    assert [(row.layer, row.actual[1:]) for row in right.report.rows if row.layer_type == "InputLayer"] == [("a", (4,))]
    with pytest.raises(ShapeMismatchError, match=r"layer 'head' \(Dense\): expected \(None, 3\)"):
        USES[use](with_optional(order, structure), x, ShapeGuard({"head": (None, 3)}))


def test_a_check_takes_none_for_an_optional_input():
    model = with_optional("ba", "list")
    report = ShapeGuard({"head": (None, 2)}, on_mismatch="record").check(model, [None, (8, 4)])
    assert [row.layer for row in report.rows if row.path] == ["a", "both", "head"]
    assert not ShapeGuard({"head": (None, 3)}, on_mismatch="record").check(model, [None, np.zeros((8, 4))]).ok


def test_an_optional_input_may_come_in_one_batch_and_not_in_another():
    model = with_optional("ab", "list")
    model.compile("sgd", "mse", run_eagerly=True)
    x = np.zeros((8, 4), "float32")
    guard = ShapeGuard({"head": (None, 2), "both": (None, 4)})
    with guard:
        for second in (x, None, x):
            model.train_on_batch([x.copy(), second], TWO[:8])
            assert len([row for row in guard.report.rows if row.layer_type == "InputLayer"]) == 1 + (second is not None)
