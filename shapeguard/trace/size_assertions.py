"""Sizes that tracing does not know, asserted in the graph: one `tf.ensure_shape` on a layer's output.

`tf.debugging` assertions vanish under XLA without a word; `tf.ensure_shape` raises there too (TensorFlow 2.18, 2.21).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shapeguard.keras_compat import messages, step_functions
from shapeguard.keras_compat.symbolic_runs import copy_mask
from shapeguard.trace.recorder import shape_of
from shapeguard.trace.verified_steps import own_function

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    from shapeguard.records.network import Phase, Shape

    Expected = Callable[[Any, int, Shape], Shape | None]

_MARK = re.compile(r"shapeguard_(?P<layer>[\w.\\/>-]+?)\.call(?P<number>\d+)")


@dataclass(frozen=True, slots=True)
class Violation:
    """A batch that broke an asserted size: the `call`-th call of the layer, and what TensorFlow said."""

    layer: str
    call: int
    actual: Shape | None
    expected: Shape | None
    text: str


class Assertions:
    """Amends outputs whose expected sizes are open in the trace, by one operation each."""

    def __init__(self, expected: Expected) -> None:
        self._expected = expected
        self._asserted: dict[tuple[str, Shape], str] = {}

    def __call__(self, operation: Any, number: int, output: Any) -> Any:
        """The output, asserted where the expectation knows a size that the trace does not."""
        shape = _open_shape(output)
        if shape is None:
            return output
        expected = self._expected(operation, number, shape)
        if expected is None or not _adds_knowledge(shape, expected):
            return output
        import tensorflow as tf  # noqa: PLC0415  loaded already: only its graphs have open sizes

        word = re.sub(r"[^\w.-]", "_", operation.name)
        self._asserted[word, expected] = operation.name
        asserted = tf.ensure_shape(output, expected, name=f"shapeguard_{word}.call{number}")
        copy_mask(output, asserted)
        return asserted

    def violation(self, exception: BaseException) -> Violation | None:
        """What assertion of this guard's the exception tells of; `None` where it is none."""
        text = str(exception)
        mark, shapes = _MARK.search(text), messages.UNEQUAL_SHAPES.search(text)
        if mark is None:
            return None
        actual, expected = (None, None) if shapes is None else map(_parsed, shapes.group("actual", "expected"))
        layers = {
            name
            for (word, shape), name in self._asserted.items()
            if word == mark["layer"] and expected in (None, shape)
        }
        return Violation(layers.pop(), int(mark["number"]), actual, expected, text) if layers else None


@dataclass(frozen=True, slots=True)
class AssertingStep:
    """A step function of the model's apart from its own, whose graph asserts what `keys` stand for, one a guard."""

    keys: tuple[Hashable | None, ...]
    function: Any
    assertions: tuple[Assertions, ...]


_KEPT = "_shapeguard_asserting"


def asserting_step(model: Any, phase: Phase, wanted: Sequence[tuple[Hashable | None, Expected]]) -> AssertingStep:
    """A fresh step function for a graph with these assertions, or the one made before under equal keys.

    It is kept on the model's own step function, so that both go when Keras drops that, at the next `compile`.
    """
    name, own = step_functions.FUNCTIONS[phase], own_function(model, phase)
    keys = tuple(key for key, _ in wanted)
    kept: AssertingStep | None = getattr(own, _KEPT, None)
    if kept is not None and None not in keys and kept.keys == keys:
        return kept
    present = getattr(model, name)
    getattr(model, f"make_{name}")(force=True)
    step = AssertingStep(keys, getattr(model, name), tuple(Assertions(expected) for _, expected in wanted))
    setattr(model, name, present)
    if None not in keys:
        setattr(own, _KEPT, step)
    return step


def _open_shape(output: Any) -> Shape | None:
    """The shape of a tensor in a graph where some size is open; `None` for anything else."""
    if not hasattr(output, "graph") or not hasattr(output, "shape"):
        return None
    shape = shape_of(output)
    return shape if shape is not None and None in shape else None


def _adds_knowledge(shape: Shape, expected: Shape) -> bool:
    """Whether the expected shape fills an open size and contradicts no known one (that is for the judge)."""
    return (
        len(shape) == len(expected)
        and any(known is None and wanted is not None for known, wanted in zip(shape, expected, strict=True))
        and all(known is None or wanted in (None, known) for known, wanted in zip(shape, expected, strict=True))
    )


def _parsed(text: str) -> Shape:
    return tuple(None if part.strip() == "?" else int(part) for part in text.split(",") if part.strip())
