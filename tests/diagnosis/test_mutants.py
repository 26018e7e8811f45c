"""A small, fixed sample of the faults that `benchmarks.mutants` measures, with the least that must be reached."""

import json

import pytest
from benchmarks import faults, kinds, mutants, networks
from benchmarks.asking import DENSITIES, Answer

SAMPLE = (networks.padded_cnn, networks.resnet, networks.forecasting_gru, networks.generator, networks.discriminator)


@pytest.fixture(scope="module")
def answers():
    """The answers to four single-argument faults of each network of the sample, at two densities."""
    found = []
    for builder in SAMPLE:
        correct = faults.recorded(faults.compiled(builder.__name__))
        for change in faults.sampled(builder.__name__, 4, seed=7):
            found += kinds.of_arguments(builder.__name__, "reported", correct, [change], DENSITIES[::2])
    return [answer for answer in found if answer.visible]


def test_every_fault_that_shapes_show_is_found(answers):
    assert [a.fault for a in answers if not a.found] == []


def test_the_argument_is_named_first_in_nearly_all_cases(answers):
    assert len(answers) >= 20
    assert sum(a.top1 for a in answers) >= len(answers) - 1


def test_the_argument_is_among_the_first_three(answers):
    assert [a.fault for a in answers if not a.top3] == []


def test_a_cause_said_to_be_the_cause_is_the_argument(answers):
    assert [(a.fault, a.said) for a in answers if a.sure and not a.top1] == []


def test_what_is_called_verified_holds_when_the_network_is_built_again(answers):
    assert sum(a.promises for a in answers) > 10
    assert [(a.fault, a.broken) for a in answers if a.kept < a.promises] == []


def test_the_published_figures_are_those_of_the_published_answers():
    published = json.loads((mutants.HERE / "mutants.json").read_text(encoding="utf-8"))
    assert mutants.summary([Answer(**each) for each in published["answers"]]) == published["rows"]


def test_the_page_shows_the_published_figures():
    published = json.loads((mutants.HERE / "mutants.json").read_text(encoding="utf-8"))
    page = (mutants.HERE.parents[1] / "docs" / "explanation" / "figures.md").read_text(encoding="utf-8")
    assert mutants.markdown(mutants.summary([Answer(**each) for each in published["answers"]])) in page
