"""The diagnosis of a program that Keras refuses while a guard is active."""

import runpy

import pytest

from shapeguard import ShapeGuard, ShapeMismatchError


def refused(text, tmp_path):
    file = tmp_path / "program.py"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ShapeMismatchError) as caught, ShapeGuard():
        runpy.run_path(str(file))
    (diagnosis,) = caught.value.report.diagnoses
    return diagnosis


def is_right(text, tmp_path):
    """Whether a guard has nothing against a program that runs to its end."""
    file = tmp_path / "right.py"
    file.write_text(text, encoding="utf-8")
    with ShapeGuard() as guard:
        runpy.run_path(str(file))
    return guard.report.ok
