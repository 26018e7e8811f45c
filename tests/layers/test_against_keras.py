"""Every rule against the Keras that is installed: the same shapes, or both refuse.

The truth is a symbolic call. Where it promises shapes that a rule refuses, a call with real arrays has to fail or to
give other shapes: Keras' own formulas check less than its layers do.
"""

from __future__ import annotations

import inspect
import os
import warnings

import keras
import numpy as np
import pytest
from helpers.layer_samples import SAMPLES, dtype_of, layer_class, seeded

from shapeguard.layers import Refusal, configuration, covered, rule_for

COUNT = int(os.environ.get("SHAPEGUARD_SWEEP", "8"))
"""Samples a class; SHAPEGUARD_SWEEP=300 is the sweep before a release."""


def flat(shapes):
    return tuple(tuple(shape) for shape in keras.tree.flatten(shapes_as_leaves(shapes)))


def shapes_as_leaves(shapes):
    return [_Leaf(shape) if _is_shape(shape) else shapes_as_leaves(shape) for shape in shapes]


class _Leaf:
    def __init__(self, shape):
        self.shape = shape

    def __iter__(self):
        return iter(self.shape)


def _is_shape(value):
    return isinstance(value, tuple) and all(size is None or isinstance(size, int) for size in value)


def build(value, make):
    """`value` with every shape replaced by what `make` makes of it."""
    if _is_shape(value):
        return make(value)
    return type(value)(build(entry, make) for entry in value)


def breaks(layer, name, arguments, promised):
    """Whether real arrays of these shapes are refused, or get other shapes than promised; unknown sizes become 2."""
    dtype = dtype_of(name)

    def array(shape):
        sizes = tuple(2 if size is None else size for size in shape)
        return keras.ops.zeros(sizes, dtype) if dtype != "string" else np.full(sizes, "a", dtype=object)

    try:
        outputs = keras.tree.flatten(layer(*build(arguments, array)))
    except Exception:  # noqa: BLE001 whatever it is, it is a refusal
        return True
    return not all(map(fits, promised, (tuple(output.shape) for output in outputs)))


def fits(promised, shape):
    return len(promised) == len(shape) and all(
        size is None or size == real for size, real in zip(promised, shape, strict=True)
    )


def compare(name, seed):
    """What the rule says and what Keras says, for the sample of this seed."""
    draw = seeded(name, seed)
    keras.utils.set_random_seed(1)
    arguments, shapes = SAMPLES[name](draw)
    made = layer_class(name)
    try:
        layer = made(**arguments)
    except (ValueError, TypeError, ZeroDivisionError) as error:
        valid = next(config for config in valid_configs(name, made))
        config = {**valid, **defaults(made, valid), **arguments}
        return rule_for(made).forward(config, flat(shapes)), f"{type(error).__name__}: {error}", None
    config = configuration(layer)
    rule = rule_for(made, config)
    said = rule.forward(config, flat(shapes))
    if name == "InputLayer":
        return said, (tuple(layer.batch_shape),), None
    call = build(tuple(shapes), lambda shape: keras.KerasTensor(shape, dtype=dtype_of(name)))
    try:
        real = tuple(tuple(output.shape) for output in keras.tree.flatten(layer(*call)))
    except Exception as error:  # noqa: BLE001 a refusal, in whatever words
        return said, f"{type(error).__name__}: {error}", None
    return said, real, lambda promised: breaks(made.from_config(layer.get_config()), name, tuple(shapes), promised)


def defaults(made, config):
    """What the constructor takes for the arguments of this config that are not given."""
    parameters = inspect.signature(made.__init__).parameters.values()
    return {it.name: it.default for it in parameters if it.name in config and it.default is not it.empty}


def valid_configs(name, made):
    for seed in range(1000):
        arguments, _ = SAMPLES[name](seeded(seed))
        try:
            yield configuration(made(**arguments))
        except (ValueError, TypeError, ZeroDivisionError):
            continue


def agrees(said, real, broken):
    """Whether both say the same, or real arrays say that the rule is right against Keras' own formula."""
    if isinstance(said, Refusal):
        return isinstance(real, str) or broken(real)
    if said == real or isinstance(real, str):
        return said == real
    return not broken(said) and (narrower(said, real) or broken(real))


def narrower(said, real):
    """Whether the rule knows a size that the formula leaves open."""
    return len(said) == len(real) and all(map(fits, real, said))


PRESENT = [name for name in covered() if layer_class(name) is not None]


NEED_TENSORFLOW = {"Hashing", "HashedCrossing", "IntegerLookup", "StringLookup", "TextVectorization"}


def runnable(names):
    """The classes that the backend of this process has."""
    return [name for name in names if keras.backend.backend() == "tensorflow" or name not in NEED_TENSORFLOW]


@pytest.mark.parametrize("name", runnable(PRESENT))
def test_a_rule_gives_the_shapes_of_keras_or_refuses_where_it_refuses(name):
    disagreements = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for seed in range(COUNT):
            said, real, broken = compare(name, seed)
            if not agrees(said, real, broken):
                draw = seeded(name, seed)
                disagreements.append((seed, SAMPLES[name](draw), said, real))
    assert disagreements == []


def test_every_rule_is_compared_with_keras():
    assert set(SAMPLES) == set(covered())
