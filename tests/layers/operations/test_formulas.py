"""The formula of an operation, which needs no Keras, gives what Keras computes."""

import keras
import pytest
from helpers.operation_samples import CALLS, eager, functions, symbolic

from shapeguard.layers import Refusal
from shapeguard.layers.operations import covered_operations, shapes_of_operation
from shapeguard.layers.parameters import function_parameters


def given(name):
    """The class of an operation, its arguments, and the shapes of all of its tensors."""
    rule, config, inputs = symbolic(name)
    parameters = function_parameters(name)
    return parameters.returns, {**parameters.defaults, **config}, rule._all_tensors(inputs)


@pytest.mark.parametrize("name", sorted(set(CALLS) & set(functions())))
def test_a_formula_gives_the_shapes_that_keras_computes(name):
    if function_parameters(name) is None:
        assert name not in dir(keras.ops)
        return
    kind, config, inputs = given(name)
    found = shapes_of_operation(kind, config, inputs)
    if found is not None:
        assert found == eager(name)


def test_most_operations_have_a_formula():
    names = [name for name in sorted(set(CALLS) & set(functions())) if function_parameters(name) is not None]
    with_formula = [name for name in names if shapes_of_operation(*given(name)) is not None]
    assert len(with_formula) >= 0.7 * len(names), sorted(set(names) - set(with_formula))


@pytest.mark.parametrize(
    ("kind", "config", "inputs"),
    [
        ("Add", {}, ((None, 3), (None, 4))),
        ("Matmul", {}, ((None, 3, 4), (None, 5, 6))),
        ("Concatenate", {"axis": 1}, ((None, 3, 4), (None, 3, 5))),
        ("Stack", {"axis": 1}, ((None, 3), (None, 4))),
        ("Reshape", {"newshape": (2, 5)}, ((2, 3),)),
        ("Transpose", {"axes": (0, 1)}, ((None, 3, 4),)),
        ("Mean", {"axis": 3}, ((None, 3, 4),)),
        ("Squeeze", {"axis": 1}, ((None, 3),)),
        ("Split", {"indices_or_sections": 2, "axis": 1}, ((None, 3),)),
        ("GetItem", {"key": (slice(None), 5)}, ((None, 3),)),
        ("BroadcastTo", {"shape": (2, 4)}, ((2, 3),)),
    ],
)
def test_a_formula_refuses_what_keras_refuses(kind, config, inputs):
    assert isinstance(shapes_of_operation(kind, config, inputs), Refusal)


def test_every_rule_with_a_formula_is_of_a_function_whose_parameters_are_listed():
    listed = {function_parameters(name).returns for name in functions() if function_parameters(name) is not None}
    assert {name for name in covered_operations() if name in listed} >= {"Mean", "Reshape", "Concatenate", "Einsum"}
