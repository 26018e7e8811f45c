"""A list of samples for a model of one input or output: Keras takes it for so many inputs."""

import pytest
from helpers.refused_programs import is_right, refused
from helpers.texts import mended

pytestmark = [
    pytest.mark.filterwarnings("ignore:ShapeGuard. this model has no expected shapes"),
    pytest.mark.filterwarnings("ignore:.*The structure of `inputs` doesn't match the expected structure"),
]
JOINED = ("np.stack", "np.concatenate")
HEAD = """
import keras
import numpy as np
from keras import layers

leaf, stone, shell = (np.full((1, 6, 3), each) for each in range(3))
kinds = np.eye(2)[[0, 1, 1]]

seen = keras.Input((6, 3))
model = keras.Model(seen, layers.Dense(2, activation="softmax")(layers.Flatten()(seen)))
model.compile("sgd", "categorical_crossentropy")
"""
CASES = {
    "each a batch of one": (
        "scans = [leaf, stone, shell]\nmodel.fit(scans, kinds, verbose=0)",
        "model.fit(np.concatenate(scans), kinds, verbose=0)",
    ),
    "batches of several": (
        "model.evaluate([np.zeros((2, 6, 3)), shell], kinds, verbose=0)",
        "model.evaluate(np.concatenate([np.zeros((2, 6, 3)), shell]), kinds, verbose=0)",
    ),
    "each one sample": (
        "scans = []\nfor each in (leaf, stone, shell):\n    scans.append(each[0])\nmodel.fit(scans, kinds, verbose=0)",
        "model.fit(np.stack(scans), kinds, verbose=0)",
    ),
    "each one sample, to predict": (
        "model.predict([leaf[0], stone[0]], verbose=0)",
        "model.predict(np.stack([leaf[0], stone[0]]), verbose=0)",
    ),
    "targets": (
        "rows = [kinds[0], kinds[1], kinds[2]]\nmodel.fit(np.zeros((3, 6, 3)), rows, verbose=0)",
        "model.fit(np.zeros((3, 6, 3)), np.stack(rows), verbose=0)",
    ),
}


@pytest.mark.parametrize(("program", "line"), CASES.values(), ids=CASES)
def test_one_array_is_made_of_the_samples(program, line, tmp_path):
    (cause,) = refused(HEAD + program, tmp_path).causes
    assert mended(tmp_path / "program.py", cause).splitlines()[-1] == line
    assert cause.confidence == "cause"


@pytest.mark.parametrize(
    "program",
    [
        "model.fit([leaf, stone], kinds, verbose=0)",
        "model.fit([leaf[0], stone[0, :5], shell[0]], kinds, verbose=0)",
        "model.fit([np.zeros((3, 6)), np.zeros((3, 3))], kinds[:2], verbose=0)",
    ],
    ids=["of another number", "of unlike samples", "of other data"],
)
def test_arrays_that_make_no_such_samples_are_not_joined(program, tmp_path):
    causes = refused(HEAD + program, tmp_path).causes
    assert [edit for cause in causes for edit in cause.edits if str(edit.replacement).startswith(JOINED)] == []


def test_a_list_of_one_array_is_right(tmp_path):
    assert is_right(f"{HEAD}model.fit([np.concatenate([leaf, stone, shell])], [kinds], verbose=0)", tmp_path)
