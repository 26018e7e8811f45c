"""The operation that gave data a shape which the input does not take, followed from the call that it is handed to."""

import runpy

import pytest
from helpers.refused_programs import refused
from helpers.texts import mended

from shapeguard import ShapeGuard

pytestmark = pytest.mark.filterwarnings("ignore:ShapeGuard. this model has no expected shapes")
HEAD = """
import keras
import numpy as np
from keras import layers

def net(*shape):
    model = keras.Sequential([keras.Input(shape), layers.Dense(2), layers.Flatten(), layers.Dense(1)])
    model.compile("sgd", "mse")
    return model

picture = np.zeros((8, 9, 3))
pictures, y = np.zeros((20, 8, 9)), np.zeros((20, 1))
steps, features = 7, 5
table = np.zeros((20, 35))
"""
PREDICT = "net(8, 9, 3).predict({}, verbose=0)\n"
FIT = "net(8, 9, 1).fit({}, y, verbose=0)\n"
SERIES = "net(steps, features).fit({}, y, verbose=0)\n"
SURE = {
    "in a function": (
        "def prepared(given):\n    given = given / 255\n    return np.expand_dims(given, axis=-1)\n"
        + PREDICT.format("prepared(picture)"),
        "    return np.expand_dims(given, axis=0)",
    ),
    "by a name": (
        "one = np.expand_dims(picture, 3).astype('float32')\none /= 255\n" + PREDICT.format("one"),
        "one = np.expand_dims(picture, 0).astype('float32')",
    ),
    "in the call": (PREDICT.format("picture[..., np.newaxis]"), PREDICT.format("picture[np.newaxis]").rstrip()),
    "colons before a new axis": (PREDICT.format("picture[:, None]"), PREDICT.format("picture[None]").rstrip()),
    "of the backend": (
        PREDICT.format("keras.ops.expand_dims(picture, axis=1)"),
        PREDICT.format("keras.ops.expand_dims(picture, axis=0)").rstrip(),
    ),
    "samples side by side": (
        "both = np.stack([picture, picture], axis=-1)\n" + PREDICT.format("both"),
        "both = np.stack([picture, picture], axis=0)",
    ),
    "the usual axis of a stack": (
        "rgb = np.stack([pictures] * 3)\nnet(8, 9, 3).fit(rgb, y, verbose=0)",
        "rgb = np.stack([pictures] * 3, axis=-1)",
    ),
    "the samples on axis 1": (
        "given = np.expand_dims(pictures, axis=0)\n" + FIT.format("given"),
        "given = np.expand_dims(pictures, axis=-1)",
    ),
    "a batch axis too many": (
        "many = np.zeros((4, 8, 9, 3))\n" + PREDICT.format("np.expand_dims(many, 0)"),
        PREDICT.format("many").rstrip(),
    ),
    "a transpose": (
        "first = np.transpose(np.zeros((20, 8, 9, 3)), (0, 3, 1, 2))\nnet(8, 9, 3).fit(first, y, verbose=0)",
        "first = np.zeros((20, 8, 9, 3))",
    ),
    "the axes of a transpose": (
        "last = np.transpose(np.zeros((20, 3, 8, 9)), (0, 2, 1, 3))\nnet(8, 9, 3).fit(last, y, verbose=0)",
        "last = np.transpose(np.zeros((20, 3, 8, 9)), (0, 2, 3, 1))",
    ),
    "a reshape beside another": (
        (
            "train = table.reshape(20, steps, features)\ntest = np.reshape(table, (20, features, steps))\n"
            "model = net(steps, features)\nmodel.fit(train, y, verbose=0)\nmodel.predict(test, verbose=0)"
        ),
        "test = np.reshape(table, (20, steps, features))",
    ),
}
POSSIBLE = {
    "a reshape alone": (
        "series = table.reshape((table.shape[0], features, steps))\n" + SERIES.format("series"),
        "series = table.reshape((table.shape[0], steps, features))",
    ),
    "sizes that are left over": (
        "series = table.reshape(-1, features, 7)\n" + SERIES.format("series"),
        "series = table.reshape(-1, 7, features)",
    ),
}


@pytest.mark.parametrize("case", {**SURE, **POSSIBLE})
def test_the_operation_is_written_so_that_the_input_takes_the_data(case, tmp_path):
    program, line = {**SURE, **POSSIBLE}[case]
    diagnosis = refused(HEAD + program, tmp_path)
    cause = diagnosis.causes[0]
    assert diagnosis.code == "SG301"
    assert (cause.confidence, cause.verified) == (("cause", True) if case in SURE else ("possible", False))
    assert line in mended(tmp_path / "program.py", cause).splitlines()


BATCHES = """
class Given(keras.utils.PyDataset):
    def __len__(self):
        return 5

    def __getitem__(self, index):
        x = np.stack([picture] * 4, axis=-1)
        return x / 255, np.zeros((4, 1))

net(8, 9, 3).fit(Given(), verbose=0)
"""
DATASET = """
import tensorflow as tf

def prepared(given, target):
    given = tf.expand_dims(given, {0})
    return given / 255, target

ds = tf.data.Dataset.from_tensor_slices((pictures, y)){1}
net(8, 9, 1).fit(ds, verbose=0)
"""


@pytest.mark.filterwarnings("ignore:`shuffle=True` was passed")
def test_what_a_sequence_returns_is_followed(tmp_path):
    cause = refused(HEAD + BATCHES, tmp_path).causes[0]
    assert (cause.confidence, cause.verified) == ("cause", False)
    assert "        x = np.stack([picture] * 4, axis=0)" in mended(tmp_path / "program.py", cause).splitlines()


@pytest.mark.filterwarnings("ignore:`shuffle=True` was passed")
@pytest.mark.parametrize(
    ("axis", "calls"), [("0", ".map(prepared).batch(4)"), ("1", ".batch(4).map(prepared).prefetch(1)")]
)
def test_what_a_dataset_is_mapped_to_is_followed(axis, calls, tmp_path):
    pytest.importorskip("tensorflow")
    cause = refused(HEAD + DATASET.format(axis, calls), tmp_path).causes[0]
    assert (cause.confidence, cause.verified) == ("cause", False)
    assert "    given = tf.expand_dims(given, -1)" in mended(tmp_path / "program.py", cause).splitlines()


LEFT_ALONE = {
    "several calls of a function": (
        "def prepared(given):\n    return np.expand_dims(given, axis=-1)\nprepared(picture)\n"
        + PREDICT.format("prepared(picture)")
    ),
    "several returns": (
        "def prepared(given):\n    if given is None:\n        return None\n    return np.expand_dims(given, axis=-1)\n"
        + PREDICT.format("prepared(picture)")
    ),
    "a name of several branches": (
        "one = picture\nif len(picture):\n    one = np.expand_dims(picture, -1)\n" + PREDICT.format("one")
    ),
    "another operation behind": PREDICT.format("np.flip(np.expand_dims(picture, -1), 0)"),
}


@pytest.mark.parametrize("case", LEFT_ALONE)
def test_nothing_is_said_of_an_operation_that_other_data_goes_through(case, tmp_path):
    diagnosis = refused(HEAD + LEFT_ALONE[case], tmp_path)
    assert not any("is shaped as" in cause.title for cause in diagnosis.causes)


def test_right_data_is_left_alone(tmp_path):
    file = tmp_path / "program.py"
    file.write_text(HEAD + PREDICT.format("np.expand_dims(picture, 0)") + FIT.format("pictures[..., None]"))
    with ShapeGuard():
        runpy.run_path(str(file))


COUNTED = {
    "pictures": (
        "first = layers.Conv2D(2, 3, input_shape=pictures.shape)\n",
        "pictures",
        "first = layers.Conv2D(2, 3, input_shape=(*pictures.shape[1:], 1))",
    ),
    "steps": (
        "first = layers.Conv1D(2, 3, input_shape=(20, 35))\n",
        "table",
        "first = layers.Conv1D(2, 3, input_shape=(35, 1))",
    ),
    "features": ("first = layers.Dense(2, input_shape=table.shape)\n", "table", "input_shape=table.shape[1:])"),
}


@pytest.mark.filterwarnings("ignore:Do not pass an .input_shape")
@pytest.mark.parametrize("case", COUNTED)
def test_a_shape_with_the_samples_in_it_gets_the_axis_that_lacks_behind_it(case, tmp_path):
    made, given, line = COUNTED[case]
    program = "model = keras.Sequential([first, layers.Flatten(), layers.Dense(1)])\nmodel.compile('sgd', 'mse')\n"
    diagnosis = refused(f"{HEAD}{made}{program}model.fit({given}, y, verbose=0)", tmp_path)
    assert line in mended(tmp_path / "program.py", diagnosis.causes[0])
    assert diagnosis.causes[0].verified
