"""Tensors that are added where they were to be joined, and the reverse, by an operation inside `call`."""

import textwrap

import pytest
from helpers.texts import applied, mended, module_of

from shapeguard import ShapeGuard, ShapeMismatchError

pytestmark = pytest.mark.filterwarnings("ignore:.*unbuilt state")
NET = """
    import keras
    from keras import layers, ops
    from shapeguard import expect

    class Net(layers.Layer):
        def __init__(self):
            super().__init__()
            self.left = layers.Dense(8)
            self.right = layers.Dense(WIDTH)
            self.out = layers.Dense(1)

        def call(self, x):
            left, right = self.left(x), self.right(x)
            both = MERGE
            return self.out(expect(both, "EXPECTED"))

    x = keras.Input((5,))
    model = keras.Model(x, Net()(x))
"""


def crashed(tmp_path, **values):
    """(causes, path) of a program that is stopped."""
    text = textwrap.dedent(NET)
    for name, value in values.items():
        text = text.replace(name.upper(), str(value))
    path = tmp_path / "program.py"
    path.write_text(text, encoding="utf-8")
    guard = ShapeGuard()
    try:
        with guard:
            module = module_of(path)
        report = guard.check(module.model)
    except ShapeMismatchError as error:
        report = error.report
    return report.diagnoses[0].causes, path


@pytest.mark.parametrize(
    ("merge", "width", "expected", "line"),
    [
        ("left + right", 8, "B 16", "both = layers.Concatenate()([left, right])"),
        ("left + right", 4, "B 12", "both = layers.Concatenate()([left, right])"),
        ("ops.concatenate([left, right], axis=-1)", 8, "B 8", "both = layers.Add()([left, right])"),
    ],
)
def test_a_merge_of_the_other_kind_may_be_meant(tmp_path, merge, width, expected, line):
    causes, path = crashed(tmp_path, merge=merge, width=width, expected=expected)
    cause = next(each for each in causes if each.argument == "replace")
    assert line in applied(path, cause)
    assert cause.title.startswith(f"`{merge}` in `Net.call` should be" if "ops" not in merge else "`ops.concatenate`")
    mended(path, cause)
