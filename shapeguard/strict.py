"""Reporting must not fail: an exception of our own becomes one warning, and training goes on."""

from __future__ import annotations

import contextlib
import os
import warnings
from typing import TYPE_CHECKING

from shapeguard.errors import ExpectationError, SpecError
from shapeguard.legible import Legible
from shapeguard.report import ShapeMismatchError
from shapeguard.source.frames import levels_to_user

if TYPE_CHECKING:
    from collections.abc import Iterator

PUBLIC = (ShapeMismatchError, SpecError, ExpectationError)


class ShapeGuardWarning(Legible, UserWarning):
    """What ShapeGuard has to say without stopping the program."""


def is_strict() -> bool:
    """Whether our own exceptions are to be raised (SHAPEGUARD_STRICT=1), as in every test run of ours."""
    return os.environ.get("SHAPEGUARD_STRICT") == "1"


_told: set[str] = set()


def reset_warnings() -> None:
    """A training method has come to its end: what is told once is told again in the next."""
    _told.clear()


@contextlib.contextmanager
def suppress_internal_errors(doing: str) -> Iterator[None]:
    """Lets the errors that users are meant to see pass and turns any other exception into a warning, told once."""
    try:
        yield
    except PUBLIC:
        raise
    except Exception as error:
        if is_strict():
            raise
        fault = f"{type(error).__name__}: {error}"
        if fault not in _told:
            _told.add(fault)
            message = f"ShapeGuard failed while {doing} and stays out of the way: {fault}"
            warnings.warn(message, ShapeGuardWarning, stacklevel=levels_to_user())
