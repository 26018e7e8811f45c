"""What a shape rule raises: over arguments that Keras would refuse it is not known, anything else is our own fault."""

import pytest

from shapeguard.layers import covered
from shapeguard.layers.parameters import constructor_parameters
from shapeguard.static.program import read_program

ODD = ("'abc'", "None", "1.5", "-1", "0", "()", "(1,)", "(1, 2, 3, 4)", "[3, None]", "{}", "((1, 2), 3)", "10**400")


@pytest.mark.parametrize("name", sorted(name for name in covered() if constructor_parameters(name) is not None))
def test_arguments_that_keras_refuses_end_in_no_exception(name):
    parameters = constructor_parameters(name)
    others = [each for each in parameters.positional if each not in parameters.defaults]
    for argument in covered()[name].arguments:
        given = {**dict.fromkeys(others, "4")}
        for odd in ODD:
            written = ", ".join(f"{key}={value}" for key, value in {**given, argument: odd}.items())
            program = read_program(
                "net.py", f"import keras\nx = keras.Input((8, 8, 3))\ny = keras.layers.{name}({written})(x)\n"
            )
            assert program.complete


def _broken(rule, monkeypatch):
    def forward(config, inputs):
        raise KeyError("units")

    monkeypatch.setattr(type(rule), "forward", lambda self, config, inputs: forward(config, inputs))


def test_a_fault_of_a_rule_is_raised_in_strict_mode_and_unknown_otherwise(monkeypatch):
    text = "import keras\ny = keras.layers.Dense(4)(keras.Input((3,)))\n"
    _broken(covered()["Dense"], monkeypatch)
    with pytest.raises(KeyError, match="units"):
        read_program("net.py", text)
    monkeypatch.delenv("SHAPEGUARD_STRICT")
    (stated,) = read_program("net.py", text).shapes
    assert stated.shape == "?"
