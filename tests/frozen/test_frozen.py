"""A few of the frozen answers in every run; `python -m frozen --check` asks all of them."""

import dataclasses
import itertools

import pytest
from corpus import programs as cases
from corpus import scoring
from frozen import __main__ as frozen
from frozen import answers, file, mutants, programs

SAMPLE = (
    "corpus/expected/200_lenet_ported_positional",
    "corpus/expected/213_unet_three_colour_masks",
    "corpus/expected/320_unet_border_four_numbers",
    "corpus/bare/305_lstm_counts_the_sample",
    "corpus/late/207_sentence_filters_no_flatten",
    "shared/expected/026_bottleneck_residual_unit",
    "shared/bare/045_stacked_lstm",
    "clean/expected/corpus/clean_causal_sound",
    "clean/network/encoder_decoder",
)
INPUTS = "mutants/0/digits_cnn"
HOST, FROZEN = file.read()

is_comparable = pytest.mark.skipif(frozen.host() != HOST, reason=f"answers are frozen on {HOST or 'no host yet'}")


def is_here(unit):
    return not unit.startswith("shared/") or programs.FOLDERS["shared"].is_dir()


@is_comparable
@pytest.mark.parametrize("unit", SAMPLE)
def test_the_answers_to_a_program_are_those_that_were_frozen(unit):
    if not is_here(unit):
        pytest.skip("../shared is not here")
    assert frozen.differences(FROZEN[unit], frozen.asked(unit)) == []


@is_comparable
def test_the_answers_to_wrong_inputs_are_those_that_were_frozen():
    old = {what: answer for what, answer in FROZEN[INPUTS].items() if what.startswith("input: ")}
    assert frozen.differences(old, mutants.asked(INPUTS, chosen=("input",))) == []


def test_the_same_program_gives_the_same_answer_under_another_number():
    first, second = (mutants.asked(INPUTS, chosen=("input",)) for _ in range(2))
    assert first
    assert first == second


@pytest.fixture
def report():
    path = programs.FOLDERS["corpus"] / "200_lenet_ported_positional.py"
    found, _ = scoring.reported(cases.loaded(path), "expected")
    return found


def with_cause(report, **changes):
    """The report with something else in its first cause."""
    diagnosis = report.diagnoses[0]
    cause = dataclasses.replace(diagnosis.causes[0], **changes)
    return dataclasses.replace(report, diagnoses=(dataclasses.replace(diagnosis, causes=(cause,)),))


def test_texts_are_no_part_of_an_answer_and_what_is_promised_is(report):
    now, own = with_cause(report), "200_lenet_ported_positional.py"
    frozen_answer = answers.of_report(now, own)
    texts = {"explanation": "x", "title": "x", "label": "x", "fix_note": "x", "proof": "x"}
    assert answers.of_report(with_cause(report, **texts), own) == frozen_answer
    assert (
        answers.of_report(with_cause(report, proven_by=None if now.diagnoses[0].causes[0].verified else "rebuilt"), own)
        != frozen_answer
    )


def test_a_place_in_another_file_has_no_lines(report):
    edits = answers.of_report(report, "other.py")["diagnoses"][0]["causes"][0]["edits"]
    assert {edit["span"] for edit in edits} == {"200_lenet_ported_positional.py"}


def test_each_difference_shows_the_old_cause_and_the_new_one(report):
    cause = report.diagnoses[0].causes[0]
    old = {"": answers.of_report(with_cause(report), "a.py")}
    new = {"": answers.of_report(with_cause(report, edits=cause.edits[:1]), "a.py")}
    ((_, lines),) = frozen.differences(old, new)
    assert [line[0] for line in lines] == ["-", "+"]
    assert frozen.differences({}, {"": {"ended": "fine"}}) == [("", ["-not asked", '+{"ended": "fine"}'])]
    assert frozen.differences(new, new) == []


@pytest.mark.parametrize(("largest", "name"), [(10**6, "answers.jsonl"), (10, "answers.jsonl.gz")])
def test_what_is_written_is_read_again_and_stands_in_order(tmp_path, monkeypatch, largest, name):
    units = {"b": {"": {"ended": 1}}, "a": {"2": {"ended": "fine"}, "1": {"ended": "ä"}}}
    monkeypatch.setattr(file, "LARGEST", largest)
    path, _ = file.write({"keras": "3"}, units, tmp_path)
    host, found = file.read(tmp_path)
    assert (path.name, host, found) == (name, {"keras": "3"}, units)
    assert list(itertools.chain(*found.values())) == ["1", "2", ""]
