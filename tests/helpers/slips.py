"""Programs with a slip in a function of their own, and what is told of it."""

import pytest
from helpers.texts import applied, mended, module_of

from shapeguard import ShapeGuard, ShapeMismatchError

BEGINNING = """
import keras
import numpy as np
from keras import layers, ops
"""


def refused(tmp_path, text):
    """(causes, path) of a program that Keras refuses."""
    path = tmp_path / "program.py"
    path.write_text(f"{BEGINNING}{text}", encoding="utf-8")
    with pytest.raises(ShapeMismatchError) as caught, ShapeGuard():
        module_of(path)
    return caught.value.report.diagnoses[0].causes, path


def first_line(path, causes):
    """The one line that the first cause writes anew."""
    before, after = (text.splitlines() for text in (path.read_text(encoding="utf-8"), applied(path, causes[0])))
    changed = [new.strip() for old, new in zip(before, after, strict=True) if old != new]
    assert len(changed) == 1
    return changed[0]


def told(tmp_path, text, line):
    """Asserts that a line is told first, and that the program runs with it; gives the causes."""
    causes, path = refused(tmp_path, text)
    assert first_line(path, causes) == line
    mended(path, causes[0])
    return causes
