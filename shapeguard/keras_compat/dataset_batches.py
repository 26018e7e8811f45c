"""What a `tf.data` dataset is made of, and how many samples its batches have: the last one can be shorter."""

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


def mapped_by(step: Any) -> Any | None:
    """The function that a step applies to each element; `None` of other steps."""
    function = getattr(getattr(step, "_map_func", None), "_func", None)  # 2.18 to 2.21, data/ops/structured_function.py
    return getattr(function, "python_function", function) if method_of(step) == "map" else None


def given_to(step: Any) -> Any:
    """The specs of the elements that a step is made of."""
    return step._input_dataset.element_spec  # noqa: SLF001


def traced(function: Any, specs: Any) -> Any:
    """The specs of what a function gives for elements, as `map` calls it; raises what the function raises."""
    import tensorflow as tf  # noqa: PLC0415

    given = specs if isinstance(specs, tuple) else (specs,)
    made = tf.function(function, autograph=False).get_concrete_function(*given).structured_outputs
    return tf.nest.map_structure(tf.type_spec_from_value, tuple(made) if isinstance(made, list) else made)


def with_first_axis(spec: Any, size: int | None, *, is_new: bool) -> Any:
    """The spec of a tensor whose first axis has this size: a new one, or the one that it has."""
    import tensorflow as tf  # noqa: PLC0415

    return tf.TensorSpec((size, *spec.shape[0 if is_new else 1 :]), spec.dtype)
