"""The table of weights is the one home of the numbers that decide which cause is named first."""

import pathlib

import pytest
from benchmarks import house

import shapeguard
from shapeguard.diagnosis.scoring import weights

PACKAGE = pathlib.Path(shapeguard.__file__).parent


def test_no_number_decides_a_ranking_outside_the_table():
    modules = house.read(PACKAGE)
    found = house.floats(modules)  # that it finds them is tested in tests/test_house.py
    assert {file: numbers for file, numbers in found.items() if file.startswith("diagnosis/")} == {}


@pytest.mark.parametrize("name", weights.TABLE)
def test_a_weight_says_why_it_is_what_it_is(name):
    assert len(weights.TABLE[name].why.split()) > 2


def test_the_table_has_every_weight_that_the_module_has():
    own = [value for value in vars(weights).values() if isinstance(value, weights.Weight)]
    assert set(map(id, own)) <= set(map(id, weights.TABLE.values()))
    assert {f"PRIORS[{name}]" for name in weights.PRIORS} <= weights.TABLE.keys()
