"""The pipeline alone proposes, evaluates, ranks and verifies; what it is given to propose may come from outside."""

import ast
import dataclasses
import pathlib

import keras
import pytest
from keras import layers

import shapeguard
from shapeguard.diagnosis import pipeline, repairs
from shapeguard.diagnosis.evaluated import Evaluated
from shapeguard.diagnosis.proposers.order import PROPOSERS, Proposer
from shapeguard.diagnosis.repairs import ChangeArguments
from shapeguard.guard import checking
from shapeguard.layers import Change

DIAGNOSIS = pathlib.Path(pipeline.__file__).parent
STEPS = {"propose": "order", "evaluate": "evaluation", "rank": "ranking", "verify": "verification"}
"""The steps of the pipeline, and the modules in which they are."""


def steps_in(tree, module):
    """The steps that a module's code takes: imports from their home, reaches through it, or calls there."""
    used = set()
    for node in ast.walk(tree):
        match node:
            case ast.ImportFrom(names=names):
                used |= {alias.name for alias in names}
            case ast.Attribute(value=ast.Name(id=home), attr=name) if STEPS.get(name) == home:
                used.add(name)
            case ast.Call(func=ast.Name(id=name)) if STEPS.get(name) == module:
                used.add(name)
    return used & STEPS.keys()


@pytest.mark.parametrize("file", sorted(DIAGNOSIS.rglob("*.py")), ids=lambda file: str(file.relative_to(DIAGNOSIS)))
def test_the_pipeline_alone_proposes_evaluates_ranks_and_verifies(file):
    used = steps_in(ast.parse(file.read_text(encoding="utf-8")), file.stem)
    assert used == (STEPS.keys() if file.name == "pipeline.py" else set())


@pytest.mark.parametrize(
    ("code", "module"),
    [
        ("from shapeguard.diagnosis.evaluation import evaluate", "structure"),
        ("def choose(repairs, fault):\n    return [evaluation.evaluate(each, fault) for each in repairs]", "structure"),
        ("def again(repairs, fault):\n    return [evaluate(each, fault) for each in repairs]", "evaluation"),
    ],
)
def test_a_module_that_evaluates_for_itself_is_found(code, module):
    assert steps_in(ast.parse(code), module) == {"evaluate"}


def test_every_repair_is_a_frozen_value():
    kinds = (*repairs.SingleRepair.__args__, repairs.Joint, Evaluated)
    assert all(kind.__dataclass_params__.frozen and "__slots__" in vars(kind) for kind in kinds)
    with pytest.raises(dataclasses.FrozenInstanceError):
        ChangeArguments((0,), Change((("units", 2),))).cost = 1


def test_a_proposer_may_come_from_outside(monkeypatch):
    asked = []

    def propose_seven(fault):
        """Seven units for whatever layer has units."""
        asked.append([constraint.layer for constraint in fault.outputs])
        for node in fault.suspects:
            if "units" in node.config:
                yield ChangeArguments((node.index,), Change((("units", 7),)))

    outside = (Proposer(propose_seven, family="sevens"),)
    monkeypatch.setattr(checking, "diagnose", lambda problem: pipeline.diagnose(problem, outside))
    model = keras.Sequential([keras.Input((4,)), layers.Dense(5, name="wide")])
    report = shapeguard.check(model, {"wide": "B 7"})
    (diagnosis,) = report.diagnoses
    assert asked == [["wide"]]
    assert (diagnosis.layer, diagnosis.causes[0].argument, diagnosis.causes[0].suggestion) == ("wide", "units", 7)
    assert diagnosis.causes[0].verified
    assert dict(report.search.families) == {"sevens": 1}


def test_without_proposers_no_cause_is_found_and_none_is_guessed(monkeypatch):
    monkeypatch.setattr(checking, "diagnose", lambda problem: pipeline.diagnose(problem, ()))
    model = keras.Sequential([keras.Input((4,)), layers.Dense(5, name="wide")])
    (diagnosis,) = shapeguard.check(model, {"wide": "B 7"}).diagnoses
    assert (diagnosis.code, diagnosis.causes) == ("SG190", ())


def test_every_proposer_is_a_module_of_its_own_room():
    modules = {proposer.propose.__module__ for proposer in PROPOSERS}
    assert all(module.startswith("shapeguard.diagnosis.proposers.") for module in modules)
