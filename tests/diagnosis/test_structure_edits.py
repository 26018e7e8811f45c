"""Layers put in, taken out or exchanged come with their text: applied to the program, it is the one that is meant."""

import textwrap

import pytest
from helpers.texts import applied, has_text, module_of

from shapeguard import ShapeGuard, ShapeMismatchError, check

DENSE = {"dense": "B 4"}
POOLED = {"conv2d": "B 6 6 2", "conv2d_1": "B 4 4 2"}
FLATTEN = ("insert_before", "Flatten")
IMPORT = "from keras.layers import Conv2D, Dense"
NEW_IMPORT = (IMPORT, f"{IMPORT}\n{{}}from keras.layers import Flatten")

LISTED = """
    import keras
    from keras import layers
    model = keras.Sequential([
        keras.Input((8, 8, 1)),
        layers.Conv2D(2, 3),
        layers.Dense(4),
    ])
"""
ADDED = """
    import keras
    from keras import layers
    model = keras.Sequential([keras.Input((8, 8, 1)), layers.Conv2D(2, 3)])
    model.add(layers.Dense(4))
"""
CALLED = """
    import keras
    from keras import layers
    x = keras.Input((8, 8, 1))
    h = layers.Conv2D(2, 3)(x)
    y = layers.Dense(4)(h)
    model = keras.Model(x, y)
"""
TAKEN_TWICE = """
    import keras
    from keras import layers
    x = keras.Input((8, 8, 1))
    h = layers.Conv2D(2, 3)(x)
    model = keras.Model(x, [layers.Dense(4, name='a')(h), layers.Dense(5, name='b')(h)])
"""
BARE = """
    from keras import Input, Model
    from keras.layers import Conv2D, Dense
    x = Input((8, 8, 1))
    h = Conv2D(2, 3)(x)
    h = Dense(4)(h)
    model = Model(x, h)
"""
ENTERED = """
    from keras import Sequential
    from keras.layers import Conv2D, Dense
    model = Sequential()
    model.add(Dense(4, input_shape=(3, 2)))
"""
SUBCLASSED = """
    import keras
    from keras import layers
    class Net(keras.Model):
        def __init__(self):
            super().__init__()
            self.conv = layers.Conv2D(2, 3)
            self.head = layers.Dense(4)
        def call(self, x):
            x = self.conv(x)
            return self.head(x)
    model, inputs = Net(), (2, 8, 8, 1)
"""
POOLED_LIST = """
    import keras
    from keras import layers
    model = keras.Sequential([
        keras.Input((8, 8, 1)),
        layers.Conv2D(2, 3),  # (B, 6, 6, 2)
        layers.MaxPooling2D(2),  # halves both
        layers.Conv2D(2, 3),
    ])
"""
POOLED_CALL = """
    import keras
    from keras import layers
    x = keras.Input((8, 8, 1))
    h = layers.Conv2D(2, 3)(x)
    h = layers.MaxPooling2D(2)(h)  # (B, 3, 3, 2)
    model = keras.Model(x, layers.Conv2D(2, 3)(h))
"""
JOINED = """
    import keras
    from keras import layers
    a, b = keras.Input((4, 4, 2)), keras.Input((8,))
    h = layers.concatenate([layers.Conv2D(2, 3)(a), b])
    model = keras.Model([a, b], h)
"""
OTHER_CLASS = """
    import keras
    from keras import layers
    model = keras.Sequential([
        keras.Input((4, 4, 2)),
        layers.GlobalAveragePooling2D(name='flat'),
        layers.Dense(4),
    ])
"""

CASES = {
    "a list of layers": (LISTED, DENSE, FLATTEN, [("layers.Dense(4)", "layers.Flatten(),\n    {}layers.Dense(4)")]),
    "layers added": (
        ADDED,
        DENSE,
        ("insert_before", "GlobalAveragePooling2D"),
        [("model.add(", "model.add(layers.GlobalAveragePooling2D())\n{}model.add(")],
    ),
    "layers called": (CALLED, DENSE, FLATTEN, [("layers.Dense(4)(h)", "layers.Dense(4)(layers.Flatten()(h))")]),
    "what two layers take": (
        TAKEN_TWICE,
        {"a": "B 4", "b": "B 5"},
        FLATTEN,
        [("layers.Conv2D(2, 3)(x)", "layers.Flatten()(layers.Conv2D(2, 3)(x))")],
    ),
    "a name that is not imported": (
        BARE,
        DENSE,
        FLATTEN,
        [NEW_IMPORT, ("h = Dense(4)(h)", "h = Flatten()(h)\n{}h = Dense(4)(h)")],
    ),
    "the first layer says what enters": (
        ENTERED,
        DENSE,
        FLATTEN,
        [NEW_IMPORT, ("Dense(4, input_shape=(3, 2))", "Flatten(input_shape=(3, 2)))\n{}model.add(Dense(4)")],
    ),
    "a model of a class": (SUBCLASSED, DENSE, FLATTEN, [("self.head(x)", "self.head(layers.Flatten()(x))")]),
    "a function of tensors": (
        JOINED,
        {"concatenate": "B 16"},
        FLATTEN,
        [("[layers.Conv2D(2, 3)(a), b]", "[layers.Flatten()(layers.Conv2D(2, 3)(a)), b]")],
    ),
    "an element too many": (
        POOLED_LIST,
        POOLED,
        ("remove", ""),
        [("layers.MaxPooling2D(2),  # halves both", "# halves both")],
    ),
    "a call too many": (
        POOLED_CALL,
        POOLED,
        ("remove", ""),
        [("    h = layers.MaxPooling2D(2)(h)  # (B, 3, 3, 2)\n", "")],
    ),
    "a layer of another class": (
        OTHER_CLASS,
        {"flat": "B 32", "dense": "B 4"},
        ("replace", "Flatten"),
        [("layers.GlobalAveragePooling2D(name='flat')", "layers.Flatten(name='flat')")],
    ),
}


@pytest.mark.parametrize(("program", "expected", "asked", "changes"), CASES.values(), ids=CASES)
def test_a_change_of_layers_is_a_change_of_text(program, expected, asked, changes, tmp_path):
    path = tmp_path / "program.py"
    path.write_text(textwrap.dedent(program))
    cause = next(each for each in causes(path, expected) if is_of(each, *asked))
    for before, after in changes:
        program = program.replace(before, after.replace("{}", "    "), 1)
    meant = textwrap.dedent(program)
    assert has_text(cause)
    assert applied(path, cause) == meant
    assert all(line.strip() in meant for line in (cause.edits[0].corrected or "").splitlines())


def causes(path, expected):
    try:
        program = module_of(path)
    except ValueError:  # Keras refuses to build it
        with pytest.raises(ShapeMismatchError) as raised, ShapeGuard(expected):
            module_of(path)
        return raised.value.report.diagnoses[0].causes
    return check(program.model, expected, getattr(program, "inputs", None)).diagnoses[0].causes


def is_of(cause, argument, suggestion):
    edit = cause.edits[0]
    return edit.argument == argument and str(edit.suggestion or "").startswith(suggestion)


MADE_TOGETHER = """
    import keras
    from keras import layers
    def block(x, units):
        return layers.Dense(units)(x)
    x = keras.Input((8, 8))
    model = keras.Model(x, block(block(x, 3), 4))
"""


def test_one_of_several_layers_of_a_line_has_no_text(tmp_path):
    path = tmp_path / "program.py"
    path.write_text(textwrap.dedent(MADE_TOGETHER))
    insertions = [each for each in causes(path, {"dense": "B 8 3", "dense_1": "B 4"}) if is_of(each, *FLATTEN)]
    assert insertions
    assert not any(map(has_text, insertions))
    assert not any(each.verified for each in insertions), "nobody can apply them"
