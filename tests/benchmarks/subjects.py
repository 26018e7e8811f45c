"""What is trained: a tiny MLP (the worst case for a step's overhead), the classic CNN, a ResNet50."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
from keras import layers

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True)
class Subject:
    """`build(asserted)` makes the model, `asserted(spec)` a layer put after each of its own where that is possible."""

    name: str
    build: Callable[[Callable[[tuple[str, ...]], Any] | None], Any]
    shape: tuple[int, ...]
    batch_size: int
    steps: int
    rounds: int


def _stacked(inputs: tuple[int, ...], stack: list[tuple[Any, tuple[str, ...]]], asserted: Any) -> Any:
    everything: list[Any] = [keras.Input(inputs)]
    for layer, spec in stack:
        everything.append(layer)
        if asserted is not None:
            everything.append(asserted(spec))
    return keras.Sequential(everything)


def _mlp(asserted: Any) -> Any:
    wide = [(layers.Dense(16, activation="relu"), ("B", "16")) for _ in range(2)]
    return _stacked((8,), [*wide, (layers.Dense(10, activation="softmax"), ("B", "10"))], asserted)


def _cnn(asserted: Any) -> Any:
    stack = [
        (layers.Conv2D(32, (3, 3), activation="relu"), ("B", "26", "26", "32")),
        (layers.Conv2D(32, (3, 3), activation="relu"), ("B", "24", "24", "32")),
        (layers.MaxPooling2D((2, 2)), ("B", "12", "12", "32")),
        (layers.Dropout(0.25), ("B", "12", "12", "32")),
        (layers.Flatten(), ("B", "4608")),
        (layers.Dense(128, activation="relu"), ("B", "128")),
        (layers.Dropout(0.5), ("B", "128")),
        (layers.Dense(10, activation="softmax"), ("B", "10")),
    ]
    return _stacked((28, 28, 1), stack, asserted)


def _resnet(asserted: Any) -> Any:
    backbone = keras.applications.ResNet50(weights=None, input_shape=(32, 32, 3), classes=10)
    return backbone if asserted is None else _stacked((32, 32, 3), [(backbone, ("B", "10"))], asserted)


SUBJECTS = (
    Subject("tiny MLP", _mlp, (8,), batch_size=32, steps=100, rounds=12),
    Subject("CNN", _cnn, (28, 28, 1), batch_size=32, steps=8, rounds=6),
    Subject("ResNet50", _resnet, (32, 32, 3), batch_size=4, steps=2, rounds=3),
)


def data(subject: Subject) -> tuple[Any, Any]:
    """Seeded images and labels for the subject's steps."""
    count = subject.batch_size * subject.steps
    x = np.random.default_rng(0).normal(size=(count, *subject.shape)).astype("float32")
    return x, np.arange(count) % 10
