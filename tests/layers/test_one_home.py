"""What is known of a layer class stands in `layers/`: nobody else names one, and each that is known has a rule."""

from benchmarks import house

from shapeguard.diagnosis.scoring import costs, weights
from shapeguard.layers import arguments_with, covered
from shapeguard.layers.operations import TRANSPOSES, covered_operations

PACKAGE = house.REPOSITORY / "shapeguard"


def test_no_text_outside_their_home_names_a_layer_class():
    assert house.layer_strings(house.read(PACKAGE), house.layer_classes()) == {}


def test_a_name_outside_would_be_found(tmp_path):
    (tmp_path / "layers").mkdir()
    (tmp_path / "layers" / "core.py").write_text('NAME = "Dense"', encoding="utf-8")
    (tmp_path / "linter.py").write_text('"""Dense"""\nKNOWN = {"Dense", "Functional"}', encoding="utf-8")
    (tmp_path / "search.py").write_text('def name(rank): return f"Conv{rank}D"', encoding="utf-8")
    found = house.layer_strings(house.read(tmp_path), house.layer_classes())
    assert found == {"linter.py": {"Dense": 1}, "search.py": {"Conv{}D": 1}}


def test_the_scorer_has_numbers_for_arguments_that_layers_have():
    rules = (*covered().values(), *covered_operations().values())
    arguments = {*TRANSPOSES, *(name for rule in rules for name in rule.arguments)}
    assert set(weights.PRIORS) <= arguments
    assert set(costs.WEIGHT_EFFORTS) == arguments_with("of_weights")
