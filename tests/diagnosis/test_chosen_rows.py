"""Arrays of different lengths where the program has the numbers of the rows that belong to the samples."""

import pytest
from helpers.refused_programs import is_right, refused
from helpers.texts import has_text, mended

pytestmark = [pytest.mark.filterwarnings("ignore:ShapeGuard. this model has no expected shapes")]
HEAD = """
import keras
import numpy as np
from keras import layers

rng = np.random.default_rng(1)

def net(*sizes):
    given = [keras.Input((size,)) for size in sizes]
    joined = layers.concatenate(given) if len(given) > 1 else given[0]
    model = keras.Model(given, layers.Dense(1)(joined))
    model.compile("sgd", "mse")
    return model

"""
SHOPS = """
shops = rng.random((9, 3))
days = rng.random((40, 5))
{0}
sales = rng.random(40)
net(3, 5).fit([shops, days], sales, batch_size=8, verbose=0)
"""
CASES = {
    "a row for each group": (
        SHOPS.format("shop_of_day = np.arange(40) % 9"),
        "net(3, 5).fit([shops[shop_of_day], days], sales, batch_size=8, verbose=0)",
    ),
    "a list of numbers": (
        SHOPS.format("where = [int(n) for n in np.arange(40) % 9]"),
        "net(3, 5).fit([shops[where], days], sales, batch_size=8, verbose=0)",
    ),
    "targets of groups": (
        (
            "rows, of_patient = rng.random((30, 4)), np.arange(30) // 5\noutcome = rng.random((6, 1))\n"
            "net(4).fit(rows, outcome, verbose=0)\n"
        ),
        "net(4).fit(rows, outcome[of_patient], verbose=0)",
    ),
    "some of the rows": (
        (
            "rows, few = rng.random((30, 4)), rng.permutation(30)[:12]\nanswers = rng.random((12, 1))\n"
            "net(4).fit(rows, answers, verbose=0)\n"
        ),
        "net(4).fit(rows[few], answers, verbose=0)",
    ),
    "a mask": (
        (
            "rows, is_known = rng.random((30, 4)), np.arange(30) % 3 > 0\nanswers = rng.random((20, 1))\n"
            "net(4).fit(rows, answers, verbose=0)\n"
        ),
        "net(4).fit(rows[is_known], answers, verbose=0)",
    ),
    "inside a function": (
        (
            "def train(rows, answers, kept):\n    net(4).fit(rows, answers, verbose=0)\n\n"
            "train(rng.random((30, 4)), rng.random((12, 1)), rng.permutation(30)[:12])\n"
        ),
        "    net(4).fit(rows[kept], answers, verbose=0)",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_rows_are_chosen_by_the_numbers_that_nothing_else_reads(case, tmp_path):
    program, line = CASES[case]
    diagnosis = refused(HEAD + program, tmp_path)
    (cause,) = diagnosis.causes
    after = mended(tmp_path / "program.py", cause).splitlines()
    assert (diagnosis.code, cause.confidence) == ("SG301", "cause")
    assert [each for each in after if each not in (HEAD + program).splitlines()] == [line]


def test_numbers_that_are_read_elsewhere_are_one_cause_of_several(tmp_path):
    program = "rows, few = rng.random((30, 4)), rng.permutation(30)[:12]\nanswers = rng.random((30, 1))[few]\n"
    causes = refused(HEAD + program + "net(4).fit(rows, answers, verbose=0)\n", tmp_path).causes
    assert [(each.confidence, each.edits[0].replacement) for each in causes] == [
        ("possible", "rows[few]"),
        ("possible", "rows[:12]"),
    ]


def test_frames_are_indexed_by_place(tmp_path):
    pytest.importorskip("pandas")
    program = SHOPS.format("import pandas as pd\nshops = pd.DataFrame(shops)\nwhere = np.arange(40) % 9")
    (cause,) = refused(HEAD + program, tmp_path).causes
    assert [each.replacement for each in cause.edits] == ["shops.iloc[where]"]


@pytest.mark.parametrize(
    "made",
    [
        "labels = np.arange(40) % 9",
        "classes = np.arange(40) % 4",
        "order = np.arange(40)",
        "one, other = np.arange(40) % 9, np.arange(40)[::-1] % 9",
        "floats = np.arange(40) % 9 / 1",
        "others = np.arange(41) % 9",
        "beyond = np.arange(40) % 10",
        "below = np.arange(40) % 9 - 1",
    ],
)
def test_numbers_that_need_not_be_of_rows_choose_none(made, tmp_path):
    (cause,) = refused(HEAD + SHOPS.format(made), tmp_path).causes
    assert cause.confidence == "possible"
    assert has_text(cause)
    assert "shops[" not in cause.edits[0].replacement


def test_rows_that_are_chosen_are_right(tmp_path):
    program = SHOPS.format("where = np.arange(40) % 9").replace("[shops,", "[shops[where],")
    assert is_right(HEAD + program, tmp_path)
