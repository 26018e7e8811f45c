"""Assignments to variables in one line of the user's, which take a whole batch where a smaller value is needed."""

from __future__ import annotations

import contextlib
import functools
import sys
from typing import TYPE_CHECKING, Any

import keras

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from shapeguard.records.network import Shape

METHODS = ("assign", "assign_add", "assign_sub")
"""What a variable is changed by: 3.0 to 3.15, backend/common/variables.py."""


@contextlib.contextmanager
def reduced_in(file: str, lines: range) -> Iterator[dict[int, tuple[Shape, Shape]]]:
    """While it lasts, what these lines give to a variable is summed to its shape, over axes in front of its own.

    Yields, by line, the shapes of the variable and of what it was given.
    """
    given: dict[int, tuple[Shape, Shape]] = {}
    kind: Any = keras.Variable

    def reducing(method: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(method)
        def assigning(self: Any, value: Any) -> Any:
            frame = sys._getframe(1)  # noqa: SLF001  who assigns is told by no argument
            own, shape = tuple(self.shape), tuple(getattr(value, "shape", ()))
            more = len(shape) - len(own)
            is_there = frame.f_code.co_filename == file and frame.f_lineno in lines
            if is_there and more > 0 and shape[more:] == own:
                given.setdefault(frame.f_lineno, (own, shape))
                value = keras.ops.sum(value, axis=tuple(range(more)))
            return method(self, value)

        return assigning

    with contextlib.ExitStack() as stack:
        for name in METHODS:
            if name in vars(kind):
                stack.callback(setattr, kind, name, vars(kind)[name])
            else:
                stack.callback(delattr, kind, name)
            setattr(kind, name, reducing(getattr(kind, name)))
        yield given
