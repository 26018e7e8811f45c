"""Every public function of `keras.ops` goes forward as Keras computes it, or is listed as opaque with the reason."""

import keras
import pytest
from helpers.operation_samples import CALLS, as_in_network, eager, functions, shapes_of, symbolic

from shapeguard.layers.operations import covered_operations, is_opaque_operation, opaque_operations
from shapeguard.spec import all_agree

NEEDS_CLASS = {"convert_to_tensor": "ConvertToTensor"}
"""Functions that older versions refuse to call on tensors without values: a class of operation came later."""


def present(name):
    """The name, if the installed Keras has the function."""
    if name not in functions():
        pytest.skip(f"Keras {keras.__version__} has no ops.{name}")
    needed = NEEDS_CLASS.get(name)
    if needed is not None and not hasattr(keras.src.ops.core, needed):
        pytest.skip(f"ops.{name} of Keras {keras.__version__} takes no tensor without values")
    return name


@pytest.mark.parametrize("name", sorted({*functions(), *CALLS, *opaque_operations()}))
def test_a_function_is_either_tried_or_listed_as_opaque(name):
    assert (name in CALLS) != (name in opaque_operations())


@pytest.mark.parametrize("name", sorted(CALLS))
def test_a_function_goes_forward_to_the_shapes_that_keras_computes(name):
    rule, config, inputs = symbolic(present(name))
    given = rule.forward(config, inputs)
    assert isinstance(given, tuple), given
    assert all_agree(given, eager(name)), (given, eager(name))


def test_an_operation_that_is_opaque_is_known_by_its_class():
    x = keras.KerasTensor((2, 3))
    outputs = keras.ops.map(lambda each: each * 2, x)
    assert is_opaque_operation(type(outputs._keras_history.operation).__name__)
    assert not is_opaque_operation(type(keras.ops.matmul(x, x[0])._keras_history.operation).__name__)


def test_no_class_with_a_rule_is_opaque():
    assert [name for name in covered_operations() if is_opaque_operation(name)] == []


def test_a_formula_that_is_untrue_would_be_found():
    x = keras.KerasTensor((2, 3, 3))
    rule, config, inputs = as_in_network(keras.ops.slogdet(x)[0]._keras_history.operation)
    assert not all_agree(rule.forward(config, inputs), shapes_of(keras.ops.slogdet(keras.ops.ones((2, 3, 3)))))
