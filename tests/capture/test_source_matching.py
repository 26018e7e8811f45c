"""Constructions found in the source alone, for models made before recording began: right, or none."""

import pytest
from helpers.annotated_programs import run, text_of

from shapeguard.capture.constructions import construction_of
from shapeguard.capture.source_matching import find_constructions

HEADER = "import keras\nfrom keras import layers\nfrom keras.layers import Convolution2D, Conv2D as C, Dense, Flatten\n"
PROGRAMS = {
    "aliases, renamed imports, positionals": (
        "m = keras.Sequential([keras.Input((9, 9, 1)), C(4, 2, 2), layers.Convolution2D(8, 3), Flatten(), Dense(3)])",
        4,
    ),
    "constants and arithmetic": (
        (
            "WIDTH = 4\nn = WIDTH * 2\n"
            "m = keras.Sequential([keras.Input((n,)), Dense(n + 1), Dense(WIDTH), Dense(n // 2)])"
        ),
        3,  # Dense(WIDTH) and Dense(n // 2) are both Dense(4), told apart by their order
    ),
    "equal calls in order": ("m = keras.Sequential([keras.Input((4,)), Dense(4), Dense(4), Dense(2)])", 3),
    "helper called twice": (
        (
            "def block(x, n):\n    x = C(n, 3, padding='same')(x)\n    return C(n, 3, padding='same')(x)\n"
            "x = i = keras.Input((9, 9, 1))\nfor n in (4, 8):\n    x = block(x, n)\nm = keras.Model(i, x)"
        ),
        5,
    ),
    "names": ("m = keras.Sequential([keras.Input((4,)), Dense(4, name='a'), Dense(4, name='b')])", 2),
    "branches": (
        (
            "def other():\n    return Dense(7)\nif len(HEADER) > 3:\n    x = Dense(7)\nelse:\n    x = Dense(7)\n"
            "m = keras.Sequential([keras.Input((4,)), x])"
        ),
        0,
    ),
    "application": (
        (
            "b = keras.applications.MobileNetV2(weights=None, include_top=False, input_shape=(32, 32, 3))\n"
            "m = keras.Sequential([b, Flatten(), Dense(2)])"
        ),
        3,
    ),
}


@pytest.mark.parametrize("form", PROGRAMS)
def test_what_is_found_is_the_call_that_made_the_layer(form, tmp_path):
    text, count = PROGRAMS[form]
    scope = run(tmp_path, HEADER + text, HEADER=HEADER)
    layers = scope["m"].layers
    found = find_constructions(layers, [scope["FILE"]])
    places = {layer.name: found[id(layer)].call for layer in layers if id(layer) in found}
    assert places == {layer.name: construction_of(layer).call for layer in layers if layer.name in places}
    assert len(places) == count


def test_values_and_places_of_arguments_are_those_of_a_recorded_construction(tmp_path):
    call = "Convolution2D(4, 3, 3, padding='same')"
    scope = run(tmp_path, f"{HEADER}m = keras.Sequential([keras.Input((9, 9, 1)), {call}])")
    layer = scope["m"].layers[0]
    assert find_constructions([layer], [scope["FILE"]]) == {id(layer): construction_of(layer)}


def test_what_two_stars_passed_is_no_default_and_its_place_is_theirs(tmp_path):
    scope = run(tmp_path, HEADER + "kw = {'strides': 2}\nm = keras.Sequential([keras.Input((9, 9, 1)), C(4, 3, **kw)])")
    layer = scope["m"].layers[0]
    (passed,) = find_constructions([layer], [scope["FILE"]])[id(layer)].arguments[2:]
    assert (passed.name, passed.value, text_of(passed.span)) == ("strides", (2, 2), "**kw")


def test_a_file_that_is_not_there_finds_nothing():
    assert find_constructions([], ["nowhere.py"]) == {}
