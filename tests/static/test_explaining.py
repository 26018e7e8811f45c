"""The arithmetic of a size and the arguments behind it, of a call that was read and not run."""

from textwrap import dedent

from shapeguard.render.derivation_text import size_lines
from shapeguard.static.explaining import explained, written_arguments
from shapeguard.static.program import read_program

HEAD = "import keras\nfrom keras import layers, ops\n"


def read(text):
    return read_program("net.py", HEAD + dedent(text))


def lines(program, layer):
    (call,) = [call for call in program.network.calls if call.layer_type == layer]
    return size_lines(explained(program, call))


def test_a_size_is_told_with_its_arithmetic_and_its_arguments():
    program = read("x = keras.Input((28, 28, 1))\nx = layers.Conv2D(32, 3)(x)\nx = layers.ReLU()(x)\n")
    assert lines(program, "Conv2D") == [
        "height: floor((28 - 3) / 1) + 1 = 26, from kernel_size=3, strides=1 (default), padding='valid' (default)",
        "width: floor((28 - 3) / 1) + 1 = 26, from kernel_size=3, strides=1 (default), padding='valid' (default)",
        "channels: filters = 32",
        "kept: batch",
    ]
    assert lines(program, "ReLU") == ["kept"]


def test_of_a_wrapper_the_arguments_are_those_of_the_layer_inside():
    program = read("x = layers.Bidirectional(layers.LSTM(5))(keras.Input((8, 4)))\n")
    assert lines(program, "Bidirectional") == [
        (
            "features: 2 * 5 = 10, from units=5 (of LSTM), return_sequences=False (default of LSTM), "
            "merge_mode='concat' (default)"
        ),
        "kept: batch",
    ]
    (call,) = [call for call in program.network.calls if call.layer_type == "Bidirectional"]
    assert [(each.argument.name, each.of) for each in written_arguments(call)] == [("layer", ""), ("units", "LSTM")]


def test_sizes_that_are_not_known_have_no_arithmetic():
    program = read(
        """
        def build(units, data):
            x = keras.Input((data.length(), 8))
            return layers.Dense(4)(layers.Dense(units)(x))
        """
    )
    first, second = [explained(program, call) for call in program.network.calls if call.layer_type == "Dense"]
    assert first.inputs == (None, "?", 8)
    assert first.output == (None, "?", "units")
    assert size_lines(first) == ["axis 1: not known", "features: units, from units=units", "kept: batch"]
    assert size_lines(second) == ["axis 1: not known", "features: units = 4", "kept: batch"]


def test_a_call_of_an_operation_has_its_shapes_alone():
    program = read("x = ops.mean(keras.Input((8, 4)), axis=1)\n")
    call = explained(program, program.network.calls[-1])
    assert (call.inputs, call.output, call.sizes, call.is_layer) == ((None, 8, 4), (None, 4), (), False)


def test_a_shape_leads_to_the_call_that_makes_it_unless_a_call_inside_makes_it():
    program = read(
        """
        class Block(layers.Layer):
            def __init__(self):
                super().__init__()
                self.dense = layers.Dense(3)
            def call(self, x):
                return self.dense(x)
        y = Block()(keras.Input((8,)))
        """
    )
    assert [(each.name, each.value is None) for each in program.shapes] == [("self.dense", False), ("Block", True)]
