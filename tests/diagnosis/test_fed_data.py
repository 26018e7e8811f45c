"""Data that a model of the user's own class takes: nothing declares its shape, and yet it may be what is wrong."""

import keras
import numpy as np
import pytest
from helpers.texts import module_of
from keras import layers

from shapeguard import ShapeGuard, ShapeMismatchError

NETWORK = """
import keras
import numpy as np
from keras import layers


class Network(keras.Model):
    def __init__(self):
        super().__init__()
        self.conv = layers.Conv2D(4, 5, name="conv")
        self.pool = layers.MaxPooling2D(name="pool")
        self.flatten = layers.Flatten(name="flatten")
        self.dense = layers.Dense(2, name="dense")

    def call(self, images):
        x = self.conv(images)
        x = self.pool(x)
        return self.dense(self.flatten(x))


model = Network()
model.compile("sgd", "mse")
x = np.zeros({shape})
"""
EXPECTED = {"conv": (None, 24, 24, 4), "pool": (None, 12, 12, 4), "dense": (None, 2)}


def refused(tmp_path, shape, line, expected=None):
    """The first diagnosis of a program whose last line is `line`, of a model that is not built before."""
    text = f"{NETWORK.format(shape=shape)}\n\ndef run(callbacks):\n    {line}\n"
    (tmp_path / "program.py").write_text(text, encoding="utf-8")
    module = module_of(tmp_path / "program.py")
    guard = ShapeGuard(expected)
    with pytest.raises(ShapeMismatchError) as caught, guard:
        module.run([guard])
    return caught.value.report.diagnoses[0]


CALLS = {
    "fit": "model.fit(x, np.zeros((8, 2)), verbose=0, callbacks=callbacks)",
    "predict": "model.predict(x, verbose=0, callbacks=callbacks)",
    "evaluate": "model.evaluate(x, np.zeros((8, 2)), verbose=0, callbacks=callbacks)",
    "train_on_batch": "model.train_on_batch(x, np.zeros((8, 2)))",
    "predict_on_batch": "model.predict_on_batch(x)",
}


pytestmark = pytest.mark.filterwarnings("ignore:.* looks like it has unbuilt state:UserWarning")


@pytest.mark.parametrize("method", CALLS)
def test_data_without_a_channel_axis_is_to_blame_where_nothing_declares_an_input(tmp_path, method):
    diagnosis = refused(tmp_path, (8, 28, 28), CALLS[method])
    cause = diagnosis.causes[0]
    (edit,) = cause.edits
    assert (diagnosis.code, cause.kind, cause.verified) == ("SG601", "data", True)
    assert (edit.layer, edit.argument, edit.value, edit.suggestion) == (
        method,
        "x",
        (28, 28),
        "np.expand_dims(x, -1)",
    )
    assert edit.replacement == "np.expand_dims(x, -1)"


def test_a_model_that_is_called_names_the_argument_of_its_call(tmp_path):
    diagnosis = refused(tmp_path, (8, 28, 28), "model(x)")
    cause = diagnosis.causes[0]
    (edit,) = cause.edits
    assert (cause.kind, edit.layer, edit.argument, edit.suggestion) == (
        "data",
        "network",
        "images",
        "np.expand_dims(images, -1)",
    )


def test_channels_first_are_moved_where_nothing_declares_an_input(tmp_path):
    diagnosis = refused(tmp_path, (8, 3, 28, 28), CALLS["fit"], EXPECTED)
    (cause, *_) = diagnosis.causes
    assert (diagnosis.code, cause.kind, cause.suggestion) == ("SG601", "data", "np.moveaxis(x, 1, -1)")
    assert cause.edits[0].corrected.startswith("model.fit(np.moveaxis(x, 1, -1), ")


def test_data_of_another_size_is_possible_beside_a_window(tmp_path):
    diagnosis = refused(tmp_path, (8, 32, 32, 5), CALLS["fit"], EXPECTED)
    data = [cause for cause in diagnosis.causes if cause.kind == "data"]
    assert [(cause.edits[0].suggestion, cause.verified) for cause in data] == [((28, 28, 5), False)]
    assert "give it data of shape (28, 28, 5) per sample" in data[0].fix_note
    assert {cause.confidence for cause in diagnosis.causes} == {"possible"}


def test_data_that_fits_is_not_blamed_for_a_layer(tmp_path):
    diagnosis = refused(tmp_path, (8, 28, 28, 1), CALLS["fit"], {"conv": (None, 24, 24, 8)})
    assert [(cause.kind, cause.argument) for cause in diagnosis.causes] == [("argument", "filters")]


class Pair(keras.Model):
    def __init__(self):
        super().__init__()
        self.conv, self.flatten, self.dense = layers.Conv1D(4, 3), layers.Flatten(), layers.Dense(2)

    def call(self, inputs):
        signal, more = inputs["signal"], inputs["more"]
        return self.dense(layers.concatenate([self.flatten(self.conv(signal)), more]))


def test_of_several_inputs_the_one_that_does_not_fit_is_named_by_its_key():
    model = Pair()
    model.compile("sgd", "mse")
    data = {"signal": np.zeros((4, 20)), "more": np.zeros((4, 6))}
    with pytest.raises(ShapeMismatchError) as caught:
        model.fit(data, np.zeros((4, 2)), verbose=0, callbacks=[ShapeGuard()])
    causes = [cause for cause in caught.value.report.diagnoses[0].causes if cause.kind == "data"]
    assert [cause.suggestion for cause in causes] == ["np.expand_dims(data['signal'], -1)"]


MASKS = """
import keras
import numpy as np
from keras import layers


class Network(keras.Model):
    def __init__(self):
        super().__init__()
        self.down = layers.Conv2D(4, 3, strides=2, padding="same")
        self.up = layers.Conv2DTranspose(4, 3, strides=2, padding="same")
        self.mask = layers.Conv2D(1, 1, name="mask")

    def call(self, images):
        return self.mask(self.up(self.down(images)))


def run(size):
    model = Network()
    model.compile("sgd", "mse")
    model.fit(np.zeros((4, size, size, 3)), np.zeros((4, 32, 32, 1)), verbose=0)
"""


def test_what_a_network_gives_back_in_the_size_of_its_data_tells_the_size_of_the_data(tmp_path):
    (tmp_path / "program.py").write_text(MASKS, encoding="utf-8")
    module = module_of(tmp_path / "program.py")
    with pytest.raises(ShapeMismatchError) as caught, ShapeGuard():
        module.run(36)
    first, *others = caught.value.report.diagnoses[0].causes
    assert (first.kind, first.edits[0].suggestion) == (
        "data",
        "keras.ops.image.resize(np.zeros((4, size, size, 3)), (32, 32))",
    )
    assert next(cause.argument for cause in others if cause.kind == "argument") == "kernel_size"


STEPS = """
import keras
import numpy as np
from keras import layers


class Network(keras.Model):
    def __init__(self):
        super().__init__()
        self.first = layers.{first}
        self.pool = layers.GlobalMaxPooling1D()

    def call(self, x):
        return self.pool(self.first(x))


def run(kind):
    model = Network()
    model.compile("sgd", "mse")
    model.fit(np.zeros((4, 30), kind), np.zeros((4, 8)), verbose=0)
"""


@pytest.mark.parametrize(
    ("first", "kind", "verified"),
    [
        ("Conv1D(8, 3)", "float32", True),
        ("Conv1D(8, 3)", "int32", False),
        ("LSTM(8, return_sequences=True)", "int32", True),
    ],
)
def test_an_axis_for_whole_numbers_is_verified_where_the_layer_takes_them(tmp_path, first, kind, verified):
    (tmp_path / "program.py").write_text(STEPS.format(first=first), encoding="utf-8")
    module = module_of(tmp_path / "program.py")
    with pytest.raises(ShapeMismatchError) as caught, ShapeGuard():
        module.run(kind)
    cause = caught.value.report.diagnoses[0].causes[0]
    assert (cause.kind, cause.suggestion) == ("data", "np.expand_dims(np.zeros((4, 30), kind), -1)")
    assert cause.verified == verified


SUM = """
import keras
import numpy as np
from keras import layers


class Network(keras.Model):
    def __init__(self):
        super().__init__()
        self.heads = layers.MultiHeadAttention(2, 4)
        self.pool = layers.GlobalAveragePooling1D()
        self.out = layers.Dense(2)

    def call(self, words):
        return self.out(self.pool(words + self.heads(words, words)))


def run(kind):
    model = Network()
    model.compile("sgd", "mse")
    model.fit(np.zeros((4, 30), kind), np.zeros((4, 2)), verbose=0)
"""


@pytest.mark.parametrize(("kind", "verified"), [("float32", True), ("int32", False)])
def test_an_axis_for_whole_numbers_is_not_verified_where_they_meet_others(tmp_path, kind, verified):
    (tmp_path / "program.py").write_text(SUM, encoding="utf-8")
    module = module_of(tmp_path / "program.py")
    with pytest.raises(ShapeMismatchError) as caught, ShapeGuard():
        module.run(kind)
    causes = {cause.suggestion: cause for cause in caught.value.report.diagnoses[0].causes}
    assert causes["np.expand_dims(np.zeros((4, 30), kind), -1)"].verified == verified
