"""Reporting must not fail: an exception of our own becomes one warning, and training goes on."""

from __future__ import annotations

import contextlib
import os
import warnings
from typing import TYPE_CHECKING, Any

from shapeguard.errors import ExpectationError, SpecError
from shapeguard.legible import Legible
from shapeguard.report import ShapeMismatchError
from shapeguard.source.frames import levels_to_user

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PUBLIC = (ShapeMismatchError, SpecError, ExpectationError)


class ShapeGuardWarning(Legible, UserWarning):
    """A warning of ShapeGuard, which does not stop the program."""


def is_strict() -> bool:
    """Whether our own exceptions are to be raised (SHAPEGUARD_STRICT=1), as in every test run of ours."""
    return os.environ.get("SHAPEGUARD_STRICT") == "1"


_reported: set[str] = set()


def reset_warnings() -> None:
    """A training method has ended: a fault that was reported in it is reported again in the next."""
    _reported.clear()


@contextlib.contextmanager
def suppress_internal_errors(doing: str) -> Iterator[None]:
    """Lets the errors that users are meant to see pass and turns any other exception into one warning."""
    try:
        yield
    except PUBLIC:
        raise
    except Exception as error:
        if is_strict():
            raise
        fault = f"{type(error).__name__}: {error}"
        if fault not in _reported:
            _reported.add(fault)
            message = f"ShapeGuard failed while {doing}; your program continues: {fault}"
            warnings.warn(message, ShapeGuardWarning, stacklevel=levels_to_user())


class InternalCalls:
    """Calls functions of ours until one raises, which is one warning; none is called after that."""

    def __init__(self, doing: str) -> None:
        self.doing = doing
        self.broken = False

    def __call__(self, function: Callable[..., Any], *args: Any) -> Any:
        """What the function returns; `None` if it raises, or another has before."""
        if self.broken:
            return None
        self.broken = True
        with suppress_internal_errors(self.doing):
            result = function(*args)
            self.broken = False
            return result
        return None
