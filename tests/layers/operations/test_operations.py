"""The rules of operations: what they try is what Keras takes, and what is solved gives the wanted shape."""

import inspect

import keras
import pytest
from keras import ops
from keras.src.ops.operation import Operation

from shapeguard.layers.operations import covered_operations, operation_rule_for

X = (None, 8, 12)
LAST = slice(-1, None)
SOLVED = {
    "mean: other axis": ("Mean", {"axis": 2, "keepdims": False}, X, (None, 12), ("axis", 1)),
    "mean: two axes": ("Mean", {"axis": 1, "keepdims": False}, X, (None,), ("axis", (1, 2))),
    "squeeze": ("Squeeze", {"axis": 1}, (None, 1, 8, 1), (None, 1, 8), ("axis", 3)),
    "split": ("Split", {"indices_or_sections": 2, "axis": -1}, X, (None, 8, 3), ("indices_or_sections", 4)),
    "transpose": ("Transpose", {"axes": (0, 1, 2)}, X, (None, 12, 8), ("axes", (0, 2, 1))),
    "reshape: whole": ("Reshape", {"newshape": (-1, 90)}, X, (None, 4, 24), ("newshape", (-1, 4, 24))),
    "reshape: one size left": ("Reshape", {"newshape": (-1, 90)}, X, (None, 4, None), ("newshape", (-1, 4, 24))),
    "repeat": ("Repeat", {"repeats": 2, "axis": 1}, X, (None, 24, 12), ("repeats", 3)),
    "tile": ("Tile", {"repeats": (1, 2, 1)}, X, (None, 8, 36), ("repeats", (1, 1, 3))),
    "pad": (
        "Pad",
        {"pad_width": ((0, 0), (1, 1), (0, 0)), "mode": "constant"},
        X,
        (None, 11, 12),
        ("pad_width", ((0, 0), (1, 2), (0, 0))),
    ),
    "broadcast_to": ("BroadcastTo", {"shape": (4, 8, 12)}, (1, 8, 1), (None, 8, 5), ("shape", (4, 8, 5))),
    "one_hot": ("OneHot", {"num_classes": 9, "axis": -1}, (None, 8), (None, 8, 10), ("num_classes", 10)),
    "index": ("GetItem", {"key": (slice(None), slice(0, 3))}, X, (None, 4, 12), ("key", (slice(None), slice(0, 4)))),
}


@pytest.mark.parametrize(("name", "config", "shape", "wanted", "found"), SOLVED.values(), ids=SOLVED)
def test_what_is_wanted_is_solved_for(name, config, shape, wanted, found):
    changes = list(operation_rule_for(name).changes(config, (shape,), (wanted,)))
    solved = [change.arguments[0] for change in changes if change.solved]
    assert found in solved


TRIED = {
    "keepdims goes": ("Mean", {"axis": 1, "keepdims": True}, (X,), ("keepdims", False)),
    "keepdims comes": ("Max", {"axis": 1, "keepdims": False}, (X,), ("keepdims", True)),
    "no axis was written": ("Sum", {"axis": None, "keepdims": False}, (X,), ("axis", 1)),
    "concatenate": ("Concatenate", {"axis": 1}, (X, X), ("axis", 2)),
    "concatenate: counted from the end": ("Concatenate", {"axis": -2}, (X, X), ("axis", -1)),
    "stack": ("Stack", {"axis": 1}, (X, X), ("axis", 3)),
    "expand_dims": ("ExpandDims", {"axis": 1}, (X,), ("axis", 2)),
    "swapaxes": ("Swapaxes", {"axis1": 0, "axis2": 1}, (X,), ("axis1", 2)),
    "einsum: an operand": ("Einsum", {"subscripts": "bij,bkj->bik"}, (X, X), ("subscripts", "bij,bjk->bik")),
    "einsum: the output": ("Einsum", {"subscripts": "bij,bkj->bki"}, (X, X), ("subscripts", "bij,bkj->bik")),
    "einsum: a letter": ("Einsum", {"subscripts": "bij,bkj->bij"}, (X, X), ("subscripts", "bij,bkj->bik")),
    "reshape: exchanged": ("Reshape", {"newshape": (-1, 12, 8)}, (X,), ("newshape", (-1, 8, 12))),
    "reshape: one size": ("Reshape", {"newshape": (-1, 5, 12)}, (X,), ("newshape", (-1, 8, 12))),
    "reshape: flat": ("Reshape", {"newshape": (-1, 5)}, (X,), ("newshape", (-1, 96))),
    "index: a number for a slice": (
        "GetItem",
        {"key": (slice(None), slice(-1, None))},
        (X,),
        ("key", (slice(None), -1)),
    ),
    "index: a slice for a number": (
        "GetItem",
        {"key": (slice(None), -1)},
        (X,),
        ("key", (slice(None), slice(-1, None))),
    ),
    "index: the batch": ("GetItem", {"key": 0}, (X,), ("key", (slice(None), 0))),
}


@pytest.mark.parametrize(("name", "config", "shapes", "found"), TRIED.values(), ids=TRIED)
def test_what_people_mean_is_tried_without_a_wanted_shape(name, config, shapes, found):
    changes = list(operation_rule_for(name).changes(config, shapes))
    assert found in [change.arguments[0] for change in changes]
    assert (next(iter(config)), config[next(iter(config))]) not in [change.arguments[0] for change in changes]


@pytest.mark.parametrize("name", ["Mean", "Concatenate", "Transpose", "Stack", "Split", "ExpandDims"])
def test_nothing_is_tried_twice(name):
    config = {"axis": 1, "keepdims": False, "axes": (0, 2, 1), "indices_or_sections": 2}
    changes = [repr(change.arguments) for change in operation_rule_for(name).changes(config, (X, X), (X,))]
    assert len(changes) == len(set(changes)) > 0


def test_each_rule_is_of_an_operation_of_keras_and_of_arguments_that_its_class_has():
    classes = {cls.__name__: cls for cls in _subclasses(Operation) if cls.__module__.startswith("keras.")}
    for name, rule in covered_operations().items():
        if name != "GetItem" and name in classes:  # those of newer versions of Keras are not in older ones
            parameters = set(inspect.signature(classes[name].__init__).parameters)
            is_older = name in {"Scatter", "Slice"} and keras.__version__.startswith(
                "3.6."
            )  # `shape` was given in the call
            assert not rule.arguments or is_older or set(rule.arguments) & parameters, name


def _subclasses(cls):
    for each in cls.__subclasses__():
        if not issubclass(each, keras.layers.Layer):  # some layers have the name of an operation
            yield each
        yield from _subclasses(each)


@pytest.mark.parametrize("function", [ops.mean, ops.reshape, ops.transpose, ops.concatenate, ops.einsum, ops.take])
def test_keras_names_the_parameters_of_function_and_class_alike(function):
    x = keras.KerasTensor((2, 8, 12))
    given = {
        ops.reshape: (x, (-1, 96)),
        ops.transpose: (x, (0, 2, 1)),
        ops.concatenate: ([x, x],),
        ops.einsum: ("bij->bji", x),
        ops.take: (x, [0], 1),
    }.get(function, (x,))
    operation = function(*given)._keras_history.operation
    config = set(operation.get_config()) - {"name"}
    assert config <= set(inspect.signature(function).parameters)
