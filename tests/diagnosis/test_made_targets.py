"""Targets that the program makes in another shape than the output has, with the call that makes them."""

import pytest
from helpers.refused_programs import refused
from helpers.texts import mended

pytestmark = pytest.mark.filterwarnings("ignore")
HEAD = "import keras\nimport numpy as np\nfrom keras import layers\n"
PATCHES = """
judge = keras.Sequential([keras.Input((16, 16, 3)), layers.Conv2D(4, 4, strides=2, padding="same"),
                          layers.Conv2D(1, 4, padding="same")])
judge.compile("sgd", keras.losses.BinaryCrossentropy(from_logits=True))
pictures = np.zeros((6, 16, 16, 3), "float32")
count = len(pictures)
"""


def causes_of(program, tmp_path):
    diagnosis = refused(HEAD + program, tmp_path)
    assert diagnosis.code in {"SG303", "SG601"}  # on JAX and PyTorch Keras refuses arrays before any check
    return diagnosis.causes


def changed(tmp_path, cause):
    path = tmp_path / "program.py"
    before = path.read_text(encoding="utf-8").splitlines()
    return [line for line in mended(path, cause).splitlines() if line not in before]


@pytest.mark.parametrize(
    ("program", "lines"),
    {
        "ones": (
            "real = np.ones((count, 1))\njudge.train_on_batch(pictures, real)",
            ["real = np.ones((count, 8, 8, 1))"],
        ),
        "without an axis": (
            "judge.fit(pictures, 0.9 * keras.ops.ones(count), verbose=0)",
            ["judge.fit(pictures, 0.9 * keras.ops.ones((count, 8, 8, 1)), verbose=0)"],
        ),
        "two halves": (
            (
                "real, fake = np.ones((3, 1)), np.zeros((3, 1))\n"
                "labels = np.concatenate([real, fake])\njudge.fit(pictures, labels, verbose=0)"
            ),
            ["real, fake = np.ones((3, 8, 8, 1)), np.zeros((3, 8, 8, 1))"],
        ),
        "in a function": (
            (
                "def sample(data, count):\n    wanted = np.full((count, 1), 0.9)\n"
                "    return [data[:count], 1], wanted\n"
                "(some, _), labels = sample(pictures, 4)\njudge.train_on_batch(some, labels)"
            ),
            ["    wanted = np.full((count, 8, 8, 1), 0.9)"],
        ),
    }.values(),
)
def test_targets_of_one_value_are_made_in_the_shape_of_the_output(program, lines, tmp_path):
    (cause,) = causes_of(PATCHES + program, tmp_path)
    assert cause.confidence == "possible"
    assert cause.verified
    assert changed(tmp_path, cause) == lines


SENTENCES = """
rng = np.random.default_rng(1)
lengths = [3, 7, 5, 4] * 4
words = [list(rng.integers(1, 20, n)) for n in lengths]
tags = [list(rng.integers(0, 3, n)) for n in lengths]
LONGEST = 10
"""
TAGGER = """
model = keras.Sequential([layers.Input((None,)), layers.Embedding(20, 4), layers.LSTM(5, return_sequences=True),
                          layers.Dense(3, activation="softmax")])
model.compile("sgd", "sparse_categorical_crossentropy")
model.fit(x{part}, y{part}, verbose=0)
"""
PAD = "keras.utils.pad_sequences"


@pytest.mark.parametrize(
    ("made", "part", "line"),
    {
        "targets alone": (
            f"x = {PAD}(words, maxlen=LONGEST)\ny = {PAD}(tags)\n",
            "",
            f"y = {PAD}(tags, maxlen=LONGEST)",
        ),
        "and split": (
            (
                f"x = {PAD}(words, LONGEST)\ny = {PAD}(tags, padding='post')\n"
                "x_train, x_test, y_train, y_test = x[:8], x[8:], y[:8], y[8:]\n"
            ),
            "_train",
            f"y = {PAD}(tags, maxlen=LONGEST, padding='post')",
        ),
        "another length": (
            f"x = {PAD}(words, maxlen=LONGEST)\ny = {PAD}(tags, maxlen=9)\n",
            "",
            f"y = {PAD}(tags, maxlen=LONGEST)",
        ),
    }.values(),
)
def test_targets_are_padded_to_the_length_of_the_inputs(made, part, line, tmp_path):
    cause, *others = causes_of(SENTENCES + made + TAGGER.format(part=part), tmp_path)
    assert cause.verified
    assert changed(tmp_path, cause) == [line]
    assert {cause.confidence, *(each.confidence for each in others)} == {"possible"}


def test_inputs_that_are_padded_to_no_length_are_to_that_of_the_targets(tmp_path):
    made = f"x = {PAD}(words)\ny = {PAD}(tags, maxlen=LONGEST)\n"
    causes = causes_of(SENTENCES + made + TAGGER.format(part=""), tmp_path)
    assert [f"x = {PAD}(words, maxlen=LONGEST)"] in [changed(tmp_path, each) for each in causes]


def test_without_a_call_in_sight_no_cause_is_invented(tmp_path):
    made = "x, y = np.zeros((8, 10), int), np.arange(72).reshape(8, 9) % 3\n"
    assert not causes_of(made + TAGGER.format(part=""), tmp_path)


@pytest.mark.parametrize(
    ("made", "line"),
    [
        ("real = np.ones((count, 4, 4, 1))", "real = np.ones((count, 8, 8, 1))"),
        ("real = np.ones((count,) + patch)", "real = np.ones((count,) + (8, 8, 1))"),
    ],
    ids=["sizes", "a sum"],
)
def test_patches_of_another_size_are_made_otherwise_before_a_layer_is_changed_for_them(made, line, tmp_path):
    causes = causes_of(PATCHES + f"patch = (4, 4, 1)\n{made}\njudge.train_on_batch(pictures, real)", tmp_path)
    assert changed(tmp_path, causes[0]) == [line]
    assert {cause.confidence for cause in causes} == {"possible"}


def test_axes_of_targets_that_stand_in_another_order_are_moved_and_never_regrouped(tmp_path):
    program = (
        "net = keras.Sequential([keras.Input((8, 8, 3)), layers.Conv2D(4, 1, activation='softmax')])\n"
        "net.compile('sgd', 'categorical_crossentropy')\nmasks = np.zeros((6, 4, 8, 8, 1))\nmasks[:, 0] = 1\n"
        "net.fit(np.zeros((6, 8, 8, 3)), masks, verbose=0)"
    )
    causes = causes_of(program, tmp_path)
    assert changed(tmp_path, causes[0]) == [
        "net.fit(np.zeros((6, 8, 8, 3)), np.moveaxis(np.squeeze(masks, 4), 1, -1), verbose=0)"
    ]
    assert not any("reshape" in str(edit.replacement) for cause in causes for edit in cause.edits)
