"""The backends' own functions as operations: each is there, with the parameters that the table names."""

import importlib

import keras
import numpy as np
import pytest

from shapeguard.keras_compat import backend_functions
from shapeguard.layers import Refusal
from shapeguard.layers.operations import counterpart_of, counterparts, family_of, operation_rule_for
from shapeguard.layers.parameters import function_parameters

BACKEND = keras.backend.backend()
TABLE = {"tensorflow": counterparts.TENSORFLOW, "jax": counterparts.JAX, "torch": counterparts.PYTORCH}[BACKEND]
HOMES = {
    "tensorflow": ("tensorflow", "tensorflow.math", "tensorflow.nn"),
    "jax": ("jax.numpy", "jax.nn"),
    "torch": ("torch", "torch.nn.functional"),
}[BACKEND]


def function_called(name):
    homes = map(importlib.import_module, HOMES)
    return next(getattr(home, name) for home in homes if hasattr(home, name))


@pytest.mark.parametrize("name", sorted(TABLE))
def test_a_function_has_the_parameters_on_which_shapes_depend(name):
    table, kind = counterpart_of(BACKEND, name), backend_functions._class_of(function_called(name), name)
    family, parameters = operation_rule_for(table.kind), function_parameters(table.function)
    assert kind.__name__ == table.kind
    back = {there: here for here, there in kind.in_keras.names.items()}
    needed = [each for each in (family.arguments if family else ()) if each in parameters.required]
    assert {back.get(each, each) for each in needed} <= {*kind.signature.parameters}
    assert {*table.names.values()} <= {*parameters.positional, parameters.rest, "x", "axis", "keepdims"}


def test_arguments_that_make_another_function_of_it_have_no_counterpart():
    split = counterpart_of("tensorflow", "split")
    assert split.holds_for({"num_or_size_splits": 3})
    assert not split.holds_for({"num_or_size_splits": [1, 2]})
    assert not counterpart_of("tensorflow", "matmul").holds_for({"transpose_b": True})
    assert counterpart_of("tensorflow", "no_such_function") is None


def test_the_rule_of_a_function_speaks_of_its_own_parameters():
    rule = family_of(counterpart_of("tensorflow", "transpose"), operation_rule_for("Transpose"), ())
    assert rule.arguments == ("perm",)
    assert rule.forward({"perm": (0, 2, 1)}, ((4, 5, 6),)) == ((4, 6, 5),)
    assert isinstance(rule.forward({"perm": (0, 2)}, ((4, 5, 6),)), Refusal)
    solved = next(rule.changes({"perm": (0, 1, 2)}, ((4, 5, 6),), ((4, 6, 5),)))
    assert solved.arguments == (("perm", (0, 2, 1)),)


def test_what_a_default_says_need_not_be_written():
    rule = family_of(counterpart_of("torch", "mean"), operation_rule_for("Mean"), ())
    assert rule.forward({"dim": 1}, ((4, 5, 6),)) == ((4, 6),)
    assert (("keepdim", True),) in [
        change.arguments for change in rule.changes({"dim": 1, "keepdim": False}, ((4, 5),))
    ]


def test_a_product_may_transpose_one_of_its_tensors():
    product = counterpart_of("tensorflow", "matmul")
    rule = family_of(product, operation_rule_for("Matmul"), ("a", "b", "transpose_a", "transpose_b"))
    rows = ((4, 5, 6), (4, 5, 6))
    assert isinstance(rule.forward({}, rows), Refusal)
    assert (("transpose_b", True),) in [change.arguments for change in rule.changes({}, rows)]
    assert (("transpose_b", False),) in [change.arguments for change in rule.changes({"transpose_b": True}, rows)]
    assert [*rule.operands({"transpose_b": True}, rows, 0)] == []
    assert [*rule.operands({}, rows, 1)]


@pytest.mark.parametrize(("backend", "table"), counterparts._OF.items())
def test_an_argument_that_is_a_tensor_leaves_no_formula_but_no_error(backend, table):
    for name, counterpart in table.items():
        family, shapes = operation_rule_for(counterpart.kind), ((4, 5, 6), (4, 5, 6))
        parameters = function_parameters(counterpart.function)
        if family is None or not {*family.arguments} & {*parameters.required}:
            continue
        rule = family_of(counterpart, family, ())
        assert rule.forward({}, shapes) is None, (backend, name)
        assert [*rule.changes({}, shapes, ((4, 5, 6),))] == [], (backend, name)
        assert [*rule.operands({}, shapes, 0, ((4, 5, 6),))] == [], (backend, name)
        assert rule.refusal({}, shapes) is None, (backend, name)


def test_a_default_that_is_another_in_the_backend_is_the_backends():
    of_rows = family_of(counterpart_of("tensorflow", "argmax"), operation_rule_for("Argmax"), ())
    assert of_rows.forward({}, ((4, 5),)) == ((5,),)
    assert counterpart_of("tensorflow", "argmax").defaults_behind(1) == {"axis": 0}
    assert counterpart_of("tensorflow", "argmax").defaults_behind(2) == {}


@pytest.mark.parametrize("function", ["mean", "sum", "max", "transpose"])
def test_a_number_by_itself_has_no_axis_to_try(function):
    rule = operation_rule_for(function_parameters(function).returns)
    config = dict(function_parameters(function).defaults)
    assert [change for change in rule.changes(config, ((),)) if change.arguments[0][0] != "keepdims"] == []


@pytest.mark.skipif(BACKEND != "tensorflow", reason="the sizes of a tensor are a function of TensorFlow")
def test_known_sizes_are_numbers_in_a_call_that_is_seen():
    sizes = []

    class Sized(keras.layers.Layer):
        def call(self, x):
            sizes.append(tf.shape(x))
            return x

    with backend_functions.seen(Sized.call):
        Sized().call(keras.KerasTensor((4, 5)))
        Sized().call(keras.KerasTensor((None, 5)))
    assert np.array_equal(sizes[0], [4, 5])
    assert sizes[1][0].shape == ()
    assert sizes[1][1] == 5


if BACKEND == "tensorflow":
    import tensorflow as tf
