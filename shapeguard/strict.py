"""Reporting must not fail: an exception of our own becomes one warning, and training goes on."""

from __future__ import annotations

import contextlib
import os
import warnings
from typing import TYPE_CHECKING

from shapeguard.errors import ExpectationError, ShapeMismatchError, SpecError

if TYPE_CHECKING:
    from collections.abc import Iterator

PUBLIC = (ShapeMismatchError, SpecError, ExpectationError)


class ShapeGuardWarning(UserWarning):
    """What ShapeGuard has to say without stopping the program."""


def is_strict() -> bool:
    """Whether our own exceptions are to be raised (SHAPEGUARD_STRICT=1), as in every test run of ours."""
    return os.environ.get("SHAPEGUARD_STRICT") == "1"


@contextlib.contextmanager
def guarded(doing: str) -> Iterator[None]:
    """Lets the errors that users are meant to see pass and turns any other exception into a warning."""
    try:
        yield
    except PUBLIC:
        raise
    except Exception as error:
        if is_strict():
            raise
        warnings.warn(
            f"ShapeGuard failed while {doing} and stays out of the way: {type(error).__name__}: {error}",
            ShapeGuardWarning,
            stacklevel=3,
        )
