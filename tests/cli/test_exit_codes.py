"""`check` and `run` say the same of the same program: data of every kind, right and wrong, each run as a script."""

import importlib
import pkgutil
import re

import helpers.crashes
import keras
import pytest
from helpers.commands import COMMANDS, asked, diagnosis
from unchanged import programs as unchanged_programs
from unchanged import table as unchanged

HEAD = """import keras
import numpy as np
from keras import layers, ops

def zeros(*shape):
    return np.zeros(shape, "float32")

def compiled(model, loss="mse", **options):
    model.compile("sgd", loss, **options)
    return model

def dense(**options):
    return compiled(keras.Sequential([keras.Input((16,)), layers.Dense(3)]), **options)

def pictures(**options):
    rows = [keras.Input((8, 8, 1)), layers.Conv2D(4, 3), layers.Flatten(), layers.Dense(3, activation="softmax")]
    return compiled(keras.Sequential(rows), "sparse_categorical_crossentropy", metrics=["accuracy"], **options)

def words(**options):
    rows = [keras.Input((6,)), layers.Embedding(9, 4, mask_zero=True), layers.LSTM(5, return_sequences=True)]
    return compiled(keras.Sequential([*rows, layers.Dense(3)]), **options)

def two_ends(**options):
    a, b = keras.Input((4,), name="a"), keras.Input((4,), name="b")
    ends = {"one": layers.Dense(1, name="one")(a), "two": layers.Dense(2, name="two")(layers.Add()([a, b]))}
    return compiled(keras.Model({"a": a, "b": b}, ends), {"one": "mse", "two": "mse"}, **options)

class Batches(keras.utils.PyDataset):
    def __init__(self, *parts):
        super().__init__()
        self.parts = parts
    def __len__(self):
        return 2
    def __getitem__(self, index):
        return self.parts

def generator(*parts):
    while True:
        yield parts

class Doubled(layers.Layer):
    def call(self, x):
        return x * ops.ones((2, 1))

class Stepping(keras.Model):
    def __init__(self):
        super().__init__()
        self.first, self.last = layers.Dense(4), layers.Dense(3)
    def call(self, x):
        return self.last(self.first(x))
"""
RIGHT = """
# arrays
dense().fit(zeros(8, 16), zeros(8, 3))

# a short last batch
dense().fit(zeros(9, 16), zeros(9, 3), batch_size=4)

# a rank that Keras adjusts
pictures().fit(zeros(8, 8, 8), np.zeros((8, 1)))

# data for validation
dense().fit(zeros(8, 16), zeros(8, 3), validation_data=(zeros(5, 16), zeros(5, 3)))

# weights of classes
pictures().fit(zeros(8, 8, 8, 1), np.zeros(8), class_weight={0: 1.0, 1: 2.0, 2: 1.0})

# weights of samples
dense().fit(zeros(8, 16), zeros(8, 3), sample_weight=np.ones(8))

# weights of steps, behind a mask
words().fit(zeros(8, 6), zeros(8, 6, 3), sample_weight=np.ones((8, 6)))

# batches
dense().fit(Batches(zeros(4, 16), zeros(4, 3)), validation_data=Batches(zeros(2, 16), zeros(2, 3)))

# a generator
dense().fit(generator(zeros(4, 16), zeros(4, 3)), steps_per_epoch=2)

# a dataset (tensorflow)
import tensorflow as tf
data = tf.data.Dataset.from_tensor_slices((zeros(8, 16), zeros(8, 3)))
dense().fit(data.batch(4), validation_data=data.batch(8))

# a loader (torch)
import torch
data = torch.utils.data.TensorDataset(torch.zeros(8, 16), torch.zeros(8, 3))
dense().fit(torch.utils.data.DataLoader(data, batch_size=4))

# inputs by name
two_ends().fit({"b": zeros(8, 4), "a": zeros(8, 4)}, {"two": zeros(8, 2), "one": zeros(8, 1)})

# a deferred model
compiled(keras.Sequential([layers.Dense(3)])).fit(zeros(8, 16), zeros(8, 3))

# a model of one's own
compiled(Stepping()).fit(zeros(8, 16), zeros(8, 3), validation_split=0.5)

# a fixed batch
rows = [keras.Input(batch_shape=(4, 16)), layers.Dense(3)]
compiled(keras.Sequential(rows)).fit(zeros(8, 16), zeros(8, 3), batch_size=4)

# a loss of one's own
dense(loss=lambda y, p: ops.mean((y - p) ** 2)).fit(zeros(8, 16), zeros(8, 3))

# eager steps
dense(run_eagerly=True).fit(zeros(8, 16), zeros(8, 3), validation_split=0.5)

# an optimizer that other weights have used
optimizer = keras.optimizers.SGD()
model = keras.Sequential([keras.Input((16,)), layers.Dense(3)])
model.compile(optimizer, "mse")
model.train_on_batch(zeros(8, 16), zeros(8, 3))
model.fit(zeros(8, 16), zeros(8, 3))

# a callback that the step needs (tensorflow)
class Own(Stepping):
    def compute_loss(self, *args, **kwargs):
        return self.rate * super().compute_loss(*args, **kwargs)

class Rate(keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        self.model.rate = 0.5

compiled(Own()).fit(zeros(8, 16), zeros(8, 3), callbacks=[Rate()])

# batches by hand
model = dense()
for _ in range(2):
    model.train_on_batch(zeros(8, 16), zeros(8, 3))
"""

WRONG = """
# features
dense().fit(zeros(8, 2), zeros(8, 3))

# rank
pictures().fit(zeros(8, 8), np.zeros(8))

# targets
dense().fit(zeros(8, 16), zeros(8, 4))

# classes for labels
pictures().fit(zeros(8, 8, 8, 1), zeros(8, 3))

# inputs of validation
dense().fit(zeros(8, 16), zeros(8, 3), validation_data=(zeros(5, 15), zeros(5, 3)))

# targets of a late validation
parts = (zeros(5, 16), zeros(5, 4))
dense().fit(zeros(8, 16), zeros(8, 3), validation_data=parts, epochs=3, validation_freq=3)

# validation of a model of one's own
compiled(Stepping()).fit(zeros(8, 16), zeros(8, 3), validation_data=(zeros(5, 16), zeros(5, 4)))

# batches
dense().fit(Batches(zeros(4, 15), zeros(4, 3)))

# a generator
dense().fit(generator(zeros(4, 15), zeros(4, 3)), steps_per_epoch=2)

# weights of samples
dense().fit(zeros(8, 16), zeros(8, 3), sample_weight=np.ones((8, 5)))

# a layer of one's own
rows = [keras.Input((16,)), Doubled(), layers.Dense(3)]
compiled(keras.Sequential(rows)).fit(zeros(8, 16), zeros(8, 3))

# a dataset (tensorflow)
import tensorflow as tf
data = tf.data.Dataset.from_tensor_slices((zeros(8, 15), zeros(8, 3)))
dense().fit(data.batch(4))

# a loader (torch)
import torch
data = torch.utils.data.TensorDataset(torch.zeros(8, 15), torch.zeros(8, 3))
dense().fit(torch.utils.data.DataLoader(data, batch_size=4))

# too few inputs
two_ends().fit(zeros(8, 4), {"two": zeros(8, 2), "one": zeros(8, 1)})

# a target that is missing
two_ends().fit({"b": zeros(8, 4), "a": zeros(8, 4)}, {"two": zeros(8, 2)})

# a state of another width
x, s = keras.Input((5, 4)), keras.Input((7,))
model = keras.Model([x, s], layers.GRU(3)(x, initial_state=s))
compiled(model).fit([zeros(8, 5, 4), zeros(8, 7)], zeros(8, 3))

# a dot along sizes that differ
a, b = keras.Input((None, 4)), keras.Input((None, 4))
model = keras.Model([a, b], layers.GlobalAveragePooling1D()(layers.Dot((1, 1))([a, b])))
compiled(model).fit([zeros(8, 5, 4), zeros(8, 6, 4)], zeros(8, 4))

# labels in words
pictures().fit(zeros(8, 8, 8, 1), np.array(["cat", "dog"] * 4))

# inputs in words
dense().fit(np.array([["a"] * 16] * 8), zeros(8, 3))

# rows of several lengths
rows = np.empty(8, object)
rows[:] = [list(range(index)) for index in range(8)]
dense().fit(rows, zeros(8, 3))

# no targets
dense().fit(zeros(8, 16))

# no targets of one output
two_ends().fit({"b": zeros(8, 4), "a": zeros(8, 4)}, {"two": zeros(8, 2), "one": None})

# no targets from a generator
dense().fit(generator(zeros(4, 16), None), steps_per_epoch=2)

# no inputs
dense().fit(None, zeros(8, 3))

# lists of numbers
dense().fit([[0.0] * 16] * 8, [[0.0] * 3] * 8)

# one number for targets
dense().fit(zeros(8, 16), np.float32(1))

# weights of classes for two outputs
inputs, targets = {"b": zeros(8, 4), "a": zeros(8, 4)}, {"two": zeros(8, 2), "one": zeros(8, 1)}
two_ends().fit(inputs, targets, class_weight={0: 1.0, 1: 2.0})

# weights of classes and of samples
pictures().fit(zeros(8, 8, 8, 1), np.zeros(8), class_weight={0: 1.0, 1: 2.0, 2: 1.0}, sample_weight=np.ones(8))

# weights of classes for steps
x = keras.Input((5, 4))
model = compiled(keras.Model(x, layers.Dense(3, activation="softmax")(x)), "sparse_categorical_crossentropy")
model.fit(zeros(8, 5, 4), np.zeros((8, 5)), class_weight={0: 1.0, 1: 2.0, 2: 1.0})

# weights of samples by another name
weights = {"one": np.ones(8), "three": np.ones(8)}
inputs, targets = {"b": zeros(8, 4), "a": zeros(8, 4)}, {"two": zeros(8, 2), "one": zeros(8, 1)}
two_ends().fit(inputs, targets, sample_weight=weights)

# inputs by another name
two_ends().fit({"b": zeros(8, 4), "c": zeros(8, 4)}, {"two": zeros(8, 2), "one": zeros(8, 1)})

# a loss of no output
model = two_ends()
model.compile("sgd", {"one": "mse", "three": "mse"})
model.fit({"b": zeros(8, 4), "a": zeros(8, 4)}, {"two": zeros(8, 2), "one": zeros(8, 1)})

# targets of one output by name
dense().fit(zeros(8, 16), {"dense": zeros(8, 3)})

# weights of classes for classes of steps
x = keras.Input((5, 4))
model = compiled(keras.Model(x, layers.Dense(3, activation="softmax")(x)), "categorical_crossentropy")
model.fit(zeros(8, 5, 4), zeros(8, 5, 3), class_weight={0: 1.0, 1: 2.0, 2: 1.0})

# weights of samples in validation
dense().fit(zeros(8, 16), zeros(8, 3), validation_data=(zeros(4, 16), zeros(4, 3), np.ones((4, 7))))

# weights of samples for steps behind a mask
words().fit(zeros(8, 6), zeros(8, 6, 3), sample_weight=np.ones(8))

# a loss of one's own
dense(loss=lambda y, p: ops.mean(ops.matmul(y, p))).fit(zeros(8, 16), zeros(8, 3))

# a loss of one's own in validation
own = lambda y, p: ops.mean(ops.reshape(y - p, (-1, 5)))
dense(loss=own).fit(zeros(10, 16), zeros(10, 3), validation_data=(zeros(8, 16), zeros(8, 3)))

# a list from a generator
def lists():
    while True:
        yield [zeros(4, 16), zeros(4, 3)]

dense().fit(lists(), steps_per_epoch=2)

# four parts from a generator
dense().fit(generator(zeros(4, 16), zeros(4, 3), np.ones(4), np.ones(4)), steps_per_epoch=2)

# four parts in batches
dense().fit(Batches(zeros(4, 16), zeros(4, 3), np.ones(4), np.ones(4)))

# four parts in a dataset (tensorflow)
import tensorflow as tf
parts = (zeros(8, 16), zeros(8, 3), np.ones(8), np.ones(8))
dense().fit(tf.data.Dataset.from_tensor_slices(parts).batch(4))

# words in a dataset (tensorflow)
import tensorflow as tf
dense().fit(tf.data.Dataset.from_tensor_slices((zeros(8, 16), np.array([["a"] * 3] * 8))).batch(4))

# targets beside a dataset (tensorflow)
import tensorflow as tf
dense().fit(tf.data.Dataset.from_tensor_slices((zeros(8, 16), zeros(8, 3))).batch(4), zeros(8, 3))

# a part of a generator for validation
dense().fit(generator(zeros(4, 16), zeros(4, 3)), steps_per_epoch=2, validation_split=0.5)

# targets of validation in words
dense().fit(zeros(8, 16), zeros(8, 3), validation_data=(zeros(4, 16), np.array([["a"] * 3] * 4)))

# unequal lengths in validation
dense().fit(zeros(8, 16), zeros(8, 3), validation_data=(zeros(4, 16), zeros(5, 3)))

# evaluation before fit
model = dense()
model.evaluate(zeros(8, 15), zeros(8, 3))
model.fit(zeros(8, 16), zeros(8, 3))

# a batch by hand
dense().train_on_batch(zeros(8, 15), zeros(8, 3))
"""

NOT_ABOUT_SHAPES = """
# an error of one's own
class Own(Stepping):
    def train_step(self, data):
        raise ValueError("this shape is not for us")

compiled(Own()).fit(zeros(8, 16), zeros(8, 3))

# an error that the program catches
class Own(Stepping):
    def train_step(self, data):
        raise ValueError("no")

try:
    compiled(Own()).fit(zeros(8, 16), zeros(8, 3))
except ValueError as error:
    raise SystemExit(str(error))

# an error in batches of one's own
class Failing(Batches):
    def __getitem__(self, index):
        raise ValueError("no shape and no dtype here")

dense().fit(Failing())

# an error in a generator of one's own
def failing():
    yield zeros(int("four"), 16), zeros(4, 3)

dense().fit(failing())

# an error in a loss of one's own
def own(y, p):
    raise ValueError("no shape for us")

dense(loss=own).fit(zeros(8, 16), zeros(8, 3))

# an empty generator
dense().fit((batch for batch in []))

# an iterator that Keras does not know
dense().fit(iter([(zeros(4, 16), zeros(4, 3))]))

# no batches (tensorflow)
class Empty(Batches):
    def __len__(self):
        return 0

dense().fit(Empty())

# no compile
keras.Sequential([keras.Input((16,)), layers.Dense(3)]).fit(zeros(8, 16), zeros(8, 3))

# a dtype that does not exist
layers.Dense(3, dtype="flot32")

# no gradients (tensorflow)
x = keras.Input((16,))
model = keras.Model(x, ops.cast(ops.argmax(layers.Dense(3)(x), -1), "float32"))
compiled(model).fit(zeros(8, 16), zeros(8))

# a failure after a batch by hand
dense().train_on_batch(zeros(8, 16), zeros(8, 3))
raise SystemExit("no more data")
"""


EVERY = 1 if keras.config.backend() == "tensorflow" else 3
"""Which of the programs run: the commands are the same on every backend, and each program is a process."""


def programs(text):
    """{name: program} of those that run on this backend, a part of them on others than TensorFlow."""
    sections = (section.partition("\n") for section in text.split("\n# ")[1:])
    backends = ((re.search(r" \((\w+)\)$", name), name, body) for name, _, body in sections)
    own = [(name, body) for only, name, body in backends if only is None or only[1] == keras.config.backend()]
    return dict(own[::EVERY])


SAVES = """
class Events(keras.callbacks.Callback):
    def __getattribute__(self, name):
        if name.startswith("on_"):
            open(__file__ + ".events", "a").write(name + " ")
        return super().__getattribute__(name)

callbacks = [Events(), keras.callbacks.ModelCheckpoint(__file__ + "{epoch}{batch}.keras", save_freq=1)]
MODEL.fit(zeros(8, 16), zeros(8, 3), validation_split=0.5, callbacks=callbacks, verbose=0)
"""
OWN_LOSS = "dense(loss=lambda y, p: ops.mean((y - p) ** 2))"
REAL = {"on_train_begin", "on_epoch_begin", "on_train_batch_begin", "on_batch_begin"}
ON_SHAPES = REAL if keras.config.backend() == "torch" else {"on_train_begin"}
STEPS = {
    "taken on shapes": (SAVES.replace("MODEL", "dense()"), ON_SHAPES),
    "with a loss of one's own": (SAVES.replace("MODEL", OWN_LOSS), ON_SHAPES),
    "really made": (SAVES.replace("MODEL", "compiled(Stepping())"), REAL),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("programs")


@pytest.fixture(scope="module")
def answers(folder):
    """{(name, command): (exit code, text)}: right programs are checked, others are run as well."""
    table = {f"step {name}": text for name, (text, _) in STEPS.items()}
    kinds = {"right": RIGHT, "wrong": WRONG, "other": NOT_ABOUT_SHAPES}
    table |= {f"{kind}: {name}": body for kind, text in kinds.items() for name, body in programs(text).items()}
    jobs = [
        (name, command)
        for name in table
        for command in COMMANDS
        if command == "check" or not name.startswith(("right", "step"))
    ]
    texts = [(command, f"{HEAD}\n{table[name]}\n") for name, command in jobs]
    return dict(zip(jobs, asked(folder, texts), strict=True))


@pytest.mark.parametrize("name", programs(RIGHT))
def test_check_of_a_program_whose_first_step_passes_is_green(name, answers):
    assert answers[f"right: {name}", "check"] == (0, "")


@pytest.mark.parametrize("name", programs(WRONG))
def test_check_and_run_say_the_same_of_data_that_do_not_fit(name, answers):
    (checked, finding), (ran, error) = (answers[f"wrong: {name}", command] for command in COMMANDS)
    assert (checked, ran) == (1, 1), f"{finding}\n{error}"
    assert diagnosis(finding) == diagnosis(error)


@pytest.mark.parametrize("name", programs(NOT_ABOUT_SHAPES))
def test_a_program_that_fails_otherwise_could_not_be_looked_at(name, answers):
    (checked, reason), (ran, _) = (answers[f"other: {name}", command] for command in COMMANDS)
    assert (checked, ran) == (2, 1), reason
    assert "[SG" not in reason


def test_arrays_of_no_rows_are_not_green(tmp_path):
    ((code, reason),) = asked(tmp_path, [("check", f"{HEAD}\ndense().fit(zeros(0, 16), zeros(0, 3))\n")])
    assert code == 2
    assert "took none" in reason or keras.config.backend() != "tensorflow"


@pytest.mark.parametrize("step", STEPS)
def test_nothing_is_saved_and_no_callback_learns_of_a_step(step, answers, folder):
    assert answers[f"step {step}", "check"] == (0, "")
    number = list(STEPS).index(step)
    events = {path.read_text(encoding="utf-8") for path in folder.glob(f"program_{number}.py.events")}
    assert {name for text in events for name in text.split() if name.endswith("begin")} == STEPS[step][1]
    assert list(folder.glob("*.keras")) == []


@pytest.mark.slow
def test_check_is_green_for_programs_as_people_write_them(tmp_path):
    for module in pkgutil.iter_modules(unchanged_programs.__path__, f"{unchanged_programs.__name__}."):
        importlib.import_module(module.name)
    right = [each for each in unchanged.PROGRAMS.values() if each.runs_here]
    texts = [
        f"import keras\nfrom unchanged.programs.{each.kind} import {each.name}\n{each.name}([])\n" for each in right
    ]
    answers = asked(tmp_path, [("check", text) for text in texts])
    assert {each.name: answer for each, answer in zip(right, answers, strict=True) if answer != (0, "")} == {}


@pytest.mark.slow
def test_check_and_run_say_the_same_of_every_crash_over_shapes(tmp_path):
    crashes = [(kind, name) for kind in ("BUILT", "CALLED", "TRAINED") for name in getattr(helpers.crashes, kind)]
    texts = [f"import keras\nfrom helpers.crashes import {kind}\n{kind}[{name!r}][0]()\n" for kind, name in crashes]
    answers = iter(asked(tmp_path, [(command, text) for text in texts for command in COMMANDS]))
    told = {crash: (next(answers), next(answers)) for crash in crashes}
    assert {crash for crash, (checked, _) in told.items() if checked[0] != 1} == set()
    assert {crash for crash, (checked, ran) in told.items() if diagnosis(checked[1]) != diagnosis(ran[1])} == set()
