"""The fitting of weights: halves that nobody chose, records that are the engine's, and the same fit each time."""

import contextlib
import math
from dataclasses import replace

import keras
import pytest
from benchmarks import fitting, fitting_units, halves, rescored, traced_weights
from benchmarks.recorded_searches import Candidate, Recorded, Search, recorded, watching, weights_in
from corpus import __main__ as corpus
from helpers.weights_table import MODULES, TABLE, weights_of
from keras import layers

from shapeguard import ShapeGuard, ShapeMismatchError
from shapeguard.diagnosis import pipeline

CASE = corpus.HERE / "200_lenet_ported_positional.py"
COST = 4.0


def test_the_list_of_halves_is_what_the_rule_says():
    assert halves.listed() == halves.by_rule()


def test_each_program_and_network_is_in_one_half():
    fitting_half, judging_half = halves.listed().values()
    everything = {name: set(files) for name, files in halves.programs().items()}
    everything["networks"] = {name for corpus, name, _ in fitting_units.units() if corpus == "networks"}
    assert fitting_half.keys() == judging_half.keys() == everything.keys()
    for name, programs in everything.items():
        assert set(fitting_half[name]) | set(judging_half[name]) == programs
        assert not set(fitting_half[name]) & set(judging_half[name])


def test_a_case_is_in_the_same_half_in_each_mode():
    modes = [unit for unit in fitting_units.units() if unit[1] == CASE]
    assert len(modes) == 2
    assert len({halves.half_of(corpus_name, path.stem) for corpus_name, path, _ in modes}) == 1


def strided():
    image = keras.Input((28, 28, 1))
    first = layers.Conv2D(8, 3, strides=2, name="first")(image)
    return keras.Model(image, layers.Conv2D(8, 3, strides=2, name="second")(first))


def refused():
    image = keras.Input((28, 28, 1))
    left = layers.Conv2D(16, 3, padding="same")(image)
    left = layers.Conv2D(16, 1)(left)
    return layers.Add()([left, layers.Conv2D(32, 3, padding="same")(image)])


def asked(build, expected=None):
    """The report on a builder under a guard."""
    keras.utils.clear_session()
    guard = ShapeGuard(expected)
    try:
        with guard:
            model = build()
    except ShapeMismatchError as error:
        return error.report
    return guard.check(model)


def scores_of(monkeypatch, build, expected):
    """The scores of what the engine found first, as it verifies it, without a record."""
    found, verify = [], pipeline.verify

    def kept(repairs, *others):
        found.append([float(each.score) for each in repairs])
        return verify(repairs, *others)

    with monkeypatch.context() as patched:
        patched.setattr(pipeline, "verify", kept)
        asked(build, expected)
    return found[0]


@pytest.mark.parametrize(("build", "expected"), [(strided, {"second": "B 24 24 8"}), (refused, None)])
def test_recorded_scores_are_the_engines_with_these_weights_and_with_others(monkeypatch, build, expected):
    with watching() as watched:
        asked(build, expected)
    candidates = watched[0].search.candidates
    assert [each.score for each in candidates] == pytest.approx(scores_of(monkeypatch, build, expected))
    name = max(weights_in(watched[0].search).items(), key=lambda item: (item[1], item[0]))[0]
    expected_scores = rescored.scores_of(candidates, {name: 0.01})
    traced_weights.put(name, TABLE[name] + 0.01)
    try:
        others = scores_of(monkeypatch, build, expected)
    finally:
        traced_weights.put(name, TABLE[name])
    assert others != [each.score for each in candidates]
    assert sorted(others) == pytest.approx(sorted(expected_scores))


def test_a_record_leaves_the_answer_and_the_table_as_they_are():
    reports = []
    for around in (contextlib.nullcontext(), watching()):
        with around as watched:
            reports.append(asked(strided, {"second": "B 24 24 8"}).to_dict())
    assert reports[0] == reports[1]
    assert watched
    now = {name: weight for module in MODULES for name, weight in weights_of(module).items()}
    assert all(now[name] is weight for name, weight in TABLE.items())


def test_the_answer_off_line_is_the_engines():
    (each,) = fitting_units.asked(("corpus", CASE, "bare"), TABLE)
    assert each.said == [True, True, False, False]
    assert each.search.candidates
    assert fitting.is_followed(each)


def test_an_answer_that_no_search_gave_is_kept_as_it_is():
    report = asked(refused)
    said, search = recorded([], report, lambda _: False)
    assert said[0] is False
    assert search is None


WRONG_FIRST = [
    Candidate(0.2, {"PRIORS[units]": 1}, [0, "units", "3"], blame=0, verified=True),
    Candidate(0.3, {"PRIORS[filters]": 1}, [1, "filters", "3"], blame=1, verified=True, accepted=True),
]


def wrong_first(program, corpus="corpus"):
    return Recorded(corpus, program, "bare", [False, True, False, False], search=Search(WRONG_FIRST))


def test_a_weight_moves_where_that_puts_right_causes_first():
    fitted = fitting.Fit([wrong_first(name) for name in "abcdef"], COST).fit()
    assert fitted["PRIORS[filters]"] + 0.1 < fitted["PRIORS[units]"]
    assert {name for name, value in fitted.items() if value != TABLE[name]} <= {"PRIORS[units]", "PRIORS[filters]"}


def test_the_fit_is_the_same_each_time_and_has_two_digits():
    fits = [fitting.Fit([wrong_first(name) for name in "abcdef"], COST).fit() for _ in range(2)]
    assert fits[0] == fits[1]
    assert all(value == float(TABLE[name]) or value == fitting.rounded(value) for name, value in fits[0].items())


def test_weights_stay_where_a_right_cause_is_too_far_behind():
    first, second = WRONG_FIRST
    far = [replace(first, score=second.score - 1.5), second]
    one = Recorded("corpus", "a", "bare", [False, True, False, True], search=Search(far))
    assert fitting.is_followed(one)
    assert fitting.Fit([one], COST).fit() == {name: float(weight) for name, weight in TABLE.items()}


@pytest.mark.parametrize("name", TABLE)
def test_a_weight_keeps_its_sign(name):
    assert all(
        math.copysign(1, new) == math.copysign(1, TABLE[name]) and (new != 0 or TABLE[name] == 0)
        for new in (fitting.moved(name, TABLE[name], step) for step in (-5, 5))
    )


def test_a_weight_that_moves_no_answer_is_named():
    found = fitting.idle([wrong_first("a")])
    assert found["TRUNK"] == 0
    assert "PRIORS[units]" not in found


def test_it_is_better_where_the_judging_half_is_not_worse_and_the_other_gains():
    before = {("fitting", "all"): [9, 5, 7, 3, 1], ("judging", "all"): [9, 5, 7, 3, 1]}
    gain = {("fitting", "all"): [9, 6, 7, 3, 1], ("judging", "all"): [9, 5, 7, 3, 1]}
    worse = {("fitting", "all"): [9, 6, 7, 3, 1], ("judging", "all"): [9, 5, 7, 3, 2]}
    assert fitting.is_better(before, gain)
    assert not fitting.is_better(before, before)
    assert not fitting.is_better(before, worse)
