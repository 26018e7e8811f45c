"""Digits for the demo: MNIST where Keras has it on disk, else digits drawn here. Nothing is downloaded."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np

NUM_TRAIN, NUM_TEST = 2000, 400

_GLYPHS = (
    "01110 10001 10011 10101 11001 10001 01110",
    "00100 01100 00100 00100 00100 00100 01110",
    "01110 10001 00001 00010 00100 01000 11111",
    "11111 00010 00100 00010 00001 10001 01110",
    "00010 00110 01010 10010 11111 00010 00010",
    "11111 10000 11110 00001 00001 10001 01110",
    "00110 01000 10000 11110 10001 10001 01110",
    "11111 00001 00010 00100 01000 01000 01000",
    "01110 10001 10001 01110 10001 10001 01110",
    "01110 10001 10001 01111 00001 00010 01100",
)


def mnist_file() -> Path | None:
    """Where Keras keeps MNIST after `keras.datasets.mnist.load_data()`; `None` where it is not there."""
    home = os.environ.get("KERAS_HOME")
    file = (Path(home) if home else Path.home() / ".keras") / "datasets" / "mnist.npz"
    return file if file.is_file() else None


def source() -> str:
    """Which digits `load` gives, in words."""
    return "MNIST, from disk" if mnist_file() else "digits drawn by the demo (Keras has no MNIST on disk)"


def load() -> tuple[Any, Any, Any, Any]:
    """X_train (2000, 28, 28, 1) and y_train (2000, 10), one-hot, then X_test and y_test with 400 samples."""
    file = mnist_file()
    if file is None:
        return draw_split()
    with np.load(file, allow_pickle=False) as arrays:
        train, test = slice(NUM_TRAIN), slice(NUM_TEST)
        return (
            _scaled(arrays["x_train"][train]),
            _one_hot(arrays["y_train"][train]),
            _scaled(arrays["x_test"][test]),
            _one_hot(arrays["y_test"][test]),
        )


def draw_split() -> tuple[Any, Any, Any, Any]:
    """What `load` gives, with drawn digits."""
    images, labels = draw(NUM_TRAIN + NUM_TEST)
    scaled, one_hot = _scaled(images), _one_hot(labels)
    return scaled[:NUM_TRAIN], one_hot[:NUM_TRAIN], scaled[NUM_TRAIN:], one_hot[NUM_TRAIN:]


def draw(count: int, seed: int = 0) -> tuple[Any, Any]:
    """`count` images (28, 28) of 0 to 255 and their labels: a 5x7 font, enlarged, moved about, with noise."""
    generator = np.random.default_rng(seed)
    labels = generator.integers(0, 10, count)
    images = generator.integers(0, 60, (count, 28, 28))
    for image, label in zip(images, labels, strict=True):
        glyph = np.array([[int(dot) for dot in row] for row in _GLYPHS[label].split()])
        top, left = generator.integers(1, 7), generator.integers(2, 12)
        image[top : top + 21, left : left + 15] += np.kron(glyph, np.ones((3, 3), int)) * 180
    return images, labels


def _scaled(images: Any) -> Any:
    return (images / 255.0).astype("float32")[..., np.newaxis]


def _one_hot(labels: Any) -> Any:
    return np.eye(10, dtype="float32")[labels]
