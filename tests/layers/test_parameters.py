"""The lists of parameters are those of Keras."""

import inspect

import keras
import pytest

from shapeguard.layers import covered
from shapeguard.layers.parameters import constructor_parameters, function_parameters
from shapeguard.layers.versions import since

NEWEST = pytest.mark.skipif(not since(3, 15), reason="the lists are those of the newest supported Keras")
PLAIN = (int, float, str, tuple, bool, type(None))


def in_keras(function):
    """{parameter: default} of a function of Keras, in order; a default that is no literal is `None`."""
    parameters = list(inspect.signature(function).parameters.values())
    named = [each for each in parameters if each.name != "self" and each.kind is not each.VAR_KEYWORD]
    default = {each.name: each.default if isinstance(each.default, PLAIN) else None for each in named}
    return {each.name: ... if each.default is each.empty else default[each.name] for each in named}


def as_listed(parameters):
    names = [*parameters.positional, *([parameters.rest] if parameters.rest else []), *parameters.keyword_only]
    return {name: parameters.defaults.get(name, ...) for name in names}


@NEWEST
@pytest.mark.parametrize("name", sorted({*covered(), "Lambda"}))
def test_the_parameters_of_a_constructor_are_those_of_keras(name):
    layer_class = getattr(keras.layers, name, None)
    if layer_class is None:
        assert constructor_parameters(name) is None
    else:
        assert as_listed(constructor_parameters(name)) == in_keras(layer_class.__init__)


@NEWEST
@pytest.mark.parametrize("name", sorted(name for name in dir(keras.ops) if not name.startswith("_")))
def test_the_parameters_of_an_operation_are_those_of_keras(name):
    function = getattr(keras.ops, name)
    if callable(function) and not isinstance(function, type):
        assert as_listed(function_parameters(name)) == in_keras(function)


def test_a_call_that_python_refuses_is_not_bound():
    parameters = constructor_parameters("Dense")
    assert parameters.bind((8, "relu"), {"name": "hidden"}) == {"units": 8, "activation": "relu", "name": "hidden"}
    assert parameters.bind((8,), {"units": 9}) is None
    assert parameters.required == ("units",)
    assert constructor_parameters("SpatialDropout1D").bind((0.1,), {"filters": 3}) is None
