"""A fault of our own, anywhere, is one warning; training goes on to the same weights, and a verdict is not lost."""

import warnings

import keras
import numpy as np
import pytest
from helpers.guarding import EXPECTED, classifier, fitted, ours

from shapeguard import ShapeGuard
from shapeguard.capture import declarations
from shapeguard.guard import checking, phase_checks, preflight, verdicts
from shapeguard.keras_compat import interception
from shapeguard.report import Report, ShapeMismatchError
from shapeguard.strict import ShapeGuardWarning
from shapeguard.trace import feed, recorder

DATA = np.random.default_rng(0).normal(size=(24, 8, 8, 1)).astype("float32"), np.arange(24) % 3
PLACES = {
    "reading what fit was given": (feed, "feed_of"),
    "the pass ahead": (preflight, "preflight"),
    "what is expected": (checking, "targets_of"),
    "comparing": (checking, "compare"),
    "the check": (verdicts, "check_network"),
    "what was said of the layers": (preflight, "expectation_fingerprint"),
    "watching": (phase_checks, "watch_steps"),
    "recalling": (phase_checks, "cached"),
    "remembering": (phase_checks, "store"),
    "a call begins": (recorder.Recorder, "begin"),
    "a call ends": (recorder.Recorder, "end"),
    "the network": (recorder.Recorder, "network"),
    "comparing in the trace": (verdicts, "disagrees"),
    "reading annotations": (declarations, "chain_of"),
    "the table": (Report, "to_table"),
    "the file": (Report, "write"),
}
LATE = {"diagnosing": (checking, "diagnose"), "the message": (Report, "message")}


@pytest.fixture(autouse=True)
def _as_users_run(monkeypatch):
    monkeypatch.delenv("SHAPEGUARD_STRICT")


def failing(*_, **__):
    raise ZeroDivisionError("ours")


def trained(*callbacks):
    keras.utils.set_random_seed(5)
    model = classifier()
    fitted(model, *callbacks, data=DATA, validation_data=DATA)
    return [weight.tobytes() for weight in model.get_weights()]


@pytest.fixture(scope="module")
def plain():
    return trained()


@pytest.mark.parametrize("place", PLACES)
def test_it_is_one_warning_and_training_goes_on_to_the_same_weights(place, plain, monkeypatch, tmp_path):
    watching = ShapeGuard(EXPECTED, verbose=2, to_file=tmp_path / "report.txt")
    monkeypatch.setattr(*PLACES[place], failing)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert trained(watching) == plain
    [warning] = ours(caught)
    assert warning.filename == fitted.__code__.co_filename
    assert str(warning.message).startswith("ShapeGuard failed while ")
    assert str(warning.message).endswith("; your program continues: ZeroDivisionError: ours")
    assert not interception.active()


@pytest.mark.parametrize("place", LATE)
def test_a_mismatch_is_raised_although_it_cannot_be_explained(place, monkeypatch):
    monkeypatch.setattr(*LATE[place], failing)
    with pytest.warns(ShapeGuardWarning, match="ZeroDivisionError: ours"), pytest.raises(ShapeMismatchError) as caught:
        fitted(classifier(2), ShapeGuard(EXPECTED))
    first = str(caught.value).partition("\n")[0]
    assert first.partition("] ")[2] == "layer 'conv' (Conv2D): expected (16, 6, 6, 2), got (16, 3, 3, 2)"


def test_a_file_that_fails_swallows_no_verdict(monkeypatch, tmp_path):
    monkeypatch.setattr(Report, "write", failing)
    with pytest.warns(ShapeGuardWarning, match="writing the report"), pytest.raises(ShapeMismatchError):
        fitted(classifier(2), ShapeGuard(EXPECTED, to_file=tmp_path / "report.txt"))


@pytest.mark.parametrize("place", ["the check", "comparing", "the network"])
def test_a_pass_inside_a_block_goes_on(place, monkeypatch):
    monkeypatch.setattr(*PLACES[place], failing)
    model = classifier()
    with warnings.catch_warnings(record=True) as caught, ShapeGuard(EXPECTED):
        warnings.simplefilter("always")
        assert model(DATA[0]).shape == (24, 3)
        model.train_on_batch(*DATA)
    assert {str(each.message).rpartition(": ")[2] for each in ours(caught)} == {"ours"}


def test_it_is_raised_where_that_is_asked_for(monkeypatch):
    monkeypatch.setenv("SHAPEGUARD_STRICT", "1")
    monkeypatch.setattr(preflight, "preflight", failing)
    with pytest.raises(ZeroDivisionError, match="ours"):
        fitted(classifier(), ShapeGuard(EXPECTED))
