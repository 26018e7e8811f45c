"""What a sample of the targets tells of their values, where they are at hand."""

import keras
import numpy as np
import pytest

from shapeguard.trace.target_values import values_of

X = np.random.default_rng(0).random((40, 6)).astype("float32")
EYE = np.eye(3)[np.arange(40) % 3]
PARTS = X / X.sum(axis=1, keepdims=True)


@pytest.mark.parametrize(
    ("y", "kind", "greatest"),
    [
        (EYE, "one-hot", 1),
        (EYE.astype("int64"), "one-hot", 1),
        (EYE.astype(bool), "one-hot", 1),
        (PARTS, "probabilities", PARTS.max()),
        (np.ones((40, 3)), "zeros and ones", 1),
        (np.arange(40) % 3, "whole numbers", 2),
        ((np.arange(40) % 3).astype("float32")[:, None], "whole numbers", 2),
        (np.arange(40) % 2, "whole numbers", 1),
        (np.arange(40) - 20, "numbers", 19),
        (X, "numbers", X.max()),
        (np.full((40, 3), np.nan), "numbers", np.nan),
        (np.zeros((40, 3)), None, 0),
        (np.array(["a", "b"] * 20), None, 0),
        (np.empty((0, 3)), None, 0),
        (np.empty((2, 2_000_000), "int8"), None, 0),
    ],
)
def test_the_values_of_an_array(y, kind, greatest):
    (values,) = values_of(np.ones((40, 2)), y)
    assert values.kind == kind
    assert values.greatest == pytest.approx(greatest, nan_ok=True)
    assert not values.is_input


def test_a_row_in_the_middle_of_many_is_looked_at():
    labels = np.zeros(100_000, "int64")
    labels[50_000:] = 7
    assert values_of(None, labels)[0].greatest == 7


@pytest.mark.parametrize("convert", [keras.ops.convert_to_tensor, np.ascontiguousarray])
def test_tensors_are_read_like_arrays(convert):
    x = convert(X)
    (values,) = values_of(x, convert(X.copy()))
    assert (values.kind, values.is_input) == ("numbers", True)


def test_frames_are_read_like_arrays():
    pandas = pytest.importorskip("pandas")
    (values,) = values_of(X, pandas.Series(np.arange(40) % 4))
    assert (values.kind, values.greatest) == ("whole numbers", 3)


class Counting:
    """An array of the user's own."""

    shape, dtype, reads = (40, 3), np.dtype("float32"), 0

    def __getitem__(self, index):
        Counting.reads += 1
        return EYE[index]


@pytest.mark.parametrize("y", [Counting(), iter([1]), None], ids=["own", "iterator", "none"])
def test_nothing_is_drawn_from_what_is_no_array(y):
    assert all(values.kind is None for values in values_of(X, y))
    assert Counting.reads == 0


def test_each_target_of_several_is_told_apart():
    x = {"a": X, "b": EYE}
    told = values_of(x, {"a": X, "b": np.arange(40) % 3})
    assert [(values.kind, values.is_input) for values in told] == [("numbers", True), ("whole numbers", False)]
