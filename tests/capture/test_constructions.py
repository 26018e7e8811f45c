"""Constructor calls as written: one row for each form."""

import copy
import os
import pickle
import subprocess
import sys
import textwrap
import zipfile

import keras
import pytest
from helpers.annotated_programs import run, text_of

from shapeguard.capture import constructions
from shapeguard.capture.constructions import (
    constructed_since,
    construction_of,
    failed_construction,
)
from shapeguard.records.source import Construction, Opaque

constructions.install()

HEADER = "import functools\nimport keras\nfrom keras import layers\nfrom keras.layers import Conv2D, Dense\n"


def made(tmp_path, text):
    return construction_of(run(tmp_path, HEADER + textwrap.dedent(text))["layer"])


def rows(construction):
    return [(a.name, a.value, a.position, text_of(a.span)) for a in construction.arguments]


FORMS = {
    "positional and keyword": (
        "layer = Conv2D(32, 3, 3, activation='relu')",
        "Conv2D",
        [
            ("filters", 32, 0, "32"),
            ("kernel_size", 3, 1, "3"),
            ("strides", 3, 2, "3"),
            ("activation", "relu", None, "activation='relu'"),
        ],
    ),
    "several lines with wide characters": (
        "é = 'ü'; layer = (é, layers\n  .Conv2D(32,\n    kernel_size=(2, 2),  # ß\n    name='é'))[1]",
        "layers .Conv2D",
        [
            ("filters", 32, 0, "32"),
            ("kernel_size", (2, 2), None, "kernel_size=(2, 2)"),
            ("name", "é", None, "name='é'"),
        ],
    ),
    "helper": ("def make(n):\n    return Dense(n)\nlayer = make(4)", "Dense", [("units", 4, 0, "n")]),
    "loop": ("for n in (3, 5):\n    layer = Dense(n)", "Dense", [("units", 5, 0, "n")]),
    "comprehension": ("layer = [Dense(n) for n in (3, 5)][0]", "Dense", [("units", 3, 0, "n")]),
    "lambda": ("layer = (lambda: Dense(9))()", "Dense", [("units", 9, 0, "9")]),
    "nested call": (
        "layer = layers.TimeDistributed(Dense(3)).layer",
        "Dense",
        [("units", 3, 0, "3")],
    ),
    "getattr": ("layer = getattr(layers, 'Dense')(4)", "getattr(layers, 'Dense')", [("units", 4, 0, "4")]),
    "item of a list": (
        "layer = keras.Sequential([\n    Dense(3),\n    Dense(\n        4,\n    ),\n]).layers[1]",
        "Dense",
        [("units", 4, 0, "4")],
    ),
    "starred": (
        "a, k = (4,), {'kernel_size': 3}\nlayer = Conv2D(*a, **k)",
        "Conv2D",
        [("filters", 4, 0, "*a"), ("kernel_size", 3, None, "**k")],
    ),
    "star between positionals": (
        "a = (3,)\nlayer = Conv2D(8, *a, 2)",
        "Conv2D",
        [("filters", 8, 0, "8"), ("kernel_size", 3, 1, "*a"), ("strides", 2, 2, "2")],
    ),
    "partial that shifts positionals": (
        "p = functools.partial(Conv2D, 4)\nlayer = p(3)",
        "p",
        [("filters", 4, 0, None), ("kernel_size", 3, 1, None)],
    ),
    "partial with keywords": (
        "p = functools.partial(Dense, activation='relu')\nlayer = p(7)",
        "p",
        [("units", 7, 0, "7"), ("activation", "relu", None, None)],
    ),
    "subclass": (
        (
            "class MyConv(Conv2D):\n"
            "    def __init__(self, width, *rest, **more):\n"
            "        super().__init__(width, *rest, **more)\n"
            "layer = MyConv(4, 3, strides=2)"
        ),
        "MyConv",
        [("width", 4, 0, "4"), ("kernel_size", 3, 1, "3"), ("strides", 2, None, "strides=2")],
    ),
    "inner layer of a custom one": (
        (
            "class My(layers.Layer):\n"
            "    def __init__(self, n):\n"
            "        super().__init__()\n"
            "        self.inner = Dense(n)\n"
            "layer = My(4).inner"
        ),
        "Dense",
        [("units", 4, 0, "n")],
    ),
    "Input": (
        "layer = keras.Input((28, 28, 1), batch_size=3)._keras_history[0]",
        "keras.Input",
        [("shape", (28, 28, 1), 0, "(28, 28, 1)"), ("batch_size", 3, None, "batch_size=3")],
    ),
    "merging function": (
        "x = keras.Input((4,))\nlayer = layers.concatenate([x, x], axis=1)._keras_history[0]",
        "layers.concatenate",
        [("axis", 1, None, "axis=1")],
    ),
    "operation": (
        "x = keras.Input((4,))\nlayer = keras.ops.reshape(x, (-1, 2, 2))._keras_history[0]",
        "keras.ops.reshape",
        [("newshape", (-1, 2, 2), 1, "(-1, 2, 2)")],
    ),
    "model": (
        "x = keras.Input((4,))\nlayer = keras.Model(inputs=x, outputs=Dense(2)(x), name='m')",
        "keras.Model",
        [
            ("inputs", Opaque("<KerasTensor keras_tensor>", (None, 4)), None, "inputs=x"),
            ("outputs", Opaque("<KerasTensor keras_tensor_1>", (None, 2)), None, "outputs=Dense(2)(x)"),
            ("name", "m", None, "name='m'"),
        ],
    ),
    "exec without source": ("exec('layer = Dense(5)')", None, [("units", 5, 0, None)]),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_argument_is_found_as_written(form, tmp_path):
    text, written_name, expected = FORMS[form]
    construction = made(tmp_path, text)
    assert (construction.written_name, rows(construction), construction.indirect) == (written_name, expected, False)


INDIRECT = {
    "from_config": "layer = Dense.from_config(Dense(3).get_config())",
    "clone_model": "layer = keras.models.clone_model(keras.Sequential([keras.Input((2,)), Dense(3)])).layers[0]",
    "Bidirectional": "layer = layers.Bidirectional(layers.LSTM(3)).forward_layer",
    "the input layer of Sequential.add": (
        "import warnings\nwarnings.simplefilter('ignore')\n"
        "m = keras.Sequential([Dense(3, input_shape=(2,)), Dense(1)])\nlayer = m._functional.layers[0]"
    ),
    "inside an application": (
        "layer = keras.applications.MobileNetV2(weights=None, include_top=False, input_shape=(32, 32, 3)).layers[1]"
    ),
}


@pytest.mark.parametrize("form", INDIRECT)
def test_what_keras_constructs_itself_is_indirect_and_blames_no_place(form, tmp_path):
    """Trap 13."""
    construction = made(tmp_path, INDIRECT[form])
    assert construction == Construction(construction.layer, construction.layer_type, indirect=True)


def test_an_application_is_constructed_by_the_users_call_of_its_function(tmp_path):
    text = "layer = keras.applications.MobileNetV2(weights=None, include_top=False, input_shape=(32, 32, 3))"
    layer = run(tmp_path, HEADER + text)["layer"]
    construction = construction_of(layer)
    assert (construction.layer, construction.layer_type, rows(construction)) == (
        "mobilenetv2_1.00_32",
        "MobileNetV2",
        [
            ("weights", None, None, "weights=None"),
            ("include_top", False, None, "include_top=False"),
            ("input_shape", (32, 32, 3), None, "input_shape=(32, 32, 3)"),
        ],
    )


def test_the_callers_are_the_users_calls_above_innermost_first(tmp_path):
    text = """
        def one(n):
            return Dense(n)
        def two(n):
            return one(n + 1)
        layer = two(
            3)
    """
    construction = made(tmp_path, text)
    assert [text_of(span) for span in construction.callers] == ["one(n + 1)", "two(\n    3)"]


def test_arrays_tensors_and_layers_among_the_arguments_are_not_kept(tmp_path):
    text = "import numpy as np\nlayer = layers.Embedding(3, 2, weights=[np.zeros((3, 2))])"
    assert rows(made(tmp_path, text))[2] == (
        "weights",
        [Opaque("<ndarray>", (3, 2))],
        None,
        "weights=[np.zeros((3, 2))]",
    )


def test_a_numpy_size_is_kept_as_a_number(tmp_path):
    construction = made(tmp_path, "import numpy as np\nlayer = Conv2D(np.int64(4), 3)")
    assert rows(construction) == [("filters", 4, 0, "np.int64(4)"), ("kernel_size", 3, 1, "3")]


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # TensorFlow 2.21 under numpy 2
def test_nothing_leaks_into_config_copies_pickles_or_saved_models(tmp_path):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3)])
    for copied in (copy.copy(model.layers[0]), copy.deepcopy(model), pickle.loads(pickle.dumps(model))):  # noqa: S301
        assert copied.get_config()["name"] in {"dense", "sequential"}
    model.save(tmp_path / "m.keras")
    with zipfile.ZipFile(tmp_path / "m.keras") as archive:
        saved = archive.read("config.json").decode() + str(archive.namelist())
    assert "shapeguard" not in saved + model.to_json() + str(model.get_config())
    assert construction_of(keras.models.load_model(tmp_path / "m.keras").layers[0]).indirect


def test_a_layer_whose_own_constructor_raises_is_found_by_its_error(tmp_path):
    text = "import numpy as np\nlayers.Embedding(3, 2, weights=[np.zeros((9, 9))])"
    with pytest.raises(ValueError, match="weight shape") as caught:
        run(tmp_path, HEADER + text)
    construction = failed_construction(caught.value)
    assert (construction.layer_type, text_of(construction.call)) == (
        "Embedding",
        "layers.Embedding(3, 2, weights=[np.zeros((9, 9))])",
    )


def test_an_error_in_a_call_is_no_failed_construction(tmp_path):
    with pytest.raises(ValueError, match=r"negative|Computed") as caught:
        run(tmp_path, HEADER + "Conv2D(3, 9)(keras.Input((4, 4, 1)))")
    assert failed_construction(caught.value) is None


def test_layers_constructed_since_a_point_are_listed_while_they_live():
    point = constructions.now()
    kept = [keras.layers.Dense(1), keras.layers.Dense(2)]
    keras.layers.Dense(3)
    import gc

    gc.collect()
    assert list(constructed_since(point)) == kept


@pytest.mark.slow
def test_without_column_positions_the_class_on_the_line_is_found(tmp_path):
    program = tmp_path / "p.py"
    program.write_text(
        "import keras\nfrom keras.layers import Convolution2D, Dense\n"
        "from shapeguard.capture import constructions\nconstructions.install()\n"
        "layer = Convolution2D(8, 3, padding='same')\n"
        "pair = [Dense(1), Dense(2)]\n"
        "c = constructions.construction_of(layer)\n"
        "print(c.call.line, [(a.name, a.span.column) for a in c.arguments])\n"
        "print(constructions.construction_of(pair[0]).call)\n"
    )
    environment = {**os.environ, "PYTHONNODEBUGRANGES": "1", "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, str(program)], env=environment, capture_output=True, text=True, check=True, timeout=120
    )
    assert done.stdout.splitlines() == ["5 [('filters', 22), ('kernel_size', 25), ('padding', 28)]", "None"]
