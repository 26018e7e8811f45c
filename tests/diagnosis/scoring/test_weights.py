"""The table of weights is the one home of the numbers that decide which cause is named first."""

import pathlib

import pytest
from benchmarks import house
from frozen import file as frozen
from helpers.weights_table import TABLE

import shapeguard
from shapeguard.diagnosis.scoring import costs, weights

TESTS = pathlib.Path(__file__).parents[2]
PACKAGE = pathlib.Path(shapeguard.__file__).parent


def test_no_number_decides_a_ranking_outside_the_table():
    modules = house.read(PACKAGE)
    found = house.floats(modules)  # that it finds them is tested in tests/test_house.py
    assert {file: numbers for file, numbers in found.items() if file.startswith("diagnosis/")} == {}


@pytest.fixture(scope="module")
def units():
    """The names of the programs whose answers are frozen."""
    return frozen.read()[1].keys()


def is_there(case, units):
    """Whether a case is a frozen program, or a test by its file and name."""
    file, _, test = case.partition("::")
    if not test:
        return case in units
    text = (TESTS / file).read_text(encoding="utf-8")
    return f"\ndef {test.partition('[')[0]}(" in text


@pytest.mark.parametrize("name", TABLE)
def test_a_weight_names_a_case_whose_answer_needs_it(name, units):
    assert is_there(TABLE[name].case, units), TABLE[name].case


def test_a_case_that_is_not_there_would_be_found(units):
    assert not is_there("", units)
    assert not is_there("corpus/bare/000_nothing", units)
    assert not is_there("diagnosis/test_engine.py::test_nothing", units)


@pytest.mark.parametrize("name", TABLE)
def test_a_weight_says_why_it_is_what_it_is(name):
    assert len(TABLE[name].why.split()) > 2


def test_the_table_has_every_weight_that_its_modules_have():
    own = [value for module in (weights, costs) for value in vars(module).values() if isinstance(value, weights.Weight)]
    assert set(map(id, own)) <= set(map(id, TABLE.values()))
    assert {f"PRIORS[{name}]" for name in weights.PRIORS} <= TABLE.keys()
