"""Arrays of one value for a single sample beside data of several, as losses that need no targets are given."""

import pytest
from helpers.refused_programs import refused
from helpers.texts import mended

pytestmark = pytest.mark.filterwarnings("ignore:ShapeGuard. this model has no expected shapes")
HEAD = """
import keras
import numpy as np
from keras import layers

views = np.random.default_rng(0).normal(size=(12, 6))
worth = views[:, :1]
nothing = np.zeros((1, 4))

seen, before = keras.Input((6,)), keras.Input((4,))
policy = keras.Model(seen, [layers.Dense(4)(seen), layers.Dense(1)(seen)])
policy.compile("sgd", ["mse", "mse"])
clipped = keras.Model([seen, before], layers.Dense(1)(layers.Concatenate()([seen, before])))
clipped.compile("sgd", "mse")
"""
CASES = {
    "targets": (
        "policy.fit(views, [nothing, worth], verbose=0)",
        "policy.fit(views, [np.repeat(nothing, len(views), axis=0), worth], verbose=0)",
    ),
    "an input": (
        "clipped.fit([views, np.ones((1, 4))], worth, verbose=0)",
        "clipped.fit([views, np.repeat(np.ones((1, 4)), 12, axis=0)], worth, verbose=0)",
    ),
    "all targets": (
        "policy.fit(views, [nothing, np.ones((1, 1))])",
        "policy.fit(views, [np.repeat(nothing, len(views), axis=0), np.repeat(np.ones((1, 1)), len(views), axis=0)])",
    ),
}


@pytest.mark.parametrize(("program", "line"), CASES.values(), ids=CASES)
def test_one_value_is_repeated_for_each_sample(program, line, tmp_path):
    causes = refused(HEAD + program, tmp_path).causes
    assert mended(tmp_path / "program.py", causes[0]).splitlines()[-1] == line
    assert {each.confidence for each in causes} == {"possible"}


@pytest.mark.parametrize(
    "program",
    [
        "policy.fit(views, [views[:1, :4], worth], verbose=0)",
        "policy.fit(views, [nothing, worth[:5]], verbose=0)",
        "clipped.fit([np.zeros((1, 6)), nothing], worth, verbose=0)",
    ],
    ids=["of data", "of other lengths", "all inputs"],
)
def test_nothing_else_is_repeated(program, tmp_path):
    causes = refused(HEAD + program, tmp_path).causes
    assert [edit for cause in causes for edit in cause.edits if "repeat" in str(edit.replacement)] == []
