"""What is said of a call and of an argument, and the hints behind calls."""

from textwrap import dedent

from shapeguard.editor.hints import hints
from shapeguard.editor.hover import hover_at
from shapeguard.editor.positions import Place
from shapeguard.static.program import read_program

HEAD = "import keras\nfrom keras import layers, ops\n"


def at(text, word, *, occurrence=0):
    """What is said where a word begins: [(heading, lines)]."""
    text = HEAD + dedent(text)
    offset = -1
    for _ in range(occurrence + 1):
        offset = text.index(word, offset + 1)
    line = text.count("\n", 0, offset) + 1
    place = Place(line, offset - text.rfind("\n", 0, offset) - 1)
    found = hover_at(read_program("net.py", text), place)
    return None if found is None else list(found.paragraphs)


def labels(text):
    return [(hint.span.line - 2, hint.label) for hint in hints(read_program("net.py", HEAD + dedent(text)))]


CONV = """\
x = keras.Input((28, 28, 1))
y = layers.Conv2D(32, kernel_size=3, activation="relu")(x)
z = layers.Flatten()(y)
"""


def test_a_call_is_told_with_the_arithmetic_of_its_sizes():
    assert at(CONV, "Flatten") == [
        ("'flatten' (Flatten): (None, 26, 26, 32) -> (None, 21632)", ("features: 26 * 26 * 32 = 21632", "kept: batch"))
    ]


def test_an_argument_is_told_with_the_sizes_that_it_decides():
    sizes = ("height: floor((28 - 3) / 1) + 1 = 26", "width: floor((28 - 3) / 1) + 1 = 26")
    assert at(CONV, "kernel_size") == [("kernel_size=3 of Conv2D decides", sizes)]
    assert at(CONV, "32") == [("filters=32 of Conv2D decides", ("channels: filters = 32",))]
    assert at(CONV, "activation") == [("activation='relu' of Conv2D decides about no size of 'conv2d'", ())]


def test_an_argument_of_a_layer_inside_another_is_told_too():
    assert at("y = layers.Bidirectional(layers.LSTM(5))(keras.Input((8, 4)))\n", "5") == [
        ("units=5 of LSTM decides", ("features: 2 * 5 = 10",))
    ]


def test_an_argument_that_is_not_known_decides_all_the_same():
    text = "def build(units):\n    return layers.Conv1D(units, 3)(keras.Input((8, 4)))\n"
    assert at(text, "units", occurrence=1) == [("filters=units of Conv1D decides", ("channels: units",))]
    text = "def build(size):\n    return layers.Conv1D(2, size)(keras.Input((8, 4)))\n"
    assert at(text, "size", occurrence=1) == [("kernel_size=size of Conv1D decides", ("steps: not known",))]


def test_an_argument_in_a_constructor_is_told_though_the_call_is_elsewhere():
    text = """
    class Net(keras.Model):
        def __init__(self):
            super().__init__()
            self.head = layers.Dense(7)
        def call(self, x):
            return self.head(x)
    Net()(keras.Input((3,)))
    """
    assert at(text, "7") == [("units=7 of Dense decides", ("features: units = 7",))]
    sizes = ("features: units = 7", "kept: batch")
    assert at(text, "self.head(x)") == [("'dense' (Dense): (None, 3) -> (None, 7)", sizes)]
    assert at(text, "Net()") == [("Net: (None, 7)", ())]


def test_of_a_call_in_a_loop_each_round_that_differs_is_told_up_to_three():
    text = """
    x = keras.Input((64, 3))
    for filters in (1, 2, 3, 4, 5):
        x = layers.Conv1D(filters, 3, padding="same")(x)
    """
    told = at(text, "filters", occurrence=1)
    assert [lines for _, lines in told] == [(f"channels: filters = {n}",) for n in (1, 2, 3)] + [()]
    assert told[-1] == ("and 2 more", ())


def test_operations_have_their_shapes():
    assert at("y = ops.mean(keras.Input((8, 4)), axis=1)\n", "mean") == [
        ("`ops.mean` at line 3: (None, 8, 4) -> (None, 4)", ())
    ]
    assert at("y = keras.Input((8, 4)) * 2\n", "* 2") == [("`*` at line 3: (None, 8, 4) -> (None, 8, 4)", ())]


def test_there_is_nothing_to_say_of_other_code():
    assert at(CONV, "import") is None
    assert at(CONV, "x = ") is None


def test_a_hint_is_behind_each_layer_call_and_operation_and_nothing_else():
    assert labels(
        """\
        sizes = [len(name) for name in ("a", "b")]
        model = keras.Sequential([
            keras.Input((8, 8, 3)),
            layers.Conv2D(4, 3),
            layers.Flatten(),
        ])
        x = keras.Input((4,))
        y = x + layers.Dense(4)(x)
        print(sum(sizes))
        """
    ) == [(4, "-> (None, 6, 6, 4)"), (5, "-> (None, 144)"), (8, "-> (None, 4)"), (8, "-> (None, 4)")]


def test_sizes_that_are_not_known_are_question_marks():
    assert labels("from data import load\nx = keras.Input((load(), 8))\ny = layers.Conv1D(4, 3)(x)\nz = load(y)\n") == [
        (3, "-> (None, ?, 4)")
    ]
    assert labels("y = layers.LSTM(load())(load())\n") == [(1, "-> ?")]


def test_of_a_call_that_gives_several_shapes_the_first_is_shown_and_all_are_told():
    text = HEAD + "x = keras.Input((32, 3))\nfor n in (8, 16):\n    x = layers.Conv1D(n, 3, padding='same')(x)\n"
    (hint,) = hints(read_program("net.py", text))
    assert (hint.label, hint.tooltip) == ("-> (None, 32, 8) ...", "1. (None, 32, 8)\n2. (None, 32, 16)")
