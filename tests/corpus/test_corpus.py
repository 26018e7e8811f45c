"""A few of the corpus in every run; all of it, each case in a process of its own, where slow tests run."""

import json

import pytest
from corpus import __main__ as corpus
from corpus import forked, scoring, written

SAMPLE = (
    ("200_lenet_ported_positional", "expected"),
    ("207_sentence_filters_no_flatten", "late"),
    ("213_unet_three_colour_masks", "expected"),
    ("230_output_padding_zero_is_not_default", "expected"),
    ("305_lstm_counts_the_sample", "bare"),
    ("311_resnet_on_thumbnails", "expected"),
)


@pytest.mark.parametrize(("name", "mode"), SAMPLE)
def test_the_first_cause_names_the_argument_and_what_is_promised_holds(name, mode):
    answer = scoring.asked(corpus.HERE / f"{name}.py", mode)
    assert not answer.error
    assert answer.top1, answer.said
    assert answer.kept == answer.promises
    assert answer.place is not False


@pytest.mark.parametrize("name", ["clean_causal_sound", "clean_siamese_signatures"])
def test_nothing_is_said_of_a_correct_model(name):
    answer = scoring.asked(corpus.HERE / f"{name}.py", "expected")
    assert (answer.found, answer.error) == (False, "")


def test_the_published_figures_are_those_of_the_published_answers():
    published = json.loads((corpus.HERE / "score.json").read_text(encoding="utf-8"))
    answers = [scoring.Answer(**each) for each in published["answers"]]
    for mode, figures in published["modes"].items():
        assert corpus.figures([a for a in answers if a.mode == mode]) == figures
    asked = {(a.case, a.mode) for a in answers}
    assert asked == {(f.stem, m) for m in scoring.MODES for f in corpus.cases() if scoring.applies(f, m)}


@pytest.mark.slow
@pytest.mark.parametrize("mode", scoring.MODES)
def test_every_case_of_the_corpus_keeps_the_aims(mode):
    jobs = [(file, mode) for file in corpus.cases() if scoring.applies(file, mode)]
    answers = list(corpus.answers(jobs, at_once=2, limit=300))
    figures = corpus.figures(answers)
    least = {"expected": 0.97, "bare": 0.9, "late": 0.95}[mode]
    assert figures["top1"]["count"] >= least * figures["top1"]["of"]
    assert figures["promises_kept"]["count"] == figures["promises_kept"]["of"]
    assert [a.case for a in answers if a.clean and (a.found or a.error)] == []
    assert [a.case for a in answers if a.sure and not a.repairable] == []


@pytest.mark.parametrize("name", ["207_sentence_filters_no_flatten", "210_table_rows_to_four_numbers"])
def test_the_text_of_a_cause_is_the_program_that_it_says(name):
    count, wrong = written.broken((corpus.HERE / f"{name}.py", "expected"))
    assert count > 0
    assert wrong == []


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["expected", "bare"])
def test_every_text_of_the_corpus_is_the_program_that_it_says(mode):
    jobs = [(file, mode) for file in corpus.cases() if scoring.applies(file, mode)]
    answers = list(forked.each(written.broken, jobs, 2, 300))
    assert [error for _, _, error in answers if error] == []
    assert sum(count for _, (count, _), _ in answers) > 100
    assert [f"{path.name}: {why}" for (path, _), (_, wrong), _ in answers for why in wrong] == []
