"""The table of weights is the one home of the numbers that decide which cause is named first."""

import pathlib

import pytest
from benchmarks import house

import shapeguard
from shapeguard.diagnosis.scoring import costs, weights
from shapeguard.diagnosis.scoring.table import TABLE

PACKAGE = pathlib.Path(shapeguard.__file__).parent


def test_no_number_decides_a_ranking_outside_the_table():
    modules = house.read(PACKAGE)
    found = house.floats(modules)  # that it finds them is tested in tests/test_house.py
    assert {file: numbers for file, numbers in found.items() if file.startswith("diagnosis/")} == {}


@pytest.mark.parametrize("name", TABLE)
def test_a_weight_says_why_it_is_what_it_is(name):
    assert len(TABLE[name].why.split()) > 2


def test_the_table_has_every_weight_that_its_modules_have():
    own = [value for module in (weights, costs) for value in vars(module).values() if isinstance(value, weights.Weight)]
    assert set(map(id, own)) <= set(map(id, TABLE.values()))
    assert {f"PRIORS[{name}]" for name in weights.PRIORS} <= TABLE.keys()
