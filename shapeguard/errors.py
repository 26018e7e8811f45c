"""The exceptions about how a guard is set up; `ShapeMismatchError`, which carries a report, is in `report`."""

from __future__ import annotations

from shapeguard.legible import Legible


class SpecError(Legible, ValueError):
    """[SG503] A shape specification that cannot be read.

    The message has the text, a caret under the place, and a hint.

    Example:
        >>> from shapeguard import SpecError, parse
        >>> try:
        ...     parse("B 26 26 -32")
        ... except SpecError as error:
        ...     print(str(error).splitlines()[0])
        [SG503] ...
    """


class ExpectationError(Legible, ValueError):
    """[SG502] A guard that is set up wrongly: a key that names no layer, a contract file, an option.

    Example:
        >>> from shapeguard import ExpectationError, ShapeGuard
        >>> try:
        ...     ShapeGuard(on_mismatch="explode")
        ... except ExpectationError as error:
        ...     print(error)
        [SG502] ShapeGuard(on_mismatch='explode'): on_mismatch must be 'raise', 'warn', 'stop' or 'record'
    """
