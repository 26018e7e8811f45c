"""Where a rule says that a layer keeps samples apart, noise in one sample of a real batch changes no other."""

import keras
import pytest
from helpers.layer_samples import SAMPLES, dtype_of, layer_class, seeded

from shapeguard.keras_compat import small_batches
from shapeguard.layers import Refusal, configuration, rule_for

BATCH, DRAWS = 83, 12


def tensors_of(structure, dtype):
    """The shapes of a sample as tensors of a batch, sizes that are not known as 2."""
    if isinstance(structure, tuple) and all(size is None or isinstance(size, int) for size in structure):
        return keras.KerasTensor((BATCH, *(2 if size is None else size for size in structure[1:])), dtype=dtype)
    return type(structure)(tensors_of(each, dtype) for each in structure)


def accepted(name):
    """The first layer of a class that is drawn and takes what is drawn, with these arguments and its outputs."""
    for seed in range(DRAWS):
        arguments, shapes = SAMPLES[name](seeded(name, seed))
        try:
            layer = layer_class(name)(**arguments)
            args = tuple(tensors_of(shapes, dtype_of(name)))
            outputs = layer(*args)
        except (ValueError, TypeError, ZeroDivisionError, IndexError):
            continue
        return layer, args, outputs
    return None


@pytest.mark.parametrize("name", SAMPLES)
def test_a_layer_that_keeps_samples_apart_does(name):
    if dtype_of(name) == "string" or (drawn := accepted(name)) is None:
        return
    layer, args, outputs = drawn
    config = configuration(layer)
    taken = tuple(tuple(x.shape) for x in keras.tree.flatten(args))
    rule = rule_for(type(layer), config)
    if isinstance(rule.forward(config, taken), Refusal) or not rule.keeps_samples(config, taken):
        return
    given = [tuple(x.shape) for x in keras.tree.flatten(outputs)]
    assert all(shape[0] == BATCH for shape in given)
    try:
        is_mixed = small_batches.mixes_samples(layer, args, {}, given, BATCH)
    except Exception:  # noqa: BLE001  a picture too small for its window, a state of another batch
        return
    assert not is_mixed
