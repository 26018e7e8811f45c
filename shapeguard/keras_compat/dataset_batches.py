"""How many samples the batches of a `tf.data` dataset have: its elements may not tell, as the last can be shorter."""

from __future__ import annotations

from typing import Any

MOST = 50
"""How many datasets that are made of each other are looked at."""


def size_of_batches(dataset: Any) -> int | None:
    """The size that the last `batch` of a pipeline was given; `None` of anything else."""
    for _ in range(MOST):
        if not hasattr(dataset, "element_spec"):
            return None
        size = getattr(dataset, "_batch_size", None)  # TensorFlow 2.18 to 2.21, python/data/ops/batch_op.py
        if size is not None:
            return int(size)
        dataset = getattr(dataset, "_input_dataset", None)  # 2.18 to 2.21, python/data/ops/dataset_ops.py
    return None
