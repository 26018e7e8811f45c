"""Faults that are found without running: with the guard's words, and causes by formula."""

import linecache
from textwrap import dedent

import pytest

from shapeguard.report import Report
from shapeguard.static.program import read_program
from shapeguard.static.repairs import MOST_ASKED, Propagation

HEAD = "import keras\nfrom keras import layers, ops\nimport numpy as np\n"

MESSAGE = """\
[SG601] layer 'second' (Conv2D) does not accept (None, 4, 4, 32): `kernel_size` 5 is larger than the 4 of axis 1

  possible causes, most plausible first:

  1. layer 'first': `strides=3` (3rd positional) -> (1, 1) (not verified: by formula,
     'second' becomes (None, 6, 6, 8))
     net.py:5
       5 | ...)), layers.Conv2D(32, 3, 3, name="first")])
         |                             ^ 3rd positional argument: strides=3
  2. layer 'second': `padding='valid'` (default, not passed) -> 'same' (not verified: by
     formula, 'second' becomes (None, 4, 4, 8))
     net.py:6
       6 | model.add(layers.Conv2D(8, 5, name="second"))
         |           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
         |           default, not passed: padding='valid'
  3. layer 'second': `kernel_size=5` (2nd positional) -> (3, 3) (not verified: by
     formula, 'second' becomes (None, 2, 2, 8))
     net.py:6
       6 | model.add(layers.Conv2D(8, 5, name="second"))
         |                            ^ 2nd positional argument: kernel_size=5

  more: shapeguard explain SG601"""


@pytest.fixture
def read(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def reading(text):
        text = HEAD + dedent(text)
        (tmp_path / "net.py").write_text(text)
        linecache.checkcache()
        return read_program("net.py", text)

    return reading


def test_a_call_that_keras_refuses_is_found_with_its_causes(read):
    program = read(
        """
        model = keras.Sequential([keras.Input((12, 12, 1)), layers.Conv2D(32, 3, 3, name="first")])
        model.add(layers.Conv2D(8, 5, name="second"))
        """
    )
    assert Report(program.diagnoses).message() == MESSAGE
    first = program.diagnoses[0].causes[0]
    assert (first.layer, first.argument, first.value, first.suggestion) == ("first", "strides", 3, (1, 1))
    assert (first.edits[0].position, first.edits[0].replacement) == (2, "(3, 3)")
    assert first.proven_by is None
    assert not first.verified


def test_targets_that_do_not_fit_the_loss_are_found(read):
    program = read(
        """
        model = keras.Sequential([keras.Input((8,)), layers.Dense(10, name="head")])
        model.compile("adam", loss=keras.losses.CategoricalCrossentropy())
        model.fit(np.zeros((5, 8)), np.zeros((5, 4)))
        """
    )
    (diagnosis,) = program.diagnoses
    assert diagnosis.code == "SG303"
    assert diagnosis.headline == (
        "targets (None, 4) do not match the output (None, 10) of layer 'head' (Dense) for loss "
        "'categorical_crossentropy'"
    )
    assert [(cause.argument, cause.suggestion) for cause in diagnosis.causes] == [("units", 4)]


def test_data_that_an_input_does_not_take_is_found(read):
    program = read(
        """
        model = keras.Sequential([keras.Input((28, 28, 1), name="image"), layers.Flatten(), layers.Dense(2)])
        model.compile("adam", "mse")
        model.fit(np.zeros((5, 1, 28, 28)), np.zeros((5, 2)))
        """
    )
    (diagnosis,) = program.diagnoses
    assert (diagnosis.code, diagnosis.headline) == (
        "SG301",
        "input 'image': expected (None, 28, 28, 1), got (None, 1, 28, 28)",
    )


def test_an_operator_in_call_is_found_at_its_place(read):
    program = read(
        """
        class Add(layers.Layer):
            def call(self, x):
                return x + x[:, :2]
        y = Add()(keras.Input((3,)))
        """
    )
    (diagnosis,) = program.diagnoses
    assert diagnosis.headline.startswith("`+` in `Add.call` does not accept (None, 3), (None, 2): ")
    assert diagnosis.raised_at.line == 7


@pytest.mark.parametrize(
    "text",
    [
        "if input():\n    y = layers.Conv2D(2, 3)(keras.Input((3,)))",
        "def build(units):\n    if units.bit_length():\n        return layers.Conv2D(2, 3)(keras.Input((3,)))",
        "try:\n    y = layers.Conv2D(2, 3)(keras.Input((3,)))\nexcept ValueError:\n    pass",
        "for x in open('data'):\n    y = layers.Conv2D(2, 3)(keras.Input((3,)))",
        (
            "m = keras.Sequential([keras.Input((28, 28)), layers.Flatten()])\nm.compile('adam', 'mse')\n"
            "m.fit(np.zeros((4, 28, 28, 1)), np.zeros((4, 784)))"
        ),
        (
            "m = keras.Sequential([keras.Input((3,)), layers.Dense(1)])\nm.compile('adam', 'mse')\n"
            "m.fit(np.zeros((4, 3)), np.zeros(4))"
        ),
        (
            "m = keras.Sequential([keras.Input((3,)), layers.Dense(5)])\n"
            "m.compile('adam', 'sparse_categorical_crossentropy')\nm.fit(np.zeros((4, 3)), np.zeros((4, 1)))"
        ),
    ],
)
def test_what_may_not_run_or_is_right_is_no_fault(read, text):
    assert read(text).diagnoses == ()


def test_a_comment_that_is_not_met_is_found_with_the_argument(read):
    program = read(
        """
        x = keras.Input((28, 28, 1))
        x = layers.Conv2D(32, 3, 3, name="conv")(x)  # (None, 26, 26, 32)
        x = layers.Flatten()(x)  # (None, 21632)
        """
    )
    (diagnosis,) = program.diagnoses
    assert (diagnosis.code, diagnosis.layer) == ("SG101", "conv")
    assert (diagnosis.expected, diagnosis.actual, diagnosis.axes) == ((None, 26, 26, 32), (None, 9, 9, 32), (1, 2))
    assert (diagnosis.causes[0].argument, diagnosis.causes[0].suggestion) == ("strides", (1, 1))
    assert (diagnosis.declared.line, diagnosis.origin) == (6, "comment")


@pytest.mark.parametrize(
    "comment",
    [
        "(None, 9, 9, 32)",
        "(B, H, W, 32)",
        "9x9x32",
        "kernel: (3, 3, 1, 32)",
        "input (None, 28, 28, 1)",
        "28x28x1 -> 9x9x32",
        "the answer is 42",
    ],
)
def test_a_comment_that_is_met_or_about_something_else_is_no_fault(read, comment):
    assert read(f"x = layers.Conv2D(32, 3, 3)(keras.Input((28, 28, 1)))  # {comment}").diagnoses == ()


def test_a_comment_beside_a_constructor_is_about_what_the_layer_gives(read):
    program = read(
        """
        class Net(keras.Model):
            def __init__(self):
                super().__init__()
                self.head = layers.Dense(10)  # (B, 7)
            def call(self, x):
                return self.head(x)
        net = Net()
        net(np.zeros((2, 3)))
        """
    )
    (diagnosis,) = program.diagnoses
    assert (diagnosis.expected, diagnosis.causes[0].suggestion) == (("B", 7), 7)


def test_a_comment_in_a_loop_holds_if_it_does_in_any_turn(read):
    text = "x = keras.Input((8,))\nfor n in (4, 5):\n    x = layers.Dense(n)(x)  # (None, 5)"
    assert read(text).diagnoses == ()


def causes_of(program):
    (diagnosis,) = program.diagnoses
    return [
        (each.edits[0].layer, each.argument, each.suggestion, each.edits[0].replacement) for each in diagnosis.causes
    ]


def test_a_shape_that_the_data_does_not_have_is_declared_anew(read):
    program = read(
        """
        model = keras.Sequential([keras.Input((623, 24), name="signal"), layers.Flatten(), layers.Dense(2)])
        model.compile("adam", "mse")
        model.fit(np.zeros((5, 24, 1)), np.zeros((5, 2)))
        """
    )
    assert causes_of(program) == [("signal", "shape", (24, 1), "(24, 1)")]


@pytest.mark.parametrize(
    ("declared", "cause"),
    [
        ('keras.Input((28, 28), name="image")', ("image", "shape", (28, 28, 1), "(28, 28, 1)")),
        ('keras.Input(shape=(28, 28), name="image")', ("image", "shape", (28, 28, 1), "(28, 28, 1)")),
        ('keras.Input(batch_shape=(None, 28, 28), name="image")', ("image", "batch_shape", (None, 28, 28, 1), None)),
    ],
)
def test_a_missing_axis_of_the_input_is_a_cause(read, declared, cause):
    program = read(f"x = layers.Conv2D(4, 3)({declared})")
    layer, argument, suggestion, replacement = cause
    assert causes_of(program)[0] == (layer, argument, suggestion, replacement or repr(suggestion))


def test_an_input_that_the_first_layer_declares_is_mended_there(read):
    program = read("keras.Sequential([layers.Conv2D(4, 3, input_shape=(28, 28))])")
    assert causes_of(program)[0][1:] == ("input_shape", (28, 28, 1), "(28, 28, 1)")


def test_the_ways_into_a_merge_are_made_alike(read):
    program = read(
        """
        x = keras.Input((8, 8, 3))
        y = layers.ReLU()(layers.Conv2D(16, 3, padding="same", name="conv")(x))
        z = layers.Add()([x, y])
        """
    )
    assert causes_of(program)[0] == ("conv", "filters", 3, "3")


def test_an_argument_of_a_wrapped_layer_is_a_cause(read):
    program = read(
        """
        x = keras.Input((5, 8))
        y = layers.TimeDistributed(layers.Dense(96, name="each"))(x)  # (None, 5, 1)
        """
    )
    assert causes_of(program)[0] == ("each", "units", 1, "1")


def test_the_first_layer_of_a_sequential_is_told_apart_from_its_input(read):
    program = read(
        """
        model = keras.Sequential([layers.LSTM(100, input_shape=(20, 8), name="first")])
        model.add(layers.LSTM(100, name="second"))
        """
    )
    assert causes_of(program)[0][:3] == ("first", "return_sequences", True)


def test_what_is_right_with_the_first_cause_is_a_consequence(read):
    program = read(
        """
        x = keras.Input((28, 28, 1))
        x = layers.Conv2D(32, 3, 3, name="conv")(x)  # (None, 26, 26, 32)
        x = layers.MaxPooling2D(name="pool")(x)  # (None, 13, 13, 32)
        x = layers.Flatten(name="flat")(x)  # (None, 5409)
        """
    )
    (diagnosis,) = program.diagnoses
    assert (diagnosis.layer, diagnosis.consequences) == ("conv", ("pool",))
    assert diagnosis.causes[0].explanation.splitlines()[:2] == [
        "with strides 3:  floor((28 - 3) / 3) + 1 = 9",
        "with strides 1:  floor((28 - 3) / 1) + 1 = 26",
    ]


DENSE = """
    model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(np.zeros((8, 4)), np.zeros((8, 1)))
"""


@pytest.mark.parametrize(
    ("lines", "written"),
    [
        ("flower = np.array([5.1, 3.5, 1.4, 0.2])\n    model.predict(flower)", "flower[None]"),
        ("model.predict(np.zeros(4))", "np.zeros(4)[None]"),
        ("for flower in np.zeros((3, 4)):\n        print(model.predict([flower])[0])", "flower[None]"),
    ],
)
def test_one_sample_without_a_batch_axis_gets_one_where_it_is_passed(read, lines, written):
    (diagnosis,) = read(f"{DENSE}    {lines}\n").diagnoses
    (cause,) = diagnosis.causes
    assert (diagnosis.code, cause.confidence, cause.verified) == ("SG301", "possible", False)
    assert cause.edits[0].replacement == written


def test_batches_and_lists_of_them_are_data_as_a_model_takes_it(read):
    program = read(f"{DENSE}    model.predict(np.zeros((1, 4)))\n    model.predict([np.zeros((2, 4))])\n")
    assert program.diagnoses == ()


def test_the_rules_that_are_asked_for_one_fault_are_bounded(read, monkeypatch):
    made = []

    class Counted(Propagation):
        def __init__(self, recorder):
            super().__init__(recorder)
            made.append(self)

    monkeypatch.setattr("shapeguard.static.repairs.Propagation", Counted)
    line = "x = layers.Dense(8)(x)\n"
    assert read("x = keras.Input((8,))\n" + line * 1500 + "x = layers.Dense(8)(x)  # (None, 9)\n").diagnoses
    assert 0 < made[0].asked <= MOST_ASKED


def test_edits_are_of_the_text_that_was_read_whatever_is_on_the_disk(tmp_path):
    file = tmp_path / "unsaved.py"
    file.write_text("import keras\n")
    text = "import keras\n\x0c\nx = keras.Input((8,))\ny = keras.layers.Dense(8)(x)  # (None, 9)\n"
    for written in (text, text.replace("\n\x0c", "")):
        (diagnosis,) = read_program(str(file), written).diagnoses
        edit = diagnosis.causes[0].edits[0]
        line = written.split("\n")[edit.replaces.line - 1]
        assert line[edit.replaces.column : edit.replaces.end_column] == "8"
        assert "Dense(8)(x)" in Report((diagnosis,)).message()
    assert file.read_text() == "import keras\n"
