"""What lint says about Keras without importing it is true of the installed Keras."""

import inspect

import pytest

keras = pytest.importorskip("keras")

from shapeguard.layers import covered  # noqa: E402
from shapeguard.layers.signatures import ALIASES, NEEDED_RANK, POSITIONALS  # noqa: E402

RENAMED = {name: rule.traits.keras1.renamed for name, rule in covered().items() if rule.traits.keras1.renamed}
REMOVED = {"Deconvolution2D", "Deconvolution3D"}  # Keras 1 names that Keras 3 has under another name only
WITHOUT_SIGNATURE = {"Input", "InputLayer", "Identity", "LeakyReLU"}


def parameters(layer):
    return list(inspect.signature(getattr(keras.layers, layer).__init__).parameters.values())[1:]


def test_the_leading_arguments_stand_in_keras_order():
    layers = set(POSITIONALS) - WITHOUT_SIGNATURE
    theirs = {layer: tuple(one.name for one in parameters(layer)) for layer in layers}
    assert {layer: theirs[layer][: len(POSITIONALS[layer])] for layer in layers} == {
        layer: POSITIONALS[layer] for layer in layers
    }


def test_an_alias_is_the_same_class():
    assert [
        alias
        for alias in set(ALIASES) - REMOVED
        if getattr(keras.layers, alias) is not getattr(keras.layers, ALIASES[alias])
    ] == []


def test_the_new_names_are_known_and_the_old_ones_are_not():
    known = {layer: {one.name for one in parameters(layer)} for layer in RENAMED}
    assert {layer: set(RENAMED[layer].values()) - known[layer] for layer in RENAMED} == {
        layer: set() for layer in RENAMED
    }
    assert {layer: set(RENAMED[layer]) & known[layer] for layer in RENAMED} == {layer: set() for layer in RENAMED}


def test_a_layer_takes_the_rank_that_it_needs_and_no_other():
    def takes(layer, rank):
        try:
            made(layer)(keras.KerasTensor((2, *(8,) * (rank - 1))))
        except Exception:  # noqa: BLE001  each layer refuses in its own way
            return False
        return True

    taken = {
        layer: [rank for rank in (needed - 1, needed, needed + 1) if takes(layer, rank)]
        for layer, needed in NEEDED_RANK.items()
    }
    assert taken == {layer: [needed] for layer, needed in NEEDED_RANK.items()}


def made(layer):
    constructor = getattr(keras.layers, layer)
    if layer == "Bidirectional":
        return constructor(keras.layers.LSTM(2))
    required = [one for one in parameters(layer) if one.default is one.empty and one.kind is one.POSITIONAL_OR_KEYWORD]
    return constructor(*[0.5 if one.name == "rate" else 2 for one in required])
