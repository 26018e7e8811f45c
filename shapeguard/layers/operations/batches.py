"""Which arguments are shapes that begin with the batch, where its size may be written as a number."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapeguard.layers.costs import SOLVED
from shapeguard.layers.operations.base import argument

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.layers.base import Change, Config
    from shapeguard.records.network import Batches

SHAPES = ("newshape", "shape", "dims", "size")
"""What the parameter is called: Keras 3.0 to 3.15, TensorFlow 2.18 to 2.21, JAX 0.4.30 to 0.10."""


def batch_shapes(config: Config, batches: Batches) -> Iterator[Change]:
    """The shapes in a config that begin with the size of other batches, with the number of samples of this one."""
    for name in SHAPES:
        shape = config.get(name)
        if isinstance(shape, list | tuple) and shape and shape[0] == batches.written:
            yield argument(name, (batches.samples, *shape[1:]), SOLVED, solved=True)
