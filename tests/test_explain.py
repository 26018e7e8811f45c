"""Why each size is what it is: `explain` of layers and models."""

import json
import textwrap

import keras
import pytest
from keras import layers

from shapeguard import ShapeGuard, check, explain
from shapeguard.explanation import Explanation

PREAMBLE = "import keras\nfrom keras import layers\n"


@pytest.fixture
def made(tmp_path, monkeypatch):
    """What a program written to a file calls `made`, so that its arguments have places."""

    def run(program):
        monkeypatch.chdir(tmp_path)
        file = tmp_path / "model.py"
        file.write_text(PREAMBLE + textwrap.dedent(program), encoding="utf-8")
        namespace = {}
        exec(compile(file.read_text(encoding="utf-8"), str(file), "exec"), namespace)  # noqa: S102  quoted programs run
        return namespace["made"]

    return run


SEED = """
made = keras.Sequential([
    keras.Input((28, 28, 1)),
    layers.Conv2D(32, 3, 3, activation="relu"),
    layers.MaxPooling2D(pool_size=(2, 2)),
    layers.Dropout(0.5),
    layers.Flatten(),
    layers.Dense(10),
], name="digits")
"""


def test_a_model_is_explained_layer_by_layer(made):
    assert str(explain(made(SEED))) == textwrap.dedent("""\
        model 'digits'
        layer 'input_layer' (InputLayer), model.py:5: (None, 28, 28, 1): declared by shape=(28, 28, 1)
        layer 'conv2d' (Conv2D), model.py:6: (None, 28, 28, 1) -> (None, 9, 9, 32)
          height: floor((28 - 3) / 3) + 1 = 9, from kernel_size=3, strides=3 (3rd positional), padding='valid' (default)
          width: floor((28 - 3) / 3) + 1 = 9, from kernel_size=3, strides=3 (3rd positional), padding='valid' (default)
          channels: filters = 32
          kept: batch
        layer 'max_pooling2d' (MaxPooling2D), model.py:7: (None, 9, 9, 32) -> (None, 4, 4, 32)
          height: floor((9 - 2) / 2) + 1 = 4, from pool_size=(2, 2), padding='valid' (default)
          width: floor((9 - 2) / 2) + 1 = 4, from pool_size=(2, 2), padding='valid' (default)
          kept: batch, axis 3
        layer 'dropout' (Dropout), model.py:8: (None, 4, 4, 32) -> (None, 4, 4, 32): kept
        layer 'flatten' (Flatten), model.py:9: (None, 4, 4, 32) -> (None, 512)
          features: 4 * 4 * 32 = 512
          kept: batch
        layer 'dense' (Dense), model.py:10: (None, 512) -> (None, 10)
          features: units = 10
          kept: batch""")


def test_a_layer_is_explained_on_the_shapes_of_its_call(made):
    told = explain(made("made = layers.Dense(10)\nmade(keras.Input((7,)))"))
    assert str(told) == textwrap.dedent("""\
        layer 'dense' (Dense), model.py:3: (None, 7) -> (None, 10)
          features: units = 10
          kept: batch""")


def test_a_layer_that_was_built_is_explained_on_the_shape_it_was_built_for(made):
    told = explain(made("made = layers.Conv1D(4, 3, padding='same', strides=2)\nmade.build((None, 9, 2))"))
    assert str(told) == textwrap.dedent("""\
        layer 'conv1d' (Conv1D), model.py:3: (None, 9, 2) -> (None, 5, 4)
          steps: ceil(9 / 2) = 5, from strides=2, padding='same'
          channels: filters = 4
          kept: batch""")


def test_a_shared_layer_is_explained_once_a_shape(made):
    told = explain(made("made = layers.Dense(3)\nfor shape in ((5,), (7, 5), (5,)):\n    made(keras.Input(shape))"))
    assert [(call.call, call.inputs, call.output) for call in told.calls] == [
        (1, (None, 5), (None, 3)),
        (2, (None, 7, 5), (None, 7, 3)),
    ]


def test_the_arguments_of_a_wrapped_layer_are_told_as_its_own(made):
    program = """
        inputs = keras.Input((20, 8))
        outputs = layers.Bidirectional(layers.LSTM(16, return_sequences=True))(inputs)
        outputs = layers.TimeDistributed(layers.Dense(3))(outputs)
        made = keras.Model(inputs, outputs, name="tagger")
    """
    assert str(explain(made(program))) == textwrap.dedent("""\
        model 'tagger'
        layer 'input_layer' (InputLayer), model.py:4: (None, 20, 8): declared by shape=(20, 8)
        layer 'bidirectional' (Bidirectional), model.py:5: (None, 20, 8) -> (None, 20, 32)
          features: 2 * 16 = 32, from units=16 (of LSTM), return_sequences=True (of LSTM), merge_mode='concat' (default)
          kept: batch, axis 1
        layer 'time_distributed' (TimeDistributed), model.py:6: (None, 20, 32) -> (None, 20, 3)
          features: units = 3, from units=3 (of Dense)
          kept: batch, axis 1""")


def test_what_no_formula_covers_says_so(made):
    program = """
        class Doubling(layers.Layer):
            def call(self, x):
                return keras.ops.concatenate([x, x], axis=-1)

        inputs = keras.Input((4,))
        outputs = layers.Lambda(lambda x: x * 2, output_shape=(4,))(Doubling()(inputs) + 1)
        made = keras.Model(inputs, layers.Flatten()(outputs))
    """
    notes = {call.layer: call.note for call in explain(made(program)).calls}
    assert notes["doubling"] == "unexplained: its own call() determines its shapes"
    assert notes["lambda"] == "unexplained: the user's function determines its shapes"
    assert notes["add"] == "no constructor arguments"


def test_an_axis_of_open_size_is_open():
    model = keras.Sequential([keras.Input((None, 4)), layers.Conv1D(2, 3, name="conv")])
    (_, conv) = explain(model).calls
    assert [(size.name, size.size, size.origin) for size in conv.sizes] == [
        ("batch", None, "kept"),
        ("axis 1", None, "kept"),
        ("channels", 2, "derived"),
    ]


def test_a_layer_made_by_keras_has_no_positions():
    clone = keras.models.clone_model(keras.Sequential([keras.Input((9, 2)), layers.Conv1D(4, 3, 2, name="conv")]))
    (_, conv) = explain(clone).calls
    assert [(given.name, given.value, given.position, given.written) for given in conv.sizes[1].arguments] == [
        ("kernel_size", 3, None, None),
        ("strides", 2, None, None),
        ("padding", "valid", None, None),
    ]


def test_a_layer_that_was_never_called_says_what_to_do():
    with pytest.raises(ValueError, match="never called") as raised:
        explain(layers.Conv2D(4, 3))
    assert str(raised.value) == (
        "layer 'conv2d' (Conv2D) was never called, and its sizes depend on its input: call it on a keras.Input, "
        "build it with layer.build((None, 28, 28, 1)), or explain the built model that holds it"
    )


def test_a_model_without_shapes_says_what_to_do():
    with pytest.raises(ValueError, match="no input shapes") as raised:
        explain(keras.Sequential([layers.Dense(3)], name="later"))
    assert str(raised.value) == (
        "Sequential 'later' has no input shapes yet: call it, or build it: model.build((None, 28, 28, 1))"
    )


def test_what_is_no_layer_is_refused():
    with pytest.raises(TypeError) as raised:
        explain("conv2d")
    assert str(raised.value) == "explain(...) takes a layer or a model, not str: 'conv2d'"


def test_the_table_has_one_line_a_size(made):
    told = explain(made("made = layers.Conv1D(4, 3, 2)\nmade(keras.Input((9, 2)))"))
    assert (
        told.to_table("github")
        == textwrap.dedent("""\
        | layer   | type   | axis     | size   | why                        | from                                                                 |
        |---------|--------|----------|--------|----------------------------|----------------------------------------------------------------------|
        | conv1d  | Conv1D | batch    | None   | kept                       |                                                                      |
        | conv1d  | Conv1D | steps    | 4      | floor((9 - 3) / 2) + 1 = 4 | kernel_size=3, strides=2 (3rd positional), padding='valid' (default) |
        | conv1d  | Conv1D | channels | 4      | filters = 4                |                                                                      |""")
    )
    with pytest.raises(ValueError, match="unknown table format 'latex'"):
        told.to_table("latex")


def test_the_explanation_is_a_value_that_json_and_a_notebook_can_show(made):
    told = explain(made("made = layers.Dense(3, name='<b>')\nmade(keras.Input((2,)))"))
    document = told.to_dict()
    assert json.loads(json.dumps(document)) == document
    assert document["calls"][0]["sizes"][1]["arguments"] == [
        {"name": "units", "value": 3, "position": 0, "written": True, "required": True, "of": ""}
    ]
    assert "&lt;b&gt;" in told._repr_html_()
    assert "<b>" not in told._repr_html_()
    assert isinstance(told, Explanation)
    assert told == Explanation(told.calls, told.model)


def test_explaining_leaves_no_mark_on_the_model(made):
    model = made(SEED)
    nodes = [(len(layer._inbound_nodes), len(layer._outbound_nodes)) for layer in model.layers]
    for layer in (model, *model.layers):
        explain(layer)
    assert [(len(layer._inbound_nodes), len(layer._outbound_nodes)) for layer in model.layers] == nodes


def test_the_rows_of_a_check_say_why_each_size_is_what_it_is(made):
    rows = check(made(SEED)).rows
    behind = "from kernel_size=3, strides=3 (3rd positional), padding='valid' (default)"
    assert rows[1].derivation == (
        f"height: floor((28 - 3) / 3) + 1 = 9, {behind}",
        f"width: floor((28 - 3) / 3) + 1 = 9, {behind}",
        "channels: filters = 32",
        "kept: batch",
    )
    assert [row.derivation for row in rows[2:]][1] == ("kept",)
    assert rows[0].derivation == ()


def test_the_rows_of_a_fit_say_so_too():
    import numpy as np

    model = keras.Sequential([keras.Input((4,)), layers.Dense(3, name="head")])
    model.compile(loss="mse")
    guard = ShapeGuard({"head": ("B", 3)})
    model.fit(np.zeros((8, 4)), np.zeros((8, 3)), verbose=0, callbacks=[guard])
    assert [row.derivation for row in guard.report.rows] == [(), ("features: units = 3", "kept: batch")]
