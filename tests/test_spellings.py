"""Every place where a user may say a shape: through the public API, on any backend."""

import contextlib
import copy

import keras
import numpy as np
import pytest
from helpers.annotated_programs import run
from keras import layers

from shapeguard import ExpectationError, ShapeGuard, ShapeMismatchError, check

HEADER = """
import keras
import numpy as np
from keras import Input, Model, Sequential, layers, ops
from typing import Annotated, Any
from shapeguard import Shape, Shaped, ShapeGuard, check, expect
"""


def program(tmp_path, text, **names):
    """The globals of a program with the usual imports, run from a file."""
    return run(tmp_path, HEADER + text, **names)


def statuses(report):
    """Path, number of the call and verdict of each row that something is expected of."""
    return [(row.path, row.call, row.status) for row in report.rows if row.status != "no expectation"]


SPELLINGS = {
    "comment": "x = layers.Conv2D(32, 3)(image)  # (None, 26, 26, 31)",
    "comment without the batch": "x = layers.Conv2D(32, 3)(image)  # -> 26x26x31",
    "Annotated": 'x: Annotated[Any, "B 26 26 31"] = layers.Conv2D(32, 3)(image)',
    "Annotated with a tuple": "x: Annotated[Any, (None, 26, 26, 31)] = layers.Conv2D(32, 3)(image)",
    "Shaped": "x: Shaped[keras.KerasTensor, None, 26, 26, 31] = layers.Conv2D(32, 3)(image)",
    "Shape": 'x: Shape["B 26 26 31"] = layers.Conv2D(32, 3)(image)',
    "an f-string": 'k = 31; x: Annotated[Any, f"B 26 26 {k}"] = layers.Conv2D(32, 3)(image)',
    "a local variable": 'k = 31; x: Annotated[Any, "B 26 26 k"] = layers.Conv2D(32, 3)(image)',
    "expect": 'x = expect(layers.Conv2D(32, 3)(image), "B 26 26 31")',
    "expect of a layer": 'x = expect(layers.Conv2D(32, 3), "B 26 26 31")(image)',
    "expect in exec": (
        "exec('def f(x): return expect(layers.Conv2D(32, 3)(x), (None, 26, 26, 31))', globals()); x = f(image)"
    ),
    "weights": "x = expect(layers.Conv2D(32, 3), weights='3 3 1 31')(image)",
    "params": "x = expect(layers.Conv2D(32, 3), params=310)(image)",
}


@pytest.mark.parametrize("spelling", SPELLINGS, ids=str)
def test_every_spelling_is_the_same_expectation_with_its_place(spelling, tmp_path):
    text = f"with ShapeGuard():\n    image = Input((28, 28, 1))\n    {SPELLINGS[spelling]}\nmodel = Model(image, x)"
    scope = program(tmp_path, text)
    (diagnosis,) = check(scope["model"]).diagnoses
    assert (diagnosis.layer_type, diagnosis.causes[0].argument, diagnosis.causes[0].suggestion) == (
        "Conv2D",
        "filters",
        31,
    )
    place = diagnosis.declared and (diagnosis.declared.file, diagnosis.declared.line)
    line = (HEADER + text).splitlines().index(f"    {SPELLINGS[spelling]}") + 1
    assert place == (None if spelling == "expect in exec" else (scope["FILE"], line))


def test_a_jaxtyping_type_is_a_spelling_too(tmp_path):
    pytest.importorskip("jaxtyping")
    scope = program(
        tmp_path,
        "from jaxtyping import Float\n"
        "with ShapeGuard():\n"
        "    image = Input((28, 28, 1))\n"
        '    x: Float[keras.KerasTensor, "B 26 26 31"] = layers.Conv2D(32, 3)(image)\n'
        "model = Model(image, x)\n",
    )
    assert [d.layer for d in check(scope["model"]).diagnoses] == ["conv2d"]


STAGES = """
def stage(x: Annotated[Any, "B H W C"], n):
    y: Annotated[Any, "B H W n"] = layers.Conv2D(n, 3, padding="PADDING")(x)
    y = layers.MaxPooling2D()(y)  # (B, h, w, n)
    return expect(layers.ReLU()(y), "B h w n")

@ShapeGuard()
def build():
    image = Input((32, 32, 3))
    return Model(image, stage(stage(image, 8), 16))

model = build()
"""


def test_a_helper_annotated_with_names_and_called_for_two_stages_is_healthy(tmp_path):
    report = check(program(tmp_path, STAGES.replace("PADDING", "same"))["model"])
    assert (report.ok, len(statuses(report))) == (True, 7)


def test_names_that_disagree_within_one_invocation_of_a_helper_name_the_argument(tmp_path):
    report = check(program(tmp_path, STAGES.replace("PADDING", "valid"))["model"])
    assert [row.status for row in report.rows if row.layer_type == "Conv2D"] == ["mismatch", "consequence"]
    cause = report.diagnoses[0].causes[0]
    assert report.message().splitlines()[0] == (
        "[SG101] layer 'conv2d' (Conv2D): expected (B, H, W, 8), got (None, 30, 30, 8)"
    )
    assert (cause.argument, cause.suggestion, cause.verified) == ("padding", "same", True)


NET = """
class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.flatten, self.dense = layers.Flatten(), layers.Dense(10)

    def call(self, image: Annotated[Any, "B 28 28 2"]) -> Annotated[Any, "B 10"]:
        return self.dense(self.flatten(image))
"""


@pytest.mark.parametrize("way", ["fit", "a call on an array inside with"])
def test_the_parameters_of_a_models_own_call_speak_of_the_data(way, tmp_path):
    model = program(tmp_path, NET)["Net"]
    data, guard = np.zeros((4, 28, 28, 1), "float32"), ShapeGuard()
    model = model()
    model.compile(loss="mse")
    with pytest.raises(ShapeMismatchError) as caught, guard if way != "fit" else contextlib.nullcontext():
        model(data) if way != "fit" else model.fit(data, np.zeros((4, 10)), verbose=0, callbacks=[guard])
    first = str(caught.value).splitlines()[0].replace("None, 28, 28, 1", "4, 28, 28, 1")
    assert first == "[SG301] input 'image': expected (B, 28, 28, 2), got (4, 28, 28, 1)"
    assert caught.value.report.diagnoses[0].declared.line == 13


def test_data_that_a_models_parameters_describe_is_a_row_that_is_ok(tmp_path):
    model = program(tmp_path, NET)["Net"]()
    model.compile(loss="mse")
    guard = ShapeGuard()
    model.fit(np.zeros((4, 28, 28, 2)), np.zeros((4, 10)), verbose=0, callbacks=[guard])
    assert statuses(guard.report)[0] == ("image", 1, "ok")


def test_words_in_an_annotation_are_no_axes(tmp_path):
    text = """
class Gate(layers.Layer):
    def call(self, x: Annotated[Any, "the input"], n: Annotated[int, "B 3"] = 3) -> Annotated[Any, "features"]:
        y: Annotated[Any, "sum of squares"] = ops.square(x)
        return y
with ShapeGuard():
    x = Input((3, 4))
    model = Model(x, Gate()(x))
"""
    assert statuses(check(program(tmp_path, text)["model"])) == []


def test_a_quoted_annotation_calls_nothing(tmp_path):
    text = """
with ShapeGuard():
    x = Input((3,))
    y: "Annotated[Any, called()]" = layers.Dense(4)(x)
"""
    calls = []
    program(tmp_path, text, called=lambda: calls.append(1))
    assert calls == []


def nested():
    """A model with a shared layer and two encoders that hold a layer of one name, and another of an automatic one."""

    def encoder(name):
        x = keras.Input((8,))
        return keras.Model(x, layers.Dense(8)(layers.Dense(8, name="hidden")(x)), name=name)

    x = keras.Input((8,))
    shared, first, second = layers.Dense(8, name="shared"), encoder("first"), encoder("second")
    return keras.Model(x, layers.Dense(8, name="out")(second(first(shared(shared(x))))))


KEYS = {
    "out": [("out", 1)],
    "shared": [("shared", 1), ("shared", 2)],
    "shared@2": [("shared", 2)],
    "first/hidden": [("first/hidden", 1)],
    "*/hidden": [("first/hidden", 1), ("second/hidden", 1)],
    "**/hidden": [("first/hidden", 1), ("second/hidden", 1)],
    "first/*": [("first/hidden", 1), ("first/dense", 1)],
    "f*": [("first", 1)],
    "second/dense": [("second/dense_1", 1)],
    "input_layer": [("input_layer", 1)],
}


@pytest.mark.parametrize("key", KEYS)
def test_a_key_is_a_name_a_path_a_glob_or_a_call(key):
    model = nested()
    if key == "input_layer":
        key = model.layers[0].name
    assert [(path, call) for path, call, _ in statuses(check(model, {key: "B 8"}))] == KEYS.get(key, [(key, 1)])


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("hidden", "'hidden' matches 2 layers: first/hidden, second/hidden; use one of these paths"),
        ("outt", "the model has no layer 'outt'; it has 'out'"),
        ("shared@3", "the model has no layer 'shared@3'; it has 'shared'"),
        (
            "first/hidde",
            "the model has no layer 'first/hidde'; it has 'first/hidden', 'first/dense', 'first'",
        ),
    ],
)
def test_a_key_that_names_no_layer_or_several_says_what_to_write(key, words):
    with pytest.raises(ExpectationError) as caught:
        check(nested(), {key: "B 8"})
    assert str(caught.value) == f"[SG502] {words}"


def test_the_first_wrong_call_is_the_mismatch_and_the_second_a_consequence():
    shared, inputs = layers.Dense(8, name="shared"), [keras.Input((8,)), keras.Input((8,))]
    model = keras.Model(inputs, [shared(x) for x in inputs])
    assert statuses(check(model, {"shared": "B 9"})) == [
        ("shared", 1, "mismatch"),
        ("shared", 2, "consequence"),
    ]


def test_a_second_run_of_a_cell_keeps_the_keys():
    def build():
        return keras.Sequential([keras.Input((28, 28, 1)), layers.Conv2D(8, 3), layers.Conv2D(9, 3)])

    build()
    model = build()
    assert [layer.name for layer in model.layers] == ["conv2d_2", "conv2d_3"]
    assert statuses(check(model, {"conv2d": "B 26 26 8", "conv2d_3": "B 24 24 9"})) == [
        ("conv2d_2", 1, "ok"),
        ("conv2d_3", 1, "ok"),
    ]


def test_a_list_of_specs_means_several_outputs():
    x = keras.Input((5, 4))
    model = keras.Model(x, layers.LSTM(3, return_sequences=True, return_state=True)(x))
    assert check(model, {"lstm": ["B 5 3", "B 3", "B 3"]}).ok
    assert check(model, {"lstm": [(None, 5, 3), (None, 3)]}).message().splitlines()[0] == (
        "[SG190] layer 'lstm' (LSTM): expected [(None, 5, 3), (None, 3)], got [(None, 5, 3), (None, 3), (None, 3)]"
    )


def test_what_is_recorded_travels_on_the_layers_but_into_no_copy(tmp_path):
    text = """
with ShapeGuard():
    model = Sequential([
        Input((3,)),
        layers.Dense(4),  # (None, 5)
    ])
"""
    model = program(tmp_path, text)["model"]
    assert [check(each).ok for each in (model, keras.models.clone_model(model), copy.deepcopy(model))] == [
        False,
        True,
        True,
    ]


def test_a_guard_of_a_contract_file_takes_an_inserted_layer_and_refuses_a_changed_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def build(filters=8, *, more=False):
        between = [layers.BatchNormalization()] if more else []
        return keras.Sequential([keras.Input((9, 9, 1)), layers.Conv2D(4, 3), *between, layers.Conv2D(filters, 3)])

    guard = ShapeGuard()
    guard.check(build())
    guard.save("shapes.json")
    assert ShapeGuard("shapes.json").check(build(more=True)).ok
    model = build(7)
    model.compile(loss="mse")
    with pytest.raises(ShapeMismatchError) as caught:
        model.fit(np.zeros((2, 9, 9, 1)), np.zeros((2, 5, 5, 7)), verbose=0, callbacks=[ShapeGuard("shapes.json")])
    lines = str(caught.value).splitlines()
    assert lines[0].partition(": ")[2] == "expected (None, 5, 5, 8), got (2, 5, 5, 7)"
    assert lines[-2] == "  expected shape declared at shapes.json:6, in the contract file"
