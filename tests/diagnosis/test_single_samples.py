"""Generators and Sequences that give single samples: the lines that take them, with batches in their place."""

import pytest
from helpers.refused_programs import refused
from helpers.texts import mended

pytestmark = [
    pytest.mark.filterwarnings("ignore:ShapeGuard. this model has no expected shapes"),
    pytest.mark.filterwarnings("ignore:`shuffle=True` was passed"),
]
HEAD = """
import math
import keras
import numpy as np
from keras import layers

rows, kinds = np.zeros((24, 6, 4)), np.zeros({0})
model = keras.Sequential([keras.Input((6, 4)), layers.Flatten(), layers.Dense(3)])
model.compile("sgd", {1!r})
"""
NUMBERS, VECTORS = ("24", "sparse_categorical_crossentropy"), ("(24, 3)", "mse")
SEQUENCE = """
class Given(keras.utils.PyDataset):
    def __init__(self, rows, kinds, size):
        super().__init__()
        self.rows, self.kinds, self.size = rows, kinds, size
        self.order = np.arange(len(rows))

    def __len__(self):
        return {0}

    def __getitem__(self, index):
{1}

given = Given(rows, kinds, 8)
model.fit(given, verbose=0)
"""
GENERATOR = """
def given(rows, kinds):
    while True:
{0}

model.fit(given(rows, kinds), steps_per_epoch=2, verbose=0)
"""
BATCHES, SAMPLES = "math.ceil(len(self.rows) / self.size)", "len(self.rows)"


@pytest.mark.parametrize("targets", [NUMBERS, VECTORS])
@pytest.mark.parametrize(
    ("program", "lines"),
    {
        "a start that is calculated": (
            SEQUENCE.format(
                "len(self.rows) // self.size",
                "        start = index * self.size\n        x = self.rows[start]\n        y = self.kinds[start]\n"
                "        return x, y",
            ),
            ["        x = self.rows[start:start + self.size]", "        y = self.kinds[start:start + self.size]"],
        ),
        "the number of the batch": (
            SEQUENCE.format(BATCHES, "        return self.rows[index], np.array(self.kinds[index])"),
            [
                (
                    "        return self.rows[index * self.size:(index + 1) * self.size],"
                    " np.array(self.kinds[index * self.size:(index + 1) * self.size])"
                ),
            ],
        ),
        "an item for each sample": (
            SEQUENCE.format(SAMPLES, "        return self.rows[index].astype('float32'), self.kinds[index]"),
            ["        return self.rows[index:index + 1].astype('float32'), self.kinds[index:index + 1]"],
        ),
        "in another order": (
            SEQUENCE.format(SAMPLES, "        return self.rows[self.order[index]], self.kinds[self.order[index]]"),
            ["        return self.rows[self.order[index:index + 1]], self.kinds[self.order[index:index + 1]]"],
        ),
        "a loop over numbers": (
            GENERATOR.format("        for i in range(len(rows)):\n            yield rows[i], kinds[i]"),
            ["            yield rows[i:i + 1], kinds[i:i + 1]"],
        ),
        "a loop over samples": (
            GENERATOR.format("        for row, kind in zip(rows, kinds):\n            yield row / 255, kind"),
            ["            yield np.expand_dims(row / 255, 0), np.expand_dims(kind, 0)"],
        ),
        "more is done to the sample": (
            SEQUENCE.format(
                BATCHES, "        x = self.rows[index]\n        x = x - x.max()\n        return x, self.kinds[index]"
            ),
            ["        return np.expand_dims(x, 0), np.expand_dims(self.kinds[index], 0)"],
        ),
    }.values(),
)
def test_batches_are_given_where_samples_are_taken(program, lines, targets, tmp_path):
    text = HEAD.format(*targets) + program
    diagnosis = refused(text, tmp_path)
    (cause,) = diagnosis.causes
    assert diagnosis.code == "SG301"
    assert [
        line for line in mended(tmp_path / "program.py", cause).splitlines() if line not in text.splitlines()
    ] == lines


def test_no_line_is_named_where_the_generator_is_not_in_sight(tmp_path):
    program = GENERATOR.format("        yield from zip(rows, kinds)")
    (cause,) = refused(HEAD.format(*VECTORS) + program, tmp_path).causes
    assert cause.title == "the data is not batched: it gives single samples"
    assert cause.edits == ()
