"""What lint knows about Keras without importing it is true of the installed Keras."""

import inspect

import pytest

keras = pytest.importorskip("keras")

from shapeguard.layers import covered, traits_of  # noqa: E402
from shapeguard.layers.signatures import is_constructor, is_star_name, traits_made_by  # noqa: E402

TRAITS = {name: rule.traits for name, rule in covered().items() if hasattr(keras.layers, name)}
POSITIONALS = {name: traits.positionals for name, traits in TRAITS.items() if traits.positionals is not None}
ALIASES = {alias: name for name, traits in TRAITS.items() for alias in traits.aliases}
RENAMED = {name: traits.keras1.renamed for name, traits in TRAITS.items() if traits.keras1.renamed}
NEEDED_RANK = {name: traits.takes_ndim for name, traits in TRAITS.items() if traits.takes_ndim is not None}
WITHOUT_SIGNATURE = {"InputLayer", "Identity", "LeakyReLU"}


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
        alias for alias in ALIASES if getattr(keras.layers, alias) is not getattr(keras.layers, ALIASES[alias])
    ] == []


def test_a_name_of_keras_1_is_none_of_keras_3():
    names = {name for traits in TRAITS.values() for name in traits.keras1.names}
    assert names == {"Deconvolution2D", "Deconvolution3D"}
    assert not any(hasattr(keras.layers, name) for name in names)


def test_the_new_names_are_known_and_the_old_ones_are_not():
    known = {layer: {one.name for one in parameters(layer)} for layer in RENAMED}
    assert {layer: set(RENAMED[layer].values()) - known[layer] for layer in RENAMED} == {
        layer: set() for layer in RENAMED
    }
    assert {layer: set(RENAMED[layer]) & known[layer] for layer in RENAMED} == {layer: set() for layer in RENAMED}


def test_input_makes_what_an_input_layer_is():
    assert traits_made_by("Input") is traits_of("InputLayer")
    assert is_constructor("Input")


def test_a_star_import_brings_the_constructors_and_the_kinds_of_models():
    assert all(map(is_star_name, ("Input", "Model", "Sequential", "Dense", "Convolution2D", "Deconvolution2D")))
    assert not any(map(is_star_name, ("Tensor", "MultiHeadAttention", "Functional")))


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
