"""How many samples the batches of a `tf.data` dataset have: its elements may not tell, as the last can be shorter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST = 50
"""How many datasets that are made of each other are looked at."""


def size_of_batches(dataset: Any) -> int | None:
    """The size that the last `batch` of a pipeline was given; `None` of anything else."""
    # TensorFlow 2.18 to 2.21, python/data/ops/batch_op.py
    sizes = (getattr(step, "_batch_size", None) for step in steps_of(dataset))
    return next((int(size) for size in sizes if size is not None), None)


def steps_of(dataset: Any) -> Iterator[Any]:
    """A dataset and those that it is made of one by one, the innermost last."""
    for _ in range(MOST):
        if not hasattr(dataset, "element_spec"):
            return
        yield dataset
        dataset = getattr(dataset, "_input_dataset", None)  # 2.18 to 2.21, python/data/ops/dataset_ops.py


def method_of(step: Any) -> str | None:
    """The method of a dataset by which a program makes such a step; `None` of others than are asked for here."""
    names = {each.__name__.strip("_") for each in type(step).__mro__}  # 2.18 to 2.21: `_MapDataset`, `_FlatMapDataset`
    if not names.isdisjoint({"MapDataset", "ParallelMapDataset"}):
        return "map"
    return "from_generator" if "FlatMapDataset" in names else None


def makes_batches(step: Any) -> bool:
    """Whether a step makes batches of elements."""
    return getattr(step, "_batch_size", None) is not None
