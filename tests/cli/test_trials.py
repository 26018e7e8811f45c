"""What a run with a fix in the program's text shows, judged from its result alone."""

import pytest

from shapeguard.cli.dry_run import DryRun
from shapeguard.cli.trials import Trial, judge
from shapeguard.records.findings import Cause, Diagnosis, Edit, Row
from shapeguard.report import Report

CAUSE = Cause("argument", (Edit("second", "units", 5, 8, layers=("second",)),))


def rows(first=(None, 4), *, status="no expectation"):
    return (
        Row("input", "InputLayer", "input", 1, None, None, (None, 3)),
        Row("first", "Dense", "first", 1, (None, 3), None, first),
        Row("second", "Dense", "second", 1, first, None, (None, 5), status=status),
    )


def crash(layer="second", code="SG601"):
    return Diagnosis(code, layer, "Dense", original="ValueError: shapes")


def result(*diagnoses, first=(None, 4), **more):
    return DryRun("checked", report=Report(diagnoses, rows(first)), **more)


BEFORE = DryRun("checked", report=Report((crash(),), rows(status="not reached")))


@pytest.mark.parametrize(
    ("after", "trial"),
    [
        (result(), Trial("passes", "the first step of fit() passes")),
        (result(reached="end"), Trial("passes", "the program runs to its end")),
        (result(reached="model"), Trial("passes", "builds, no data seen")),
        (result(first=(32, 4)), Trial("passes", "the first step of fit() passes")),
        (result(first=(None, 6)), Trial("unknown", "its layers have other shapes each time")),
        (result(first=(None, 4, 4)), Trial("unknown", "its layers have other shapes each time")),
        (result(crash()), Trial("same", "with it, the program comes no further")),
        (result(crash("first")), Trial("same", "with it, the program comes no further")),
        (result(crash("third")), Trial("past", "gets past this fault; the next is SG601 in layer 'third'")),
        (result(crash("", "SG301")), Trial("past", "gets past this fault; the next is SG301")),
        (
            DryRun("raised", "Traceback:\n  x\nNameError: name 'y' is not defined\n"),
            Trial("otherwise", "with it, the program raises NameError: name 'y' is not defined"),
        ),
        (
            DryRun("ended", "ended without calling fit()"),
            Trial("passes", "the program runs to its end"),
        ),
        (
            DryRun("ended", "exited by sys.exit(2) before calling fit()", failed=True),
            Trial("otherwise", "with it, exited by sys.exit(2) before calling fit()"),
        ),
    ],
)
def test_a_run_with_a_fix_passes_gets_past_the_fault_or_does_not(after, trial):
    assert judge(BEFORE, after, (CAUSE,)) == trial


def test_what_fails_after_the_model_is_built_is_later_than_what_fails_before():
    before = DryRun("checked", report=Report((crash("", "SG301"),), rows()))
    assert judge(before, result(crash("second", "SG303")), (CAUSE,)).verdict == "past"
    assert judge(before, result(crash("second", "SG601")), (CAUSE,)).verdict == "same"


def test_an_expectation_is_not_met_by_a_program_that_ends_without_a_look_at_it():
    unmet = Diagnosis("SG101", "second", "Dense", expected=(None, 8), actual=(None, 5))
    before = DryRun("checked", report=Report((unmet,), rows()))
    assert judge(before, DryRun("ended", "ended without calling fit()"), (CAUSE,)).verdict == "otherwise"


def test_data_that_is_converted_may_change_the_shape_of_every_layer():
    cause = Cause("data", (Edit("fit", "x", None, None),))
    assert judge(BEFORE, result(first=(None, 6)), (cause,)).verdict == "passes"


def test_another_input_shape_of_a_layer_may_change_every_layer_from_the_input_on():
    cause = Cause("argument", (Edit("second", "input_shape", (3,), (4,), layers=("second",)),))
    assert judge(BEFORE, result(first=(None, 6)), (cause,)).verdict == "passes"
