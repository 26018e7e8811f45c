"""Data is shown as it is: with the rows that it has and the batch axis that it has or has not, wherever it is from."""

import keras
import numpy as np
import pytest
from helpers.crashes import BACKEND, Batches, dense, generator, zeros
from keras import layers

from shapeguard import ShapeGuard, ShapeMismatchError


def classifier(*, loss="categorical_crossentropy"):
    picture = keras.Input((12, 24, 3), name="given")
    pooled = layers.GlobalAveragePooling2D()(layers.Conv2D(4, 3)(picture))
    model = keras.Model(picture, layers.Dense(5, name="out")(pooled))
    model.compile("sgd", loss)
    return model


def two_inputs():
    a, b = keras.Input((4,), name="given"), keras.Input((6,), name="other")
    model = keras.Model([a, b], layers.Dense(2)(layers.Concatenate()([a, b])))
    model.compile("sgd", "mse")
    return model


def batches(*parts):
    class Given(Batches):
        def __getitem__(self, index):
            return parts

    return Given()


def yielding(*parts):
    return generator(*(part.shape for part in parts))


def dataset(*parts, batch=()):
    tf = pytest.importorskip("tensorflow")
    data = tf.data.Dataset.from_tensor_slices(parts[0] if len(parts) == 1 else parts)
    for size in batch:
        data = data.batch(size)
    return data


def loader(*parts, **options):
    torch = pytest.importorskip("torch")
    tensors = torch.utils.data.TensorDataset(*map(torch.from_numpy, parts))
    return torch.utils.data.DataLoader(tensors, **options)


def fitted(model, data, targets=None, **options):
    targets = {} if targets is None else {"y": targets}
    model.fit(data, **targets, **{"verbose": 0, "shuffle": False, **options})


def told(run):
    with pytest.raises(ShapeMismatchError) as caught, ShapeGuard() as guard:
        run()
    return str(caught.value).partition("\n")[0].partition("] ")[2], guard.report.diagnoses[0]


ROWS = {
    "one row": (lambda: dense().predict(zeros(1, 2), verbose=0), (1, 5), (1, 2)),
    "fewer rows than a batch": (lambda: fitted(dense(), zeros(8, 2), zeros(8, 3)), (8, 5), (8, 2)),
    "more rows than a batch": (lambda: fitted(dense(), zeros(40, 2), zeros(40, 3)), (32, 5), (32, 2)),
    "a batch size": (lambda: fitted(dense(), zeros(8, 2), zeros(8, 3), batch_size=5), (5, 5), (5, 2)),
    "evaluate": (lambda: dense().evaluate(zeros(7, 2), zeros(7, 3), verbose=0), (7, 5), (7, 2)),
    "train_on_batch": (lambda: dense().train_on_batch(zeros(40, 2), zeros(40, 3)), (40, 5), (40, 2)),
    "predict_on_batch": (lambda: dense().predict_on_batch(zeros(3, 2)), (3, 5), (3, 2)),
    "validation": (
        lambda: fitted(dense(), zeros(8, 5), zeros(8, 3), validation_data=(zeros(3, 2), zeros(3, 3))), (3, 5), (3, 2)
    ),
    "a generator": (
        lambda: fitted(dense(), yielding(zeros(4, 2), zeros(4, 3)), steps_per_epoch=2), (4, 5), (4, 2)
    ),
    "no batch axis": (
        lambda: classifier().predict(zeros(12, 24, 3), verbose=0), (None, 12, 24, 3), (12, 24, 3)
    ),
    "no batch axis of a row": (lambda: dense().predict(zeros(5), verbose=0), (None, 5), (5,)),
    "batched twice": (
        lambda: fitted(classifier(), zeros(1, 8, 12, 24, 3), zeros(1, 8, 5)), (None, 12, 24, 3), (1, 8, 12, 24, 3)
    ),
    "a generator of samples": (
        lambda: fitted(classifier(), yielding(zeros(12, 24, 3), zeros(5)), steps_per_epoch=2),
        (None, 12, 24, 3),
        (12, 24, 3),
    ),
    "a generator of batches of batches": (
        lambda: fitted(classifier(), yielding(zeros(2, 4, 12, 24, 3), zeros(2, 4, 5)), steps_per_epoch=2),
        (None, 12, 24, 3),
        (2, 4, 12, 24, 3),
    ),
}  # fmt: skip
OF_TENSORFLOW = {
    "a dataset": (lambda: fitted(dense(), dataset(zeros(20, 2), zeros(20, 3), batch=[8])), (None, 5), (None, 2)),
    "a dataset that is not batched": (
        lambda: fitted(classifier(), dataset(zeros(20, 12, 24, 3), zeros(20, 5))), (None, 12, 24, 3), (12, 24, 3)
    ),
    "such a dataset of rows": (
        lambda: fitted(dense(), dataset(zeros(20, 5), zeros(20, 3))), (None, 5), (5,)
    ),
    "such a dataset for predict": (
        lambda: classifier().predict(dataset(zeros(20, 12, 24, 3)), verbose=0), (None, 12, 24, 3), (12, 24, 3)
    ),
    "a dataset that is batched twice": (
        lambda: fitted(classifier(), dataset(zeros(20, 12, 24, 3), zeros(20, 5), batch=[8, 2])),
        (None, 12, 24, 3),
        (None, None, 12, 24, 3),
    ),
    "a PyDataset": (lambda: fitted(dense(), batches(zeros(4, 2), zeros(4, 3))), (None, 5), (None, 2)),
}  # fmt: skip
ELSEWHERE = {
    "a PyDataset": (lambda: fitted(dense(), batches(zeros(4, 2), zeros(4, 3))), (4, 5), (4, 2)),
    "a PyDataset of samples": (
        lambda: fitted(classifier(), batches(zeros(12, 24, 3), zeros(5))), (None, 12, 24, 3), (12, 24, 3)
    ),
    "a PyDataset of batches of batches": (
        lambda: fitted(classifier(), batches(zeros(2, 4, 12, 24, 3), zeros(2, 4, 5))),
        (None, 12, 24, 3),
        (2, 4, 12, 24, 3),
    ),
    "a loader": (lambda: fitted(dense(), loader(zeros(20, 2), zeros(20, 3), batch_size=4)), (4, 5), (4, 2)),
    "a loader of samples": (
        lambda: fitted(classifier(), loader(zeros(20, 12, 24, 3), zeros(20, 5), batch_size=None)),
        (None, 12, 24, 3),
        (12, 24, 3),
    ),
}  # fmt: skip
EVERY = {**ROWS, **(OF_TENSORFLOW if BACKEND == "tensorflow" else ELSEWHERE)}


@pytest.mark.parametrize("name", EVERY)
def test_the_data_is_shown_as_it_is(name):
    run, expected, actual = EVERY[name]
    first, diagnosis = told(run)
    where = " in validation_data" if name == "validation" else ""
    assert first == f"input 'given': expected {expected}, got {actual}{where}"
    assert (diagnosis.expected, diagnosis.actual) == (expected, actual)


TITLES = {
    "no batch axis": "the data has no batch axis: it is a single sample",
    "batched twice": "the data has two batch axes",
    "a generator of samples": "the data is not batched: it gives single samples",
    "a generator of batches of batches": "the data is batched twice: each batch has two batch axes",
    "a dataset that is not batched": "the dataset is not batched: `.batch(32)` is missing",
    "a dataset that is batched twice": "the dataset is batched twice: one `.batch(...)` too many",
}


@pytest.mark.parametrize("name", [name for name in TITLES if name in EVERY])
def test_a_batch_axis_that_is_missing_or_too_many_is_said_to_be(name):
    _, diagnosis = told(EVERY[name][0])
    assert diagnosis.code == "SG301"
    assert [(cause.kind, cause.confidence, cause.title) for cause in diagnosis.causes] == [
        ("data", "possible", TITLES[name])
    ]


def test_targets_with_an_axis_too_many_are_named_beside_the_inputs():
    _, diagnosis = told(ROWS["batched twice"][0])
    assert diagnosis.notes == ("the targets (None, 8, 5) have an axis too many as well",)


def test_other_inputs_without_a_batch_axis_are_named_too():
    samples = (((zeros(4), zeros(6)), zeros(2)) for _ in range(3))
    first, diagnosis = told(lambda: fitted(two_inputs(), samples, steps_per_epoch=2))
    assert first == "input 'given': expected (None, 4), got (4,)"
    assert diagnosis.notes == ("input 'other': (6,) instead of (None, 6)",)


def test_an_axis_of_one_too_many_is_no_second_batch_axis():
    _, diagnosis = told(lambda: classifier().predict(zeros(8, 1, 12, 24, 3), verbose=0))
    assert diagnosis.causes[0].suggestion == "np.squeeze(zeros(8, 1, 12, 24, 3), 1)"


def test_an_expectation_that_is_not_met_comes_before_the_data():
    with pytest.raises(ShapeMismatchError, match=r"layer 'out'.*expected .None, 4."), ShapeGuard({"out": (None, 4)}):
        fitted(classifier(), zeros(1, 8, 12, 24, 3), zeros(1, 8, 5))


@pytest.mark.parametrize("x", [zeros(8, 12, 24, 3), zeros(1, 12, 24, 3), np.zeros((12, 12, 24, 3), "int32")])
def test_right_data_is_never_said_to_be_wrong(x):
    with ShapeGuard({"out": (None, 5)}) as guard:
        fitted(classifier(), x, zeros(len(x), 5))
    assert guard.report.ok
