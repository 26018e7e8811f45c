"""Functions of one tensor that only calculate with its elements: whatever the shape, it stays."""

from __future__ import annotations

import dis
import functools
from types import FunctionType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import CodeType

_STEPS = frozenset({
    "RESUME", "CACHE", "NOP", "LOAD_FAST", "LOAD_FAST_BORROW", "LOAD_CONST", "LOAD_SMALL_INT", "BINARY_OP",
    "UNARY_NEGATIVE", "RETURN_VALUE",
})  # fmt: skip
"""The instructions of arithmetic on one argument, as CPython 3.11 to 3.14 have them."""
_ARITHMETIC = frozenset({"+", "-", "*", "/", "//", "%", "**"})


def is_elementwise(function: object) -> bool:
    """Whether a function calculates with its one argument and numbers alone: `lambda x: x / 127.5 - 1`.

    False too of one that has defaults, names or calls in it; nothing is called here.
    """
    if not isinstance(function, FunctionType) or function.__defaults__ or function.__kwdefaults__:
        return False
    return _is_arithmetic(function.__code__)


@functools.lru_cache(maxsize=256)
def _is_arithmetic(code: CodeType) -> bool:
    if (code.co_argcount, code.co_kwonlyargcount, code.co_nlocals, code.co_freevars) != (1, 0, 1, ()):
        return False
    steps = list(dis.get_instructions(code))
    return (
        all(step.opname in _STEPS for step in steps)
        and any(step.opname.startswith("LOAD_FAST") for step in steps)
        and all(_is_number(step.argval) for step in steps if step.opname == "LOAD_CONST")
        and all(step.argrepr in _ARITHMETIC for step in steps if step.opname == "BINARY_OP")
    )


def _is_number(value: object) -> bool:
    return type(value) in (int, float)
