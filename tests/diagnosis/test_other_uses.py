"""Lines of a program that do more than what was seen of them: what is changed there is possible, not verified."""

import textwrap

import pytest
from helpers.texts import has_text, module_of

from shapeguard import check
from shapeguard.records.source import Span
from shapeguard.source.constants import UNKNOWN
from shapeguard.source.other_uses import shape_read

HEAD = "import keras\nfrom keras import layers\n"


@pytest.fixture
def causes(tmp_path):
    """The causes of what is expected of the `model` of a program that is written to a file."""

    def found(program, expected, name="program"):
        path = tmp_path / f"{name}.py"
        path.write_text(HEAD + textwrap.dedent(program), encoding="utf-8")
        return check(module_of(path).model, expected).diagnoses[0].causes

    return found


TWO_MODELS = """
def stack(width, last):
    return keras.Sequential([keras.Input((width,)), layers.Dense(5, name="hidden"), layers.Dense(last, name="last")])

model = stack(8, 3)
{other}
"""


@pytest.mark.parametrize(
    ("other", "is_verified"),
    [
        ("", True),
        ("again = stack(8, 3)", True),  # the same model once more
        ("other = stack(4, 2)", False),
        ("others = [stack(width, 3) for width in (8, 16)]", False),
    ],
)
def test_a_helper_that_makes_another_model_too_is_not_changed_with_certainty(causes, other, is_verified):
    (cause,) = causes(TWO_MODELS.format(other=other), {"hidden": "B 6"})
    assert (cause.argument, cause.suggestion, cause.verified) == ("units", 6, is_verified)
    assert is_verified or cause.proof == "its line runs elsewhere too, for what was not seen"


CLASSES = """
class Block(layers.Layer):
    def __init__(self, width):
        super().__init__()
        self.dense = layers.Dense(width, activation="relu", use_bias=False)

    def call(self, x):
        return self.dense(x)

first, second = Block(4), Block(6)
i = keras.Input((3,))
model = keras.Model(i, layers.Dense(2, name="last")({called}))
"""


def test_a_class_whose_other_objects_were_not_seen_is_not_changed_with_certainty(causes):
    both = causes(CLASSES.format(called="second(first(i))"), {"block/dense": "B 5"}, "both")
    one = causes(CLASSES.format(called="first(i)"), {"block/dense": "B 5"}, "one")
    assert [cause.verified for cause in one if cause.argument == "units"] == [False]
    assert all(not has_text(cause) for cause in both if cause.argument == "units")  # one line makes both


def test_one_line_that_makes_two_inputs_is_not_rewritten_for_one_of_them(causes):
    program = """
        left, right = (keras.Input((size,), name=f"in_{size}") for size in (4, 4 + 1))
        model = keras.Model([left, right], layers.Concatenate(name="both")([left, right]))
    """
    found = causes(program, {"both": "B 10", "in_5": "B 5"})
    assert found
    assert all(not has_text(cause) for cause in found if cause.argument == "shape")


def test_a_layer_that_is_called_twice_is_not_removed_for_one_of_its_calls(causes):
    program = """
        i = keras.Input((16, 16, 1))
        pool = layers.MaxPooling2D(2, name="pool")
        x = layers.Conv2D(4, 3, padding="same", name="first")(pool(i))
        model = keras.Model(i, layers.Conv2D(4, 3, padding="same", name="second")(pool(x)))
    """
    found = causes(program, {"first": "B 8 8 4", "second": "B 8 8 4"})
    assert not any(cause.verified for cause in found if cause.kind == "structure")


READ = """
def squeezed(x):
    width = x.shape[-1]
    scale = layers.GlobalAveragePooling2D(keepdims=True)(x)
    scale = layers.Dense({inner})(scale)
    return layers.Multiply(name="scaled")([x, layers.Dense({outer})(scale)])

i = keras.Input((8, 8, 3))
x = layers.Conv2D(4, 3, name="conv")(i)
model = keras.Model(i, layers.Conv2D({last}, 1, name="last")(squeezed(x)))
"""


@pytest.mark.parametrize(
    ("inner", "outer", "last", "expected", "is_verified"),
    [
        ("2", "4", "2", {"conv": "B 4 4 4"}, True),
        ("2", "width", "2", {"conv": "B 4 4 4"}, True),  # its size stays
        ("width // 2", "4", "2", {"conv": "B 4 4 4"}, True),
        ("x.shape[1] // 3", "4", "2", {"conv": "B 4 4 4"}, False),
        ("round(width / 2)", "4", "2", {"conv": "B 4 4 4"}, False),  # who knows
        ("2", "1", "x.shape[1]", {"conv": "B 4 4 4"}, False),  # 6 rows become 4
        ("2", "1", "x.shape[-1]", {"conv": "B 4 4 4"}, True),
    ],
)
def test_sizes_that_are_read_from_tensors_again_are_not_those_that_were_seen(
    causes, inner, outer, last, expected, is_verified
):
    found = causes(READ.format(inner=inner, outer=outer, last=last), expected)
    assert [cause.verified for cause in found if cause.argument == "kernel_size"] == [is_verified]


@pytest.mark.parametrize(
    ("argument", "of_six"),
    [
        ("units=8", None),
        ("size", None),
        ("x.shape[-1]", 6),
        ("filters=keras.ops.shape(x)[1]", 6),
        ("int(x.shape[1])", 6),
        ("x.shape[-1] // 2", 3),
        ("units=width", 6),
        ("width * 2", 12),
        ("half", 3),
        ("(rows, 1)", (6, 1)),
        ("width / 2", UNKNOWN),
        ("again", UNKNOWN),
    ],
)
def test_an_argument_that_is_read_from_a_shape_is_seen(tmp_path, argument, of_six):
    path = tmp_path / "reads.py"
    lines = ["size = 3", "width = x.shape[1]", "half = width // 2", "rows, _ = x.shape[1:]", "again = width"]
    path.write_text("\n".join([*lines, "again = again + 1", f"Dense({argument})"]) + "\n", encoding="utf-8")
    read = shape_read(Span(str(path), 7, 6, 7, 6 + len(argument)))
    assert (None if read is None else read.of(6)) == of_six
