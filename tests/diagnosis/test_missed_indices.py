"""Numbers that an Embedding has no row for: which argument is too small, and by how much."""

import runpy

import keras
import pytest
from helpers.refused_programs import refused
from helpers.texts import mended

from shapeguard import ShapeGuard

pytestmark = [
    pytest.mark.filterwarnings("ignore:ShapeGuard. this model has no expected shapes"),
    pytest.mark.filterwarnings("ignore:`shuffle=True` was passed"),
    pytest.mark.skipif(keras.config.backend() == "jax", reason="JAX takes the last row for all numbers beyond it"),
]
HEAD = "import keras\nimport numpy as np\nfrom keras import layers\n"
NET = (
    "x, y = np.array([[1, 2, 3], [4, 5, 6]] * 4), np.zeros((8, 1))\n{0}\n"
    "net = [keras.Input((3,)), layers.Embedding({1}, 4), layers.Flatten(), layers.Dense(1)]\n"
    "model = keras.Sequential(net)\nmodel.compile('sgd', 'mse')\n"
)
FIT = "model.fit(x, y, verbose=0)"
LAYER = (
    "class Places(layers.Layer):\n"
    "    def __init__(self, count):\n        super().__init__()\n        self.table = layers.Embedding(count, 4)\n"
    "    def call(self, x):\n        return x + self.table(keras.ops.arange(x.shape[1]))\n"
    "i = keras.Input((9, 4))\nmodel = keras.Model(i, layers.Dense(1)(layers.Flatten()(Places(7)(i))))\n"
    "model.compile('sgd', 'mse')\nmodel.fit(np.zeros((8, 9, 4)), np.zeros((8, 1)), verbose=0)"
)
BOTH = (
    "a, b = keras.Input((1,)), keras.Input((1,))\n"
    "pair = [layers.Embedding(20, 4)(a), layers.Embedding(8, 4)(b)]\n"
    "model = keras.Model([a, b], layers.Flatten()(layers.Dot(2)(pair)))\nmodel.compile('sgd', 'mse')\n"
    "ids = np.arange(1, 9)[:, None]\nmodel.fit([ids, ids], np.zeros((8, 1)), verbose=0)"
)


@pytest.mark.parametrize(
    ("program", "line"),
    {
        "a number": (NET.format("", "5") + FIT, "layers.Embedding(7, 4)"),
        "a name": (NET.format("words = 4", "words") + FIT, "words = 7"),
        "a calculation": (
            NET.format("words = 'a b c d e f'.split()", "len(words)") + FIT,
            "Embedding(len(words) + 1, 4)",
        ),
        "validation": (
            NET.format("", "7") + "model.fit(x, y, validation_data=(x + 5, y), verbose=0)",
            "layers.Embedding(12, 4)",
        ),
        "the table of one input": (BOTH, "layers.Embedding(20, 4)(a), layers.Embedding(9, 4)(b)"),
        "places": (LAYER, "Places(9)(i)"),
    }.values(),
)
def test_a_row_is_there_for_the_largest_number(program, line, tmp_path):
    diagnosis = refused(HEAD + program, tmp_path)
    (cause,) = diagnosis.causes
    assert (diagnosis.code, diagnosis.layer_type, cause.confidence) == ("SG601", "Embedding", "cause")
    assert cause.verified
    assert line in mended(tmp_path / "program.py", cause)


def test_of_a_dataset_a_row_is_there_for_the_number_that_was_refused(tmp_path):
    tensorflow = pytest.importorskip("tensorflow")
    if keras.config.backend() != "tensorflow":
        pytest.skip(f"{tensorflow.__name__} alone says which number it was")
    data = "import tensorflow as tf\nmodel.fit(tf.data.Dataset.from_tensor_slices((x, y)).batch(4), verbose=0)"
    (cause,) = refused(HEAD + NET.format("", "6") + data, tmp_path).causes
    assert (cause.suggestion, cause.verified) == (7, False)
    assert cause.explanation == "It is given 6: it takes at least 7 rows."


def test_the_size_of_the_vocabulary_comes_first_where_the_file_has_it(tmp_path):
    pytest.importorskip("tensorflow")
    words = (
        "texts = ['a b c', 'd e f'] * 4\nvectors = layers.TextVectorization(output_sequence_length=3)\n"
        "vectors.adapt(texts)\nx = np.array(vectors(texts))\nsize = 5"
    )
    first, second = refused(HEAD + NET.format(words, "size") + FIT, tmp_path).causes
    assert "layers.Embedding(vectors.vocabulary_size(), 4)" in mended(tmp_path / "program.py", first)
    assert (first.confidence, second.argument, second.suggestion) == ("possible", "size", 8)


def test_a_table_that_is_large_enough_is_not_named(tmp_path):
    file = tmp_path / "program.py"
    file.write_text(HEAD + NET.format("", "7") + FIT, encoding="utf-8")
    with ShapeGuard() as guard:
        runpy.run_path(str(file))
    assert guard.report.ok
