"""What is handed to `fit` and its like, repaired there: batch axes, parts, orders, names and numbers."""

import keras
import pytest
from helpers.texts import mended, module_of

from shapeguard import ShapeGuard, ShapeMismatchError

HEAD = "import keras\nimport numpy as np\nfrom keras import layers\n"
TF = keras.config.backend() == "tensorflow"
NET = (
    "model = keras.Sequential([keras.Input((6, 6, 3)), layers.Conv2D(2, 3), layers.Flatten(), layers.Dense(5)])\n"
    "model.compile('sgd', 'mse')\n"
)
ROWS = "model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])\nmodel.compile('sgd', 'mse')\n"
INPUTS = (
    "a, b = keras.Input((4,), name='few'), keras.Input((6,), name='many')\n"
    "model = keras.Model([a, b], layers.Dense(1)(layers.Concatenate()([a, b])))\nmodel.compile('sgd', 'mse')\n"
)
OUTPUTS = (
    "i = keras.Input((4,))\n"
    "model = keras.Model(i, [layers.Dense(1, name='price')(i), layers.Dense(2, name='kind')(i)])\n"
)
FIT_BOTH = "model.fit(np.zeros((8, 4)), [np.zeros((8, 1)), np.zeros((8, 2))], verbose=0)"
DATA = (
    "import tensorflow as tf\nds = tf.data.Dataset.from_tensor_slices((np.zeros((8, 6, 6, 3)), np.zeros((8, 5)))){}\n"
)


def yielding(text):
    return f"def batches():\n    while True:\n        yield {text}\n"


CASES = {
    "one picture": (
        f"{NET}picture = np.zeros((6, 6, 3))\nmodel.predict(picture, verbose=0)",
        ["model.predict(picture[None], verbose=0)"],
    ),
    "one row": (
        f"{ROWS}model.predict(np.zeros(4) + 1, verbose=0)",
        ["model.predict((np.zeros(4) + 1)[None], verbose=0)"],
    ),
    "one sample whose values stand on one axis": (
        f"{NET}values = np.zeros(108)\nmodel.predict(values, verbose=0)",
        ["model.predict(np.reshape(values, (1, 6, 6, 3)), verbose=0)"],
    ),
    "a row that the model is called on": (
        f"{ROWS}state = np.zeros(4, 'float32')\nbest = np.argmax(model(state)[0])",
        ["best = np.argmax(model(state[None])[0])"],
    ),
    "a sample for each of two inputs": (
        f"{INPUTS}p, q = np.zeros(4), np.zeros(6)\nmodel.predict([p, q], verbose=0)",
        ["model.predict([p[None], q[None]], verbose=0)"],
    ),
    "two batch axes": (
        f"{NET}x, y = np.zeros((1, 8, 6, 6, 3)), np.zeros((1, 8, 5))\nmodel.fit(x, y, verbose=0)",
        ["model.fit(x[0], y[0], verbose=0)"],
    ),
    "lists of numbers": (
        f"{ROWS}x, y = [[0.0, 1.0, 2.0, 3.0]] * 8, [0.0] * 8\nmodel.fit(x, y, verbose=0)",
        ["model.fit(np.array(x), np.array(y), verbose=0)"],
    ),
    "sentences of several lengths": (
        (
            "net = [keras.Input((9,)), layers.Embedding(20, 4), layers.Flatten(), layers.Dense(1)]\n"
            "model = keras.Sequential(net)\nmodel.compile('sgd', 'mse')\n"
            "words = np.array([[1, 2], [3]] * 4, dtype=object)\n"
            "model.fit(words, np.zeros(8), verbose=0)"
        ),
        ["model.fit(keras.utils.pad_sequences(words, 9), np.zeros(8), verbose=0)"],
    ),
    "samples on axis 1": (
        f"{ROWS}y = np.zeros((1, 20))\nmodel.fit(np.zeros((20, 4)), y, verbose=0)",
        ["model.fit(np.zeros((20, 4)), np.transpose(y), verbose=0)"],
    ),
    "more targets than inputs": (
        f"{ROWS}x, y = np.zeros((20, 4)), np.zeros((24, 1))\nmodel.fit(x, y, verbose=0)",
        ["model.fit(x, y[:20], verbose=0)"],
    ),
    "other lengths in the validation": (
        f"{ROWS}x, y = np.zeros((20, 4)), np.zeros((20, 1))\nmodel.fit(x, y, validation_data=(x, y[:9]), verbose=0)",
        ["model.fit(x, y, validation_data=(x[:9], y[:9]), verbose=0)"],
    ),
    "inputs in another order": (
        f"{INPUTS}p, q = np.zeros((8, 4)), np.zeros((8, 6))\nmodel.fit([q, p], np.zeros((8, 1)), verbose=0)",
        ["model.fit([p, q], np.zeros((8, 1)), verbose=0)"],
    ),
    "inputs by keyword in another order": (
        f"{INPUTS}p, q = np.zeros((8, 4)), np.zeros((8, 6))\nmodel.fit(x=[q, p], y=np.zeros((8, 1)), verbose=0)",
        ["model.fit(x=[p, q], y=np.zeros((8, 1)), verbose=0)"],
    ),
    "inputs of a prediction in another order": (
        f"{INPUTS}p, q = np.zeros((8, 4)), np.zeros((8, 6))\nmodel.predict((q, p), verbose=0)",
        ["model.predict((p, q), verbose=0)"],
    ),
    "inputs and targets exchanged": (
        f"{ROWS}x, y = np.zeros((8, 4)), np.zeros((8, 1))\nmodel.fit(y, x, verbose=0)",
        ["model.fit(x, y, verbose=0)"],
    ),
    "exchanged in the validation": (
        f"{ROWS}x, y = np.zeros((8, 4)), np.zeros((8, 1))\nmodel.fit(x, y, validation_data=(y, x), verbose=0)",
        ["model.fit(x, y, validation_data=(x, y), verbose=0)"],
    ),
    "a generator of three parts": (
        (
            f"{yielding('np.zeros((8, 4)), np.zeros((8, 6)), np.zeros((8, 1))')}{INPUTS}"
            "model.fit(batches(), steps_per_epoch=1, verbose=0)"
        ),
        ["        yield (np.zeros((8, 4)), np.zeros((8, 6))), np.zeros((8, 1))"],
    ),
    "a generator that exchanges": (
        f"{yielding('np.zeros((8, 1)), np.zeros((8, 4))')}{ROWS}model.fit(batches(), steps_per_epoch=1, verbose=0)",
        ["        yield np.zeros((8, 4)), np.zeros((8, 1))"],
    ),
    "a generator of lists": (
        (
            f"{yielding('[np.zeros((8, 4)), np.zeros((8, 1))]')}{ROWS}"
            "given = batches()\nmodel.fit(given, steps_per_epoch=1, verbose=0)"
        ),
        ["        yield np.zeros((8, 4)), np.zeros((8, 1))"],
    ),
    "a generator of lists of samples": (
        (
            f"{ROWS}def batches():\n    while True:\n        rows, answers = [], []\n        for _ in range(8):\n"
            "            rows.append(np.zeros(4))\n            answers.append(0.0)\n        yield rows, answers\n"
            "model.fit(batches(), steps_per_epoch=1, verbose=0)"
        ),
        ["        yield np.array(rows), np.array(answers)"],
    ),
    "a method that yields both inputs in one array": (
        (
            f"{INPUTS.replace('6', '4')}class Pairs:\n    def both(self):\n        while True:\n"
            "            yield np.array([np.zeros((8, 4)), np.ones((8, 4))]), np.zeros((8, 1))\n"
            "pairs = Pairs()\nmodel.fit(pairs.both(), steps_per_epoch=1, verbose=0)"
        ),
        ["            yield (np.zeros((8, 4)), np.ones((8, 4))), np.zeros((8, 1))"],
    ),
    "a misspelt loss": (
        f"{OUTPUTS}model.compile('sgd', {{'prize': 'mse', 'kind': 'mse'}})\n{FIT_BOTH}",
        ["model.compile('sgd', {'price': 'mse', 'kind': 'mse'})"],
    ),
    "a misspelt target": (
        (
            f"{OUTPUTS}model.compile('sgd', {{'price': 'mse', 'kind': 'mse'}})\n"
            'model.fit(np.zeros((8, 4)), {"price": np.zeros((8, 1)), "kinds": np.zeros((8, 2))}, verbose=0)'
        ),
        ['model.fit(np.zeros((8, 4)), {"price": np.zeros((8, 1)), "kind": np.zeros((8, 2))}, verbose=0)'],
    ),
    "too many weights of losses": (
        f"{OUTPUTS}model.compile('sgd', ['mse', 'mae'], loss_weights=[1, 0.5, 2])\n{FIT_BOTH}",
        ["model.compile('sgd', ['mse', 'mae'], loss_weights=[1, 0.5])"],
    ),
    "three parts of a Sequence": (
        (
            f"{INPUTS}class Rows(keras.utils.PyDataset):\n    def __len__(self):\n        return 1\n"
            "    def __getitem__(self, index):\n        return np.zeros((8, 4)), np.zeros((8, 6)), np.zeros((8, 1))\n"
            "model.fit(Rows(), verbose=0)"
        ),
        ["        return (np.zeros((8, 4)), np.zeros((8, 6))), np.zeros((8, 1))"],
    ),
    "weights of losses beside one loss": (
        f"{OUTPUTS}model.compile('sgd', 'mse', loss_weights=[1, 0.5])\n{FIT_BOTH}",
        ["model.compile('sgd', ['mse', 'mse'], loss_weights=[1, 0.5])"],
    ),
}
OF_TENSORFLOW = {
    "a list of inputs in what a generator yields": (
        (
            f"{INPUTS}{yielding('[np.zeros((8, 4)), np.zeros((8, 6))], np.zeros((8, 1))')}"
            "model.fit(batches(), steps_per_epoch=1, verbose=0)"
        ),
        ["        yield (np.zeros((8, 4)), np.zeros((8, 6))), np.zeros((8, 1))"],
    ),
    "a dataset of samples": (f"{NET}{DATA.format('')}model.fit(ds, verbose=0)", ["model.fit(ds.batch(32), verbose=0)"]),
    "datasets of samples": (
        f"{NET}{DATA.format('')}model.fit(ds, validation_data=ds, verbose=0)",
        ["model.fit(ds.batch(32), validation_data=ds.batch(32), verbose=0)"],
    ),
    "validation of samples": (
        f"{NET}{DATA.format('')}model.fit(ds.batch(4), validation_data=ds, verbose=0)",
        ["model.fit(ds.batch(4), validation_data=ds.batch(32), verbose=0)"],
    ),
    "batched in fit too": (
        f"{NET}{DATA.format('.batch(4)')}model.fit(ds.batch(2), verbose=0)",
        ["model.fit(ds, verbose=0)"],
    ),
    "batched twice in one line": (
        f"{NET}{DATA.format('.batch(4).shuffle(2).batch(2)')}model.fit(ds, verbose=0)",
        [DATA.format(".batch(4).shuffle(2)").splitlines()[1]],
    ),
    "batched in two lines": (f"{NET}{DATA.format('.batch(4)')}ds = ds.batch(2)\nmodel.fit(ds, verbose=0)", []),
    "batched where no line shows it": (
        f"{NET}{DATA.format('.batch(4)')}def of(ds):\n    return ds.batch(2)\nmodel.fit(of(ds), verbose=0)",
        ["model.fit(of(ds).unbatch(), verbose=0)"],
    ),
    "a dataset of three parts": (
        (
            f"{INPUTS}import tensorflow as tf\nparts = np.zeros((8, 4)), np.zeros((8, 6)), np.zeros((8, 1))\n"
            "ds = tf.data.Dataset.from_tensor_slices(parts).batch(4)\nmodel.fit(ds, verbose=0)"
        ),
        ["model.fit(ds.map(lambda x1, x2, y: ((x1, x2), y)), verbose=0)"],
    ),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("case", {**CASES, **(OF_TENSORFLOW if TF else {})})
def test_what_is_handed_over_is_repaired_there(case, tmp_path):
    program, lines = {**CASES, **OF_TENSORFLOW}[case]
    path = tmp_path / "program.py"
    path.write_text(HEAD + program, encoding="utf-8")
    with pytest.raises(ShapeMismatchError) as caught, ShapeGuard():
        module_of(path)
    (diagnosis,) = caught.value.report.diagnoses
    before = path.read_text(encoding="utf-8").splitlines()
    after = mended(path, diagnosis.causes[0]).splitlines()
    assert [line for line in after if line not in before] == lines


def test_columns_of_one_array_are_targets_of_several_outputs(tmp_path):
    path = tmp_path / "program.py"
    many = OUTPUTS.replace("layers.Dense(2,", "layers.Dense(1,")
    path.write_text(
        f"{HEAD}{many}model.compile('sgd', ['mse', 'mse'])\ny = np.zeros((8, 2))\nmodel.fit(np.zeros((8, 4)), y)"
    )
    with pytest.raises(ShapeMismatchError) as caught, ShapeGuard():
        module_of(path)
    (diagnosis,) = caught.value.report.diagnoses
    lines = mended(path, diagnosis.causes[0]).splitlines()
    assert lines[-1] == "model.fit(np.zeros((8, 4)), [y[:, i] for i in range(2)])"


def test_lists_of_inputs_and_of_targets_are_converted_in_one_line_of_text(tmp_path):
    path = tmp_path / "program.py"
    path.write_text(f"{HEAD}{ROWS}x, y = [[0.0, 1.0, 2.0, 3.0]] * 8, [0.0] * 8\nmodel.fit(x, y, epochs=2, verbose=0)")
    with pytest.raises(ShapeMismatchError) as caught, ShapeGuard():
        module_of(path)
    texts = {edit.corrected for edit in caught.value.report.diagnoses[0].causes[0].edits}
    assert texts == {"model.fit(np.array(x), np.array(y), epochs=2, verbose=0)"}


WORDS = {
    "one array for two inputs": (
        f"{INPUTS}model.fit(np.zeros((8, 4)), np.zeros((8, 1)), verbose=0)",
        "x is 1 array, (B, 4); the model has 2 inputs: 'few' (B, 4), 'many' (B, 6)",
    ),
    "one target for two outputs": (
        f"{OUTPUTS}model.compile('sgd', ['mse', 'mse'])\nmodel.fit(np.zeros((8, 4)), np.zeros((8, 1)), verbose=0)",
        "y is 1 array, (B, 1); the model has 2 outputs: 'price' (B, 1), 'kind' (B, 2)",
    ),
}


@pytest.mark.parametrize("case", WORDS)
def test_how_many_arrays_are_wanted_is_said(case, tmp_path):
    program, title = WORDS[case]
    path = tmp_path / "program.py"
    path.write_text(HEAD + program, encoding="utf-8")
    with pytest.raises(ShapeMismatchError) as caught, ShapeGuard():
        module_of(path)
    assert caught.value.report.diagnoses[0].causes[0].title == title


def test_frames_get_their_batch_axis_from_numpy(tmp_path):
    pytest.importorskip("pandas")
    path = tmp_path / "program.py"
    path.write_text(
        f"{HEAD}import pandas\n{ROWS}row = pandas.Series([1.0, 2.0, 3.0, 4.0])\nmodel.predict(row, verbose=0)\n"
    )
    with pytest.raises(ShapeMismatchError) as caught, ShapeGuard():
        module_of(path)
    (diagnosis,) = caught.value.report.diagnoses
    assert mended(path, diagnosis.causes[0]).splitlines()[-1] == "model.predict(np.expand_dims(row, 0), verbose=0)"
