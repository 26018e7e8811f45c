"""The limits of the house, on the tree as it is; `test_house.py` shows that each count can find something."""

import pathlib

import pytest
from benchmarks import house

TESTS = pathlib.Path(__file__).parent
PACKAGE = TESTS.parent / "shapeguard"
MUTABLE = {
    "diagnosis/graph.py": {"Node": 1},  # what lies upstream of a node is known when the whole graph is
    "diagnosis/scenarios.py": {"Scenario": 1},  # grows while it is propagated, up to 150,000 times in a search
    "trace/recorder.py": {"_Event": 1},  # a call begins before its outputs are known
}
TIERS = {
    "benchmarks",
    "cases",
    "clean",
    "corpus",
    "frozen",
    "helpers",
    "keras_suite",
    "promises",
    "stress",
    "unchanged",
}
"""Folders of tests that are of the whole package, and what they share."""


@pytest.fixture(scope="module")
def modules():
    return house.read(PACKAGE)


def test_no_modules_import_each_other_in_a_circle(modules):
    assert house.circles(house.imports(modules, inside_functions=True)) == []
    assert house.circles(house.rooms(house.imports(modules))) == []


def test_every_module_can_be_read_in_one_sitting(modules):
    assert house.too_long(modules) == {}


def test_every_module_is_maintainable_and_every_function_simple(modules):
    pytest.importorskip("radon", reason=house.NO_RADON)
    assert house.hard_to_maintain(modules) == {}
    tangled = {where: count for where, count in house.complexities(modules).items() if count > house.MOST_COMPLEX}
    assert tangled == {}


def test_values_are_frozen(modules):
    assert house.mutable_dataclasses(modules) == MUTABLE


def test_nothing_is_called_by_a_name_of_the_old_tree(modules):
    assert house.old_modules(modules) == {}
    assert house.old_names(modules) == {}


def test_the_tests_mirror_the_rooms():
    rooms = {folder.parent.name for folder in PACKAGE.glob("*/__init__.py")}
    folders = {folder.name for folder in TESTS.iterdir() if folder.is_dir() and list(folder.glob("**/*.py"))}
    assert folders - TIERS == rooms - {"records"}, "records are values: they have no behaviour to test"


def test_what_tests_share_lies_in_conftest_or_helpers():
    rooms = [folder for folder in TESTS.iterdir() if folder.is_dir() and folder.name not in TIERS]
    shared = [file for room in rooms for file in room.rglob("*.py") if not file.name.startswith("test_")]
    assert [file.relative_to(TESTS) for file in shared if file.name != "conftest.py"] == []
