"""Data that functions of Keras' utilities and of scikit-learn load, convert and split."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from shapeguard.static.data import array, literal_shape, numbers_in
from shapeguard.static.iterating import items_of, size_list
from shapeguard.static.values import (
    ANY,
    ListValue,
    Record,
    Symbol,
    Tensor,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from shapeguard.static.given import Given

DATASETS = {
    "mnist": ((60000, 28, 28), (60000,), (10000, 28, 28), (10000,)),
    "fashion_mnist": ((60000, 28, 28), (60000,), (10000, 28, 28), (10000,)),
    "cifar10": ((50000, 32, 32, 3), (50000, 1), (10000, 32, 32, 3), (10000, 1)),
    "cifar100": ((50000, 32, 32, 3), (50000, 1), (10000, 32, 32, 3), (10000, 1)),
    "imdb": ((25000,), (25000,), (25000,), (25000,)),
    "reuters": ((8982,), (8982,), (2246,), (2246,)),
    "boston_housing": ((404, 13), (404,), (102, 13), (102,)),
    "california_housing": ((16512, 8), (16512,), (4128, 8), (4128,)),
}
"""What `load_data()` of each gives: x and y to train with, x and y to test with (keras/src/datasets)."""


GREATEST = {"mnist": 9, "fashion_mnist": 9, "cifar10": 9, "cifar100": 99, "reuters": 45, "imdb": 1}


def _to_categorical(given: Given) -> Any:
    labels, classes = given.get(0, "x", given.get(None, "y", ANY)), given.get(1, "num_classes")
    if not isinstance(labels, Tensor):
        shape, numbers = literal_shape(labels), numbers_in(labels)
        labels = array(shape, greatest=max(numbers) if numbers and all(isinstance(n, int) for n in numbers) else None)
    if classes is None:
        classes = ANY if labels.greatest is None else labels.greatest + 1
    if labels.shape is None:
        return array(None)
    shape = labels.shape[:-1] if len(labels.shape) > 1 and labels.shape[-1] == 1 else labels.shape
    return array((*shape, classes if isinstance(classes, int | Symbol) else ANY))


def _pad_sequences(given: Given) -> Any:
    rows, longest = given.get(0, "sequences", ANY), given.get(1, "maxlen")
    items = items_of(rows)
    count = len(items) if items is not None else rows.shape[0] if isinstance(rows, Tensor) and rows.shape else ANY
    return array((count, longest if isinstance(longest, int | Symbol) else ANY), "int32")


def _train_test_split(given: Given) -> Any:
    test = given.keywords.get("test_size", None if "train_size" in given.keywords else 0.25)
    found: list[Any] = []
    for data in given.args:
        if not isinstance(data, Tensor) or not data.shape:
            found += [ANY, ANY]
            continue
        counts = _split(data.shape[0], test)
        found += [array((count, *data.shape[1:]), data.dtype, data.greatest) for count in counts]
    return ListValue.of(tuple(found))


def _split(count: Any, test: Any) -> tuple[Any, Any]:
    """How many rows are for training, and how many for tests."""
    if not isinstance(count, int) or not isinstance(test, int | float):
        return ANY, ANY
    tested = test if isinstance(test, int) else math.ceil(count * test)
    return count - tested, tested


def _image(given: Given) -> Any:
    size = given.keywords.get("target_size")
    mode = given.keywords.get("color_mode", "rgb")
    channels = {"rgb": 3, "rgba": 4, "grayscale": 1}.get(mode, ANY) if isinstance(mode, str) else ANY
    sizes = size_list(size) if size is not None else (ANY, ANY)
    return Record({"shape": (*(sizes or (ANY, ANY)), channels)}, "image")


def _image_array(given: Given) -> Any:
    value = given.get(0, "img", ANY)
    return array(value.cells["shape"]) if isinstance(value, Record) and value.kind == "image" else array(None)


def _images_in_folder(given: Given) -> Any:
    sizes = size_list(given.keywords.get("image_size", (256, 256)))
    mode = given.keywords.get("color_mode", "rgb")
    channels = {"rgb": 3, "rgba": 4, "grayscale": 1}.get(mode, ANY) if isinstance(mode, str) else ANY
    batched = given.keywords.get("batch_size", 32) is not None
    shape = (*([None] if batched else []), *(sizes or (ANY, ANY)), channels)
    return Record({"x": array(shape, "float32"), "y": array(None)}, "dataset")


def load_data(name: str) -> Any:
    """What `keras.datasets.<name>.load_data()` gives."""
    shapes = DATASETS.get(name)
    if shapes is None:
        return ANY
    greatest = GREATEST.get(name)
    x_train, y_train, x_test, y_test = (array(shape, "uint8") for shape in shapes)
    labels = [array(each.shape, "uint8", greatest) for each in (y_train, y_test)]
    return ((x_train, labels[0]), (x_test, labels[1]))


RANDOM_OF_KERAS = ("normal", "uniform", "truncated_normal", "randint")


UTILITIES: dict[str, Callable[[Given], Any]] = {
    "to_categorical": _to_categorical,
    "pad_sequences": _pad_sequences,
    "load_img": _image,
    "img_to_array": _image_array,
    "image_dataset_from_directory": _images_in_folder,
}


def train_test_split(given: Given) -> Any:
    """What `sklearn.model_selection.train_test_split` gives."""
    return _train_test_split(given)
