"""Targets with more axes than the last Dense gives: a Reshape behind it, and units that fill that."""

import pytest
from helpers.refused_programs import refused
from helpers.texts import mended

HEAD = "import keras\nimport numpy as np\nfrom keras import layers\n\n"
FIT = "model.compile('sgd', 'mse')\nmodel.fit(np.zeros((4, 7, 12)), np.zeros((4, 3, 12)), verbose=0)\n"
PROGRAMS = {
    "in a list": (
        "model = keras.Sequential([keras.Input((7, 12)), layers.LSTM(4), layers.Dense(1)])\n",
        "layers.LSTM(4), layers.Dense(36), layers.Reshape((3, 12))])\n",
    ),
    "in a list of lines": (
        "model = keras.Sequential([\n    keras.Input((7, 12)),\n    layers.LSTM(4),\n    layers.Dense(1),  # end\n])\n",
        "    layers.Dense(36),\n    layers.Reshape((3, 12)),  # end\n",
    ),
    "added": (
        "model = keras.Sequential([keras.Input((7, 12)), layers.LSTM(4)])\nmodel.add(layers.Dense(1))  # the end\n",
        "model.add(layers.Dense(36))  # the end\nmodel.add(layers.Reshape((3, 12)))\n",
    ),
    "called and named": (
        "i = keras.Input((7, 12))\nx = layers.LSTM(4)(i)\nout = layers.Dense(1)(x)\nmodel = keras.Model(i, out)\n",
        "out = layers.Dense(36)(x)\nout = layers.Reshape((3, 12))(out)\n",
    ),
    "called inside a call": (
        "i = keras.Input((7, 12))\nmodel = keras.Model(i, layers.Dense(1)(layers.LSTM(4)(i)))\n",
        "keras.Model(i, layers.Reshape((3, 12))(layers.Dense(36)(layers.LSTM(4)(i))))\n",
    ),
}


@pytest.mark.parametrize(("program", "line"), PROGRAMS.values(), ids=PROGRAMS)
def test_units_and_a_reshape_are_one_verified_cause_whose_text_trains(program, line, tmp_path):
    diagnosis = refused(HEAD + program + FIT, tmp_path)
    (cause,) = diagnosis.causes
    assert (diagnosis.code, cause.kind, cause.confidence, cause.verified) == ("SG303", "structure", "cause", True)
    assert cause.title == "no Reshape behind 'dense', and units to fill it: 3 * 12 = 36"
    assert [edit.argument for edit in cause.edits][:2] == ["units", "insert_after"]
    assert line in mended(tmp_path / "program.py", cause)


def test_as_many_numbers_as_the_targets_have_are_only_grouped(tmp_path):
    program = "model = keras.Sequential([keras.Input((7, 12)), layers.LSTM(4), layers.Dense(36)])\n"
    (cause,) = refused(HEAD + program + FIT, tmp_path).causes
    assert cause.title == "no Reshape behind 'dense'"
    assert [(edit.argument, edit.replacement) for edit in cause.edits] == [
        ("insert_after", ", layers.Reshape((3, 12))")
    ]
    assert cause.verified


def test_a_dense_of_which_the_user_says_the_shape_keeps_it(tmp_path):
    program = "model = keras.Sequential([keras.Input((7, 12)), layers.LSTM(4), layers.Dense(1)])  # (None, 1)\n"
    diagnosis = refused(HEAD + program + FIT, tmp_path)
    assert not [cause for cause in diagnosis.causes if cause.edits and cause.edits[0].argument == "units"]
