"""The shapes that are read out of programs, and a "?" wherever they are not known."""

import time
from textwrap import dedent

import pytest

from shapeguard.static.program import read_program

HEAD = "import keras\nfrom keras import layers, ops\nimport numpy as np\n"


def shapes(text):
    """[(call, shape)] of a program, in the order of its source."""
    program = read_program("net.py", HEAD + dedent(text))
    return [(each.name, tuple(each.shape) if isinstance(each.shape, list) else each.shape) for each in program.shapes]


def last(text):
    return shapes(text)[-1][1]


def test_a_sequential_model_has_its_shapes_at_the_constructors():
    assert shapes(
        """
        model = keras.Sequential([keras.Input((28, 28, 1)), layers.Conv2D(32, 3, strides=2), layers.Flatten()])
        model.add(layers.Dense(10))
        """
    ) == [
        ("layers.Conv2D", (None, 13, 13, 32)),
        ("layers.Flatten", (None, 5408)),
        ("layers.Dense", (None, 10)),
    ]


def test_a_functional_model_has_them_at_the_calls():
    program = read_program("net.py", HEAD + "x = keras.Input((8, 4))\ny = layers.LSTM(5, return_state=True)(x)\n")
    (stated,) = program.shapes
    assert stated.name == "layers.LSTM"
    assert stated.shape == [[None, 5], [None, 5], [None, 5]]
    assert (stated.span.line, stated.span.column, stated.span.end_column) == (5, 4, 40)
    assert [call.layer for call in program.network.calls] == ["input_layer", "lstm"]


def test_a_call_that_runs_several_times_has_one_entry_per_distinct_shape():
    assert shapes(
        """
        x = keras.Input((32, 32, 3))
        for filters in (8, 16, 16):
            x = layers.Conv2D(filters, 3, padding="same")(x)
        """
    ) == [("layers.Conv2D", (None, 32, 32, 8)), ("layers.Conv2D", (None, 32, 32, 16))]


def test_a_builder_that_nothing_calls_is_read_with_symbols():
    assert shapes(
        """
        def build(steps, units, classes=3):
            x = keras.Input((steps, 8))
            x = layers.Bidirectional(layers.LSTM(units))(x)
            return layers.Dense(classes)(x)
        """
    ) == [("layers.Bidirectional", (None, "2 * units")), ("layers.Dense", (None, "classes"))]


def test_a_helper_is_followed_with_its_real_arguments_and_defaults():
    assert last(
        """
        def block(x, filters, size=3, **options):
            return layers.Conv2D(filters, size, **options)(x)
        def build(width=4, *, deep=True):
            x = block(keras.Input((20, 20, 3)), width * 2, padding="same")
            return block(x, filters=width, size=5) if deep else x
        build(width=6)
        """
    ) == (None, 16, 16, 6)


def test_branches_of_an_unknown_test_are_joined():
    text = """
        x = keras.Input((20, 20, 3))
        if input():
            x = layers.Conv2D(8, 3{0})(x)
        else:
            x = layers.Conv2D(8, 5{0})(x)
        x = layers.ReLU()(x)
        """
    assert last(text.replace("{0}", "")) == (None, "?", "?", 8)
    assert last(text.replace("{0}", ", padding='same'")) == (None, 20, 20, 8)


def test_a_known_test_is_decided():
    assert last(
        """
        MODE = "deep"
        x = keras.Input((8,))
        if MODE in ("deep", "wide") and not False:
            x = layers.Dense(5)(x)
        elif MODE == "flat":
            x = layers.Dense(6)(x)
        x = layers.ReLU()(x)
        """
    ) == (None, 5)


def test_what_a_loop_of_unknown_length_changes_is_unknown_behind_it():
    assert last(
        """
        x = keras.Input((64, 64, 3))
        while input():
            x = layers.MaxPooling2D()(x)
        x = layers.ReLU()(x)
        """
    ) == (None, "?", "?", 3)


def test_an_endless_loop_recursion_and_a_long_program_end():
    text = "def f(x):\n    return f(x)\nx = f(1)\nwhile True:\n    x = 1\ny = keras.Input((3,))\nlayers.ReLU()(y)"
    assert last(text) == (None, 3)
    program = read_program("net.py", HEAD + "x = 1\n" * 50_000)
    assert not program.complete
    assert program.steps <= 12_001


def test_classes_self_and_call_are_followed():
    assert shapes(
        """
        class Block(layers.Layer):
            def __init__(self, width, **kwargs):
                super().__init__(**kwargs)
                self.width = width
                self.inner = [layers.Dense(width), layers.Dense(width // 2)]
            def build(self, input_shape):
                self.scale = self.add_weight(shape=(input_shape[-1], self.width))
            def call(self, x):
                y = ops.matmul(x, self.scale)
                for layer in self.inner:
                    y = layer(y)
                return y * 2.0

        y = Block(8)(keras.Input((5, 3)))
        """
    ) == [
        ("ops.matmul", (None, 5, 8)),
        ("layer", (None, 5, 8)),
        ("layer", (None, 5, 4)),
        ("*", (None, 5, 4)),
        ("Block", (None, 5, 4)),
    ]


def test_a_subclassed_model_is_built_by_the_data_of_its_fit():
    assert last(
        """
        class Net(keras.Model):
            def __init__(self):
                super().__init__()
                self.conv = layers.Conv1D(4, 3)
            def call(self, x, training=False):
                return self.conv(x)
        x = np.random.rand(100, 20, 2).astype("float32")
        net = Net()
        net.compile("adam", "mse")
        net.fit(x, x)
        """
    ) == (None, 18, 4)


def test_a_deferred_sequential_waits_for_its_data():
    text = "model = keras.Sequential([layers.Dense(4)])\n"
    assert shapes(text) == []
    assert last(text + "model.fit(np.zeros((10, 3)), np.zeros((10, 4)))") == (None, 4)


@pytest.mark.parametrize(
    ("expression", "shape"),
    [
        ("ops.reshape(x, (-1, 24))", (None, 24)),
        ("ops.reshape(x, (ops.shape(x)[0], -1))", (None, "?")),
        ("ops.transpose(x, (0, 2, 1))", (None, 6, 4)),
        ("x[:, 0]", (None, 6)),
        ("x[..., None]", (None, 4, 6, 1)),
        ("x[:, 1:]", (None, 3, 6)),
        ("ops.concatenate([x, x], axis=-1)", (None, 4, 12)),
        ("ops.mean(x, axis=1, keepdims=True)", (None, 1, 6)),
        ("x + ops.ones((6,))", (None, 4, 6)),
        ("-x", (None, 4, 6)),
        ("ops.einsum('bij,bkj->bik', x, x)", (None, 4, 4)),
        ("ops.expand_dims(x, 1)", (None, 1, 4, 6)),
        ("ops.nobody_knows(x)", "?"),
    ],
)
def test_operations_and_operators_have_their_shapes(expression, shape):
    assert last(f"x = keras.Input((4, 6))\ny = {expression}") == shape


def test_an_operator_is_called_by_its_symbol():
    text = "x = keras.Input((4, 6))\ny = -((x @ x[:, :1]) > 1)"
    assert sorted(name for name, _ in shapes(text)) == ["-", ">", "@", "[]"]


def test_data_of_literal_shape_decides_about_a_model():
    assert last(
        """
        from sklearn.model_selection import train_test_split
        x = np.expand_dims(np.random.rand(50, 28, 28), -1)
        labels = keras.utils.to_categorical(np.random.randint(0, 7, 50), 7)
        x_train, x_test, y_train, y_test = train_test_split(x, labels, test_size=0.2)
        model = keras.Sequential([keras.Input(x_train.shape[1:]), layers.Flatten(), layers.Dense(y_train.shape[1])])
        """
    ) == (None, 7)


def test_the_defaults_of_a_command_line_are_its_values():
    assert last(
        """
        import argparse
        parser = argparse.ArgumentParser()
        parser.add_argument("--hidden-units", type=int, default=12)
        parser.add_argument("--deep", action="store_true")
        args = parser.parse_args()
        x = layers.Dense(args.hidden_units)(keras.Input((3,)))
        if args.deep:
            x = layers.Dense(1)(x)
        y = layers.ReLU()(x)
        """
    ) == (None, 12)


def test_imports_between_files_of_a_program_are_followed(tmp_path):
    (tmp_path / "parts.py").write_text(
        "from keras import layers\nWIDTH = 6\ndef head(x, n=WIDTH):\n    return layers.Dense(n)(x)\n"
    )
    text = "import keras\nfrom parts import *\nimport parts as p\n"
    text += "y = p.head(head(keras.Input((3,))), 2)\nz = keras.layers.ReLU()(y)\n"
    program = read_program(str(tmp_path / "train.py"), text)
    assert [(each.name, each.shape) for each in program.shapes] == [("keras.layers.ReLU", [None, 2])]


def test_what_parses_of_a_broken_file_is_read():
    program = read_program(
        "net.py", HEAD + "x = keras.Input((3,))\ny = layers.Dense(4)(x)\nz = layers.Dense(\nw = layers.Dense(5)(y)\n"
    )
    assert [each.shape for each in program.shapes] == [[None, 4], [None, 5]]
    assert not program.is_python


def test_nothing_is_guessed():
    assert shapes(
        """
        import somewhere
        x = keras.Input(somewhere.SHAPE)
        a = layers.Conv2D(4, 3)(x)
        b = layers.Dense(somewhere.units())(layers.Flatten()(a))
        c = layers.Reshape(somewhere.SHAPE)(b)
        d = layers.Embedding(5, 3)(c)
        e = somewhere.Layer()(x)
        """
    ) == [
        ("layers.Conv2D", ("?", "?", "?", 4)),
        ("layers.Dense", ("?", "?")),
        ("layers.Flatten", ("?", "?")),
        ("layers.Reshape", "?"),
        ("layers.Embedding", "?"),
    ]


def test_places_count_characters():
    program = read_program("net.py", HEAD + "Größe = keras.Input((3,)); ŷ = layers.Dense(4)(Größe)\n")
    (stated,) = program.shapes
    assert (stated.span.column, stated.span.end_column) == (31, 53)


@pytest.mark.parametrize(
    ("expression", "shape"),
    [
        ("layers.concatenate([x, x, x])", (None, 4, 18)),
        ("layers.concatenate(inputs=[x, x], axis=1)", (None, 8, 6)),
        ("layers.add([x, x])", (None, 4, 6)),
        ("layers.dot([x, x], axes=2)", (None, 4, 4)),
        ("layers.Conv1D(5, 2, padding='SAME')(x)", (None, 4, 5)),
        ("layers.Conv1D(5, 2, padding='Valid')(x)", (None, 3, 5)),
        ("ops.pad(x, input())", "?"),
        ("ops.pad(x, [[0, 0], [1, 1], [0, 0]])", (None, 6, 6)),
        ("x + ops.arange(6, dtype=x.dtype)", (None, 4, 6)),
        ("x * ops.arange(len(input()))", "?"),
    ],
)
def test_what_public_programs_write_is_read(expression, shape):
    assert last(f"x = keras.Input((4, 6))\ny = {expression}") == shape


def test_a_model_whose_outputs_are_not_known_may_be_called():
    text = "x = keras.Input((4,))\nm = keras.Model(x, input())\ny = m(x)\nz = keras.Model(x, [x, input()])(x)"
    assert {shape for _, shape in shapes(text)} <= {"?", (None, 4)}


def test_a_size_that_is_none_in_the_program_is_none():
    assert last("x = keras.Input((None, None, 3))\ny = layers.Conv2D(8, 3)(x)") == (None, None, None, 8)
    assert last("x = keras.Input(batch_shape=(None, None))\ny = layers.Embedding(9, 4)(x)") == (None, None, 4)


def test_of_several_star_imports_a_name_is_that_of_its_module():
    text = "from keras.layers import *\nfrom keras.models import *\nfrom os.path import *\n"
    text += "m = Sequential([Input((8,)), Dense(4)])\nm.add(Convolution1D(2, 1))\n"
    text += "m2 = Sequential([Dense(3, input_dim=2)])\n"
    program = read_program("net.py", text)
    assert [each.shape for each in program.shapes] == [[None, 4], "?", [None, 3]]


@pytest.mark.parametrize(
    "text",
    [
        "x = f'{1:0999999999d}'",
        "x = '%0999999999d' % 1",
        "x = '{:0999999999d}'.format(1)",
        "x = 'a'.zfill(10 ** 9)",
        "x = [0] * 10 ** 9",
        "x = 9 ** 9 ** 9",
        "a = []\na.append(a)\nx = np.array(a)",
        "m = keras.Sequential()\nm.add(m)\nm(keras.Input((3,)))",
        "layers.MultiHeadAttention()(x)\nops.reshape(x)\nops.pad()",
        "class A(layers.Layer):\n    def call(self, x):\n        return self(x)\nA()(keras.Input((3,)))",
        "match [1, 2]:\n    case [a, *b] if a: pass\n    case {'k': v, **rest}: pass\n    case _: pass",
        "async def f():\n    async with a as b:\n        async for c in b: await c\n",
        "x = '" + "a" * 200_000 + "'",
        "x = (" * 90 + "1" + ")" * 90,
    ],
)
def test_what_may_take_all_time_or_memory_is_bounded(text):
    before = time.process_time()
    read_program("net.py", HEAD + text)
    assert time.process_time() - before < 1


def test_steps_are_linear_in_the_statements():
    def steps(lines):
        text = HEAD + "x = keras.Input((8,))\n" + "x = layers.Dense(8)(x)  # (None, 8)\n" * lines
        return read_program("net.py", text + "x = layers.Dense(8)(x)  # (None, 9)\n").steps

    assert steps(200) - steps(100) == steps(300) - steps(200) > 0
