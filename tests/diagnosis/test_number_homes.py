"""A number is changed where it is written: one edit, every layer that is calculated from it follows, and it runs."""

import textwrap

import keras
import pytest
from helpers.annotated_programs import run

from shapeguard import ShapeGuard, ShapeMismatchError
from shapeguard.source.files import SourceFile
from shapeguard.source.fixing import Replacement, with_replacements

pytestmark = [
    pytest.mark.filterwarnings("ignore:Layer '.*' looks like it has unbuilt state:UserWarning"),
    pytest.mark.filterwarnings("ignore:`build\\(\\)` was called on layer:UserWarning"),
]
"""Keras says so of layers whose call raises."""
HEADER = "import keras\nfrom keras import layers\n"
BUILDER = """
def conv(x, filters, strides=1):
    x = layers.Conv2D(filters, 3, strides=strides, padding="same")(x)
    return layers.BatchNormalization()(x)


def build(width):
    x = image = keras.Input((16, 16, 3))
    for k in range(3):
        x = conv(x, width * 2**k, 2)
    return keras.Model(image, layers.GlobalAveragePooling2D(name="pool")(x))


model = build(width=24)
"""


def diagnosed(tmp_path, text, expected):
    """(the text, the diagnosis) of a program in which a layer is not as expected, or which Keras refuses."""
    text = HEADER + textwrap.dedent(text)
    keras.utils.clear_session()
    guard = ShapeGuard(expected)
    try:
        with guard:
            model = run(tmp_path, text)["model"]
        report = guard.check(model)
    except ShapeMismatchError as error:
        report = error.report
    return text, report.diagnoses[0]


def applied(text, cause):
    """The program with the edits of a cause in it."""
    file = SourceFile("program.py", text, "utf-8", text.encode())
    return with_replacements(file, [Replacement(edit.replaces, edit.replacement) for edit in cause.edits])


def shapes(tmp_path, text):
    """What each layer gives when the program runs without a guard."""
    keras.utils.clear_session()
    return {layer.name: tuple(layer.output.shape) for layer in run(tmp_path, text)["model"].layers}


def changed_line(text, cause):
    pairs = zip(text.split("\n"), applied(text, cause).split("\n"), strict=True)
    return [new.strip() for old, new in pairs if new != old]


def test_the_width_of_a_builder_is_changed_in_its_call_and_every_layer_follows(tmp_path):
    text, diagnosis = diagnosed(tmp_path, BUILDER, {"pool": (None, 128)})
    cause = diagnosis.causes[0]
    (edit,) = cause.edits
    assert (edit.argument, edit.value, edit.suggestion, edit.home) == ("width", 24, 32, "keyword of build")
    assert edit.layers == ("conv2d", "conv2d_1", "conv2d_2")
    assert [(each.argument, each.value, each.suggestion) for each in edit.following] == [
        ("filters", 24, 32),
        ("filters", 48, 64),
        ("filters", 96, 128),
    ]
    assert edit.corrected == "build(width=32)"
    assert cause.explanation.splitlines()[0] == "width=24 -> filters=width * 2**k -> Conv2D(filters)"
    assert cause.verified
    assert changed_line(text, cause) == ["model = build(width=32)"]
    assert shapes(tmp_path, applied(text, cause))["pool"] == (None, 128)


def test_no_other_cause_writes_a_number_over_the_name(tmp_path):
    _, diagnosis = diagnosed(tmp_path, BUILDER, {"pool": (None, 128)})
    edits = [edit for cause in diagnosis.causes for edit in cause.edits]
    assert "filters" not in {edit.argument for edit in edits if edit.argument not in ("insert_before", "replace")}


def test_a_width_that_all_ways_into_a_sum_have_is_changed_in_all_of_them(tmp_path):
    program = """
    def block(x, width):
        y = layers.Conv2D(2 * width, 3, padding="same")(x)
        return layers.Add()([layers.Conv2D(width, 1)(x), layers.Conv2D(width, 3, padding="same")(y)])


    def build(width):
        x = image = keras.Input((8, 8, 3))
        for k in range(2):
            x = block(x, width * 2**k)
        return keras.Model(image, layers.GlobalAveragePooling2D(name="pool")(x))


    model = build(12)
    """
    text, diagnosis = diagnosed(tmp_path, program, {"pool": (None, 32)})
    assert changed_line(text, diagnosis.causes[0]) == ["model = build(16)"]
    assert diagnosis.causes[0].verified
    assert shapes(tmp_path, applied(text, diagnosis.causes[0]))["pool"] == (None, 32)


LAWS = {
    "a constant": (
        "UNITS = 12\nmodel = keras.Sequential([keras.Input((4,)), layers.Dense(UNITS, name='a')])",
        {"a": (None, 16)},
        ["UNITS = 16"],
    ),
    "a default": (
        """
        def head(x, units=12):
            return layers.Dense(units, name="a")(x)


        x = keras.Input((4,))
        model = keras.Model(x, head(x))
        """,
        {"a": (None, 16)},
        ["def head(x, units=16):"],
    ),
    "one entry of a loop": (
        """
        model = keras.Sequential([keras.Input((4,))])
        for number, units in enumerate((8, 12, 6)):
            model.add(layers.Dense(units, name=f"d{number}"))
        """,
        {"d0": (None, 8), "d1": (None, 16), "d2": (None, 6)},
        ["for number, units in enumerate((8, 16, 6)):"],
    ),
    "an entry of a dictionary that is passed on": (
        """
        def head(x, config):
            return layers.Dense(config["units"], name="a")(x)


        x = keras.Input((4,))
        model = keras.Model(x, head(x, {"units": 12, "depth": 2}))
        """,
        {"a": (None, 16)},
        ['model = keras.Model(x, head(x, {"units": 16, "depth": 2}))'],
    ),
    "an entry of a dictionary that a layer keeps": (
        """
        class Head(layers.Layer):
            def __init__(self, config, **kwargs):
                super().__init__(**kwargs)
                self.config = config

            def build(self, shape):
                self.dense = layers.Dense(self.config["units"])

            def call(self, x):
                return x + self.dense(x)


        x = keras.Input((4,))
        model = keras.Model(x, Head({"units": 12})(x))
        """,
        {},
        ['model = keras.Model(x, Head({"units": 4})(x))'],
    ),
    "a layer of one's own": (
        """
        class Res(layers.Layer):
            def __init__(self, dim, **kwargs):
                super().__init__(**kwargs)
                self.a, self.b = layers.Dense(64), layers.Dense(dim)

            def call(self, x):
                return x + self.b(self.a(x))


        x = keras.Input((20,))
        model = keras.Model(x, Res(32, name="res")(layers.Dense(16)(x)))
        """,
        None,
        ['model = keras.Model(x, Res(16, name="res")(layers.Dense(16)(x)))'],
    ),
    "the size of an input": (
        """
        SIZE = 30
        model = keras.Sequential([keras.Input((SIZE, SIZE, 1)), layers.MaxPooling2D(2, name="p"), layers.Flatten()])
        """,
        {"p": (None, 16, 16, 1)},
        ["SIZE = 32"],
    ),
    "a word": (
        """
        def conv(x, padding="valid"):
            return layers.Conv2D(4, 3, padding=padding, name="c")(x)


        x = keras.Input((9, 9, 1))
        model = keras.Model(x, conv(x))
        """,
        {"c": (None, 9, 9, 4)},
        ['def conv(x, padding="same"):'],
    ),
}


@pytest.mark.parametrize("case", LAWS)
def test_the_edit_changes_the_home_alone_and_the_program_is_as_expected_then(tmp_path, case):
    program, expected, lines = LAWS[case]
    text, diagnosis = diagnosed(tmp_path, program, expected)
    cause = next(each for each in diagnosis.causes if changed_line(text, each) == lines)
    assert diagnosis.causes.index(cause) == 0
    after = shapes(tmp_path, applied(text, cause))
    assert {name: after[name] for name in expected or {}} == (expected or {})


def test_where_the_number_serves_others_the_calculation_is_changed(tmp_path):
    program = """
    class Block(layers.Layer):
        def __init__(self, dim):
            super().__init__()
            self.norm = layers.LayerNormalization()
            self.wide, self.narrow = layers.Dense(4 * dim), layers.Dense(4 * dim)

        def call(self, x):
            return x + self.narrow(self.wide(self.norm(x)))


    class Tiny(keras.Model):
        def __init__(self, dim=8):
            super().__init__()
            self.first = layers.Dense(dim)
            self.blocks = [Block(dim) for _ in range(2)]

        def call(self, x):
            x = self.first(x)
            for block in self.blocks:
                x = block(x)
            return x


    x = keras.Input((5,))
    model = keras.Model(x, Tiny()(x))
    """
    text, diagnosis = diagnosed(tmp_path, program, None)
    assert changed_line(text, diagnosis.causes[0]) == [
        "self.wide, self.narrow = layers.Dense(4 * dim), layers.Dense(dim)"
    ]
    shapes(tmp_path, applied(text, diagnosis.causes[0]))


def test_weights_that_are_not_as_expected_lead_to_the_home_as_well(tmp_path):
    text = HEADER + "UNITS = 12\nmodel = keras.Sequential([keras.Input((4,)), layers.Dense(UNITS, name='a')])\n"
    model, guard = run(tmp_path, text)["model"], ShapeGuard()
    guard.expect(model.get_layer("a"), params=80)
    cause = guard.check(model).diagnoses[0].causes[0]
    assert (changed_line(text, cause), cause.verified) == (["UNITS = 16"], True)
    assert run(tmp_path, applied(text, cause))["model"].count_params() == 80


ELSEWHERE = "    for _ in range(width):\n        pass\n    return keras.Model"


def test_a_number_that_is_also_read_for_something_else_is_not_changed(tmp_path):
    program = BUILDER.replace("    return keras.Model", ELSEWHERE)
    _, diagnosis = diagnosed(tmp_path, program, {"pool": (None, 128)})
    assert "width" not in {edit.argument for cause in diagnosis.causes for edit in cause.edits}


def test_a_number_that_is_also_printed_is_changed(tmp_path):
    program = BUILDER.replace("    return keras.Model", "    print(width)\n    return keras.Model")
    _, diagnosis = diagnosed(tmp_path, program, {"pool": (None, 128)})
    assert (diagnosis.causes[0].edits[0].argument, diagnosis.causes[0].verified) == ("width", True)


def test_a_number_that_makes_the_name_of_a_layer_is_not_changed(tmp_path):
    program = """
    UNITS = 12
    model = keras.Sequential([keras.Input((4,)), layers.Dense(UNITS, name=f"d{UNITS}")])
    """
    text, diagnosis = diagnosed(tmp_path, program, {"d12": (None, 16)})
    assert [changed_line(text, cause) for cause in diagnosis.causes if cause.edits] == [
        ['model = keras.Sequential([keras.Input((4,)), layers.Dense(16, name=f"d{UNITS}")])']
    ]


def test_a_number_that_another_file_of_the_program_imports_is_not_changed(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "sizes_of_ours.py").write_text(
        "from keras import layers\nUNITS = 12\n\ndef head(x):\n    return layers.Dense(UNITS, name='a')(x)\n"
    )
    own = "x = keras.Input((4,))\nmodel = keras.Model(x, head(layers.Flatten()(x)))\n"
    _, diagnosis = diagnosed(tmp_path, "from sizes_of_ours import head\n" + own, {"a": (None, 16)})
    assert [cause.argument for cause in diagnosis.causes] == ["UNITS"]
    _, diagnosis = diagnosed(tmp_path, "from sizes_of_ours import UNITS, head\n" + own, {"a": (None, 16)})
    assert [cause.argument for cause in diagnosis.causes] == ["units"]


def test_a_layer_in_a_wrapper_follows_as_well(tmp_path):
    program = """
    UNITS = 12
    x = keras.Input((5, 4))
    h = layers.TimeDistributed(layers.Dense(UNITS, name="inner"), name="steps")(x)
    h = layers.Bidirectional(layers.LSTM(UNITS, name="cell"), name="both")(h)
    model = keras.Model(x, h)
    """
    text, diagnosis = diagnosed(tmp_path, program, {"both": (None, 32)})
    cause = diagnosis.causes[0]
    assert changed_line(text, cause) == ["UNITS = 16"]
    assert {each.layer for each in cause.edits[0].following} == {"inner", "cell"}
    assert cause.verified
    assert shapes(tmp_path, applied(text, cause))["both"] == (None, 32)


def test_a_number_is_written_over_a_name_last(tmp_path):
    program = """
    def two(x, units):
        return layers.Dense(units, name="b")(layers.Dense(units, name="a")(x))


    x = keras.Input((4,))
    model = keras.Model(x, two(x, 12))
    """
    text, diagnosis = diagnosed(tmp_path, program, {"b": (None, 16)})
    assert changed_line(text, diagnosis.causes[0]) == ["model = keras.Model(x, two(x, 16))"]
    assert [cause.argument for cause in diagnosis.causes] == ["units"]
    text, diagnosis = diagnosed(tmp_path, program, {"a": (None, 12), "b": (None, 16)})
    (over,) = [cause for cause in diagnosis.causes if cause.kind == "argument"]
    assert changed_line(text, over) == ['return layers.Dense(16, name="b")(layers.Dense(units, name="a")(x))']


def test_where_a_name_was_passed_instead_of_nothing_the_line_with_the_name_is_likelier_than_its_literal(tmp_path):
    program = """
    def unit(x, maps, stride):
        h = layers.Conv2D(maps, 1, strides=stride, name="first")(x)
        h = layers.Conv2D(maps, 3, padding="same", strides=stride, name="second")(h)
        return layers.Add()([h, layers.Conv2D(maps, 1, strides=stride, name="skip")(x)])


    x = keras.Input((16, 16, 4))
    model = keras.Model(x, unit(x, 8, 2))
    """
    text, diagnosis = diagnosed(tmp_path, program, {})
    strides = [each for each in diagnosis.causes if each.argument == "strides" and each.suggestion == (1, 1)]
    assert [each.layer for each in strides] == ["second", "first"]
    assert strides[0] is diagnosis.causes[0]
    assert changed_line(text, strides[0]) == ['h = layers.Conv2D(maps, 3, padding="same", strides=1, name="second")(h)']


def test_where_a_part_of_a_calculation_was_meant_a_number_that_serves_other_lines_is_not_changed(tmp_path):
    program = """
    WIDTH, HEADS = 8, 4
    x = keras.Input((6, 5))
    h = layers.Dense(WIDTH)(x)
    h = layers.Add()([h, layers.MultiHeadAttention(HEADS, WIDTH)(h, h)])
    model = keras.Model(x, layers.Add()([h, layers.Dense(WIDTH * HEADS)(h)]))
    """
    text, diagnosis = diagnosed(tmp_path, program, None)
    assert changed_line(text, diagnosis.causes[0]) == [
        "model = keras.Model(x, layers.Add()([h, layers.Dense(WIDTH)(h)]))"
    ]


@pytest.mark.parametrize(
    ("written", "meant", "size"),
    [("hidden", "dim", 8), ("dim", "2 * dim", 16), ("hidden", "hidden // 4", 6), ("dim + hidden", "dim", 8)],
)
def test_over_a_name_another_name_or_a_multiple_is_written_where_that_is_the_size(tmp_path, written, meant, size):
    program = f"""
    def block(x, dim, hidden):
        a = layers.Dense(hidden, name="a")(layers.Dense(dim, name="b")(x))
        return layers.Dense({written}, name="c")(a)


    x = keras.Input((4,))
    model = keras.Model(x, block(x, 8, 24))
    """
    text, diagnosis = diagnosed(tmp_path, program, {"a": (None, 24), "b": (None, 8), "c": (None, size)})
    cause = next(cause for cause in diagnosis.causes if cause.kind == "argument")
    assert changed_line(text, cause) == [f'return layers.Dense({meant}, name="c")(a)']
    assert shapes(tmp_path, applied(text, cause))["c"] == (None, size)


BLOCKS = """
    class Block(layers.Layer):
        def __init__(self, width, code, **kwargs):
            super().__init__(**kwargs)
            self.conv = layers.Conv1D(width, 3, padding="same")
            self.scale = layers.Dense(code)

        def call(self, x, t):
            return self.conv(x) + self.scale(t)[:, None, :]


    class Net(layers.Layer):
        def __init__(self, config, **kwargs):
            super().__init__(**kwargs)
            code = config["code"]
            self.embed = layers.Dense(code)
            self.blocks = [Block(width, code) for width in config["widths"]]

        def call(self, x, t):
            t = self.embed(t)
            for block in self.blocks:
                x = block(x, t)
            return x


    x, t = keras.Input((8, 3)), keras.Input((2,))
    model = keras.Model([x, t], Net({"code": 16, "widths": WIDTHS})(x, t))
"""


@pytest.mark.parametrize("widths", ["(16, 32, 16)", "(16, 32, 64)", "(24, 32, 64)"])
def test_a_name_that_is_right_for_each_layer_of_a_line_is_written_before_any_number(tmp_path, widths):
    text, diagnosis = diagnosed(tmp_path, BLOCKS.replace("WIDTHS", widths), {})
    cause = diagnosis.causes[0]
    assert changed_line(text, cause) == ["self.scale = layers.Dense(width)"]
    assert "its own call" not in cause.explanation
    shapes(tmp_path, applied(text, cause))


def test_no_name_is_written_that_is_wrong_for_another_layer_of_the_line(tmp_path):
    program = BLOCKS.replace("WIDTHS", "(24, 32, 16)").replace("Conv1D(width, 3", "Conv1D(max(16, width - 8), 3")
    text, diagnosis = diagnosed(tmp_path, program, {})
    lines = [changed_line(text, cause) for cause in diagnosis.causes if cause.edits[0].replaces]
    assert ["self.scale = layers.Dense(width)"] not in lines


def test_another_key_of_a_dictionary_is_no_other_use_of_a_number(tmp_path):
    program = """
    sizes = {"units": 12, "classes": 3}
    model = keras.Sequential([keras.Input((4,)), layers.Dense(sizes["units"], name="a")])
    print(sizes["classes"], range(sizes["classes"]))
    """
    text, diagnosis = diagnosed(tmp_path, program, {"a": (None, 16)})
    assert changed_line(text, diagnosis.causes[0]) == ['sizes = {"units": 16, "classes": 3}']
    assert diagnosis.causes[0].verified
