"""A layer in the place of a tensor: the missing call, at its place in the source."""

import pytest
from helpers.refused_programs import refused
from helpers.texts import mended

pytestmark = [
    pytest.mark.filterwarnings("ignore:Layer 'net' looks like it has unbuilt state"),
    pytest.mark.filterwarnings("ignore:`build..` was called on layer 'net'"),
]
HEAD = """import keras
import numpy as np
from keras import layers

i = keras.Input((8,))
x = layers.Dense(4)(i)
"""
NET = """class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.first, self.second = layers.Dense(3), layers.Dense(2)

    def call(self, rows):
        return self.second(self.first)


"""
PROGRAMS = {
    "an output of a model": ("out = layers.Dense(3)\nmodel = keras.Model(i, out)\n", "layers.Dense(3)(x)"),
    "a layer that is used twice": (
        "head = layers.Dense(3)\nnames = [head.name]\nmodel = keras.Model(i, head)\n",
        "head(x)",
    ),
    "a layer for a layer": ("out = layers.ReLU()(layers.Dense(5))\n", "layers.Dense(5)(x)"),
    "one of several tensors": ("out = layers.Concatenate()([x, layers.Dense(5)])\n", "layers.Dense(5)(x)"),
    "a tensor of a function": ("out = layers.add([x, layers.Dense(4)])\n", "layers.Dense(4)(x)"),
    "a tensor of an operation": ("out = keras.ops.concatenate([x, layers.Dense(4)])\n", "layers.Dense(4)(x)"),
    "inside a function": (
        "def head(rows):\n    first = layers.Dense(3)\n    return layers.ReLU()(first)\n\n\nout = head(x)\n",
        "layers.Dense(3)(rows)",
    ),
    "inside a call": (f"{NET}Net()(x)\n", "self.first(rows)"),
    "inside a fit": (
        f"{NET}net = Net()\nnet.compile('sgd', 'mse')\nnet.fit(np.zeros((4, 8)), np.zeros((4, 2)), verbose=0)\n",
        "self.first(rows)",
    ),
    "a layer that was called": ("head = layers.Dense(3)\ny = head(x)\nmodel = keras.Model(i, head)\n", "y"),
    "a model over its own inputs": (
        "base = keras.Model(i, x)\nmodel = keras.Model(base.input, base)\n",
        "base.output",
    ),
}


@pytest.mark.parametrize(("program", "call"), PROGRAMS.values(), ids=PROGRAMS)
def test_the_missing_call_is_written_and_the_program_goes_on(program, call, tmp_path):
    diagnosis = refused(HEAD + program, tmp_path)
    (cause,) = diagnosis.causes
    assert (diagnosis.code, cause.kind, cause.confidence, cause.verified) == ("SG601", "inputs", "cause", False)
    assert [edit.corrected for edit in cause.edits] == [call]
    mended(tmp_path / "program.py", cause)


def test_several_layers_are_one_cause_with_an_edit_each(tmp_path):
    diagnosis = refused(
        f"{HEAD}model = keras.Model(i, [layers.Dense(3, name='a'), layers.Dense(2, name='b')])\n", tmp_path
    )
    assert diagnosis.headline == "layers 'a' (Dense), 'b' (Dense) were passed where a tensor is expected"
    mended(tmp_path / "program.py", diagnosis.causes[0])


def test_another_tensor_is_named_beside_the_last_one_if_the_layer_takes_it(tmp_path):
    diagnosis = refused(
        f"{HEAD}pictures = layers.Reshape((2, 2, 1))(x)\nmodel = keras.Model(i, layers.Conv2D(3, 1))\n", tmp_path
    )
    assert diagnosis.causes[0].suggestion == "layers.Conv2D(3, 1)(pictures)"
    assert diagnosis.causes[0].also == ()
    rows = refused(f"{HEAD}model = keras.Model(i, layers.Dense(3))\n", tmp_path)
    assert rows.causes[0].also == ("layers.Dense(3)(i)",)


def test_a_wrapper_is_right_to_take_a_layer(tmp_path):
    diagnosis = refused(f"{HEAD}out = layers.TimeDistributed(layers.Dense(3))(x)\n", tmp_path)
    assert not [cause for cause in diagnosis.causes if cause.kind == "inputs"]
