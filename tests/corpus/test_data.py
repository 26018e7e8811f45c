"""Faults of data, targets and losses, as people wrote them: a sample in every run, all of them where slow tests run."""

import json
import os
import pathlib
import subprocess
import sys

import pytest
from corpus.in_call import __main__ as in_call
from corpus.in_call import labels, scoring

pytestmark = pytest.mark.skipif(
    os.environ["KERAS_BACKEND"] != "tensorflow", reason="some of the programs are written with TensorFlow"
)
HERE = pathlib.Path(__file__).parent / "data"
PUBLISHED = json.loads((HERE / "score.json").read_text(encoding="utf-8"))
SAMPLE = ("002", "007", "011", "017", "019", "022", "027", "028")


def asked(folder, *words):
    """The answers, from a process of its own, where TensorFlow has not worked yet: it does not survive a fork."""
    command = [sys.executable, "-m", "corpus.data", *words, "--json", folder / "score.json"]
    subprocess.run(command, cwd=HERE.parents[1], check=True, capture_output=True)
    rows = json.loads((folder / "score.json").read_text(encoding="utf-8"))["answers"]
    return [scoring.Answer(**row) for row in rows]


def is_as_published(answers):
    assert {a.name: a.error for a in answers if a.error} == {}
    assert [a.name for a in answers if not a.code] == []
    assert [f"{a.name}: {each}" for a in answers for each in a.broken] == []
    names = {a.name for a in answers}
    published = {row["name"]: row for row in PUBLISHED["answers"] if row["name"] in names}
    assert names == set(published)
    for what in ("first", "third"):
        assert [a.name for a in answers if published[a.name][what] and not getattr(a, what)] == []


def test_a_sample_is_explained_and_what_is_promised_of_it_holds(tmp_path):
    answers = asked(tmp_path, "--only", *SAMPLE)
    assert len(answers) == len(SAMPLE)
    is_as_published(answers)


@pytest.mark.slow
def test_every_program_is_explained_and_what_is_promised_of_it_holds(tmp_path):
    answers = asked(tmp_path)
    assert len(answers) == len(PUBLISHED["answers"])
    is_as_published(answers)


def test_the_published_figures_are_those_of_the_published_answers():
    answers = [scoring.Answer(**row) for row in PUBLISHED["answers"]]
    assert in_call.figures(answers) == PUBLISHED["figures"]
    assert {a.name for a in answers} == {path.stem for path in in_call.programs(folder=HERE)}
    page = HERE.parents[2] / "docs" / "explanation" / "figures.md"
    assert in_call.table(PUBLISHED["figures"]) in page.read_text(encoding="utf-8")


def test_every_program_has_a_head_and_a_label():
    paths = in_call.programs(folder=HERE)
    assert {path.stem for path in paths} == set(labels.labels_in(HERE))
    for path in paths:
        head, label = path.read_text(encoding="utf-8").splitlines()[:4], labels.Label.of(path)
        assert [line.partition(":")[0] for line in head] == ["# SOURCE", "# KIND", "# PLAIN KERAS", "# RIGHT"], path
        assert label.silent == ("silent" in head[1]) == ("silently" in head[2]), path
