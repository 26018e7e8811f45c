"""Faults inside `call`, as people wrote them: a sample in every run, all of them where slow tests run."""

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
PUBLISHED = json.loads((in_call.HERE / "score.json").read_text(encoding="utf-8"))
SAMPLE = (
    "002_last_state_attention",
    "013_pixel_shuffle_three",
    "017_expert_gate_axis",
    "019_wgan_alpha",
    "034_label_embedding_product",
    "039_lstm_three_gates",
    "right/003_vit",
    "right/010_own_rnn_cell",
    "right/020_moe",
)


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    return asked(tmp_path_factory.mktemp("sample"), "--only", *SAMPLE)


@pytest.fixture(scope="module")
def everything(tmp_path_factory):
    return asked(tmp_path_factory.mktemp("everything"))


def asked(folder, *words):
    """The answers, from a process of its own, where TensorFlow has not worked yet: it does not survive a fork."""
    command = [sys.executable, "-m", "corpus.in_call", *words, "--json", folder / "score.json"]
    subprocess.run(command, cwd=pathlib.Path(__file__).parents[1], check=True, capture_output=True)
    rows = json.loads((folder / "score.json").read_text(encoding="utf-8"))["answers"]
    return [scoring.Answer(**row) for row in rows]


def is_as_published(answers):
    """Holds answers against the laws of this corpus, and against those that are published."""
    assert {a.name: a.error for a in answers if a.error} == {}
    assert [(a.name, a.exit, a.words) for a in answers if a.right and (a.exit or a.code or a.words)] == []
    assert [a.name for a in answers if not a.right and not a.silent and not a.code] == []
    assert [f"{a.name}: {each}" for a in answers for each in a.broken] == []
    names = {a.name for a in answers}
    published = [scoring.Answer(**row) for row in PUBLISHED["answers"] if row["name"] in names]
    assert {a.name for a in published} == names
    crashing = {a.name for a in answers if not a.silent}
    right_now, right_then = ({a.name for a in each if a.first} & crashing for each in (answers, published))
    assert len(right_now) >= len(right_then), right_then - right_now
    assert sum(a.placed for a in answers) >= sum(a.placed for a in published)


def test_a_sample_is_explained_and_what_is_promised_of_it_holds(sample):
    assert {a.name for a in sample} == set(SAMPLE)
    assert sum(a.promises for a in sample) > 0
    is_as_published(sample)


@pytest.mark.slow
def test_every_program_is_explained_and_what_is_promised_of_it_holds(everything):
    assert len(everything) == 60
    is_as_published(everything)


def test_the_published_figures_are_those_of_the_published_answers():
    answers = [scoring.Answer(**row) for row in PUBLISHED["answers"]]
    assert in_call.figures(answers) == PUBLISHED["figures"]
    assert {a.name for a in answers} == {scoring.named(path).name for path in in_call.programs()}
    page = in_call.HERE.parents[2] / "docs" / "explanation" / "figures.md"
    assert in_call.table(PUBLISHED["figures"]) in page.read_text(encoding="utf-8")


def test_every_faulty_program_has_a_head_and_a_label_whose_places_are_in_it():
    paths = [path for path in in_call.programs() if path.parent == in_call.HERE]
    assert {path.stem for path in paths} == set(labels.labels_in(in_call.HERE))
    for path in paths:
        head, label = path.read_text(encoding="utf-8").splitlines()[:5], labels.Label.of(path)
        assert [line.partition(":")[0] for line in head[:4]] == ["# SOURCE", "# KIND", "# PLAIN KERAS", "# RIGHT"], path
        assert label.silent == ("silent" in head[1]) == ("silently" in head[2]), path
        assert label.no_argument == ("no single argument" in head[1]), path
        for piece in {at for repair in label.accept for edit in repair for at in edit.get("at", ())}:
            lines = [n for n, line in enumerate(label.lines) if piece in line and not line.startswith("# ")]
            assert len(lines) == 1, (path, piece)


EDIT = {
    "argument": "axis",
    "value": 1,
    "suggestion": -1,
    "replacement": "axis=-1",
    "corrected": "ops.expand_dims(self.gate(x), axis=-1)",
    "span": {"line": 2, "end_line": 2},
    "replaces": None,
}


@pytest.mark.parametrize(
    ("accepted", "changed", "is_right"),
    [
        ({"at": ["expand"], "argument": "axis", "suggestion": ["-1", "2"]}, {}, True),
        ({"at": ["expand"], "argument": "axis", "suggestion": ["2"]}, {}, False),
        ({"at": ["gate = "], "argument": "axis", "suggestion": ["-1"]}, {}, False),
        ({"argument": "shape", "suggestion": ["(2, 3)"]}, {"argument": "shape", "suggestion": [2, 3]}, True),
        ({"writes": ["x[..., None]"]}, {"replacement": "x[...,None]"}, True),
        ({"writes": ["x[..., None]"]}, {"replacement": "max[..., None]"}, False),
        ({"class": ["Flatten"]}, {"argument": "insert_before", "suggestion": "layers.Flatten()"}, True),
        ({"class": ["Flatten"]}, {"argument": "insert_before", "suggestion": "layers.Reshape((2,))"}, False),
        ({"kind": "inputs"}, {}, False),
    ],
)
def test_an_edit_is_right_where_it_is_all_that_the_label_says(accepted, changed, is_right):
    lines = ["gate = 4", "g = ops.expand_dims(self.gate(x), axis=1)"]
    label = labels.Label([[accepted]], silent=False, no_argument=False, lines=lines)
    assert label.accepts({"kind": "argument", "edits": [{**EDIT, **changed}]}) == is_right


def test_a_cause_is_right_with_all_edits_of_a_repair_and_no_other():
    both = [{"argument": "axis"}, {"argument": "shape"}]
    label = labels.Label([both], silent=False, no_argument=False, lines=[])
    shape = {**EDIT, "argument": "shape"}
    assert label.accepts({"kind": "argument", "edits": [shape, EDIT]})
    assert label.accepts({"kind": "argument", "edits": [shape, EDIT, {**EDIT, "argument": "import"}]})
    assert not label.accepts({"kind": "argument", "edits": [EDIT]})
    assert not label.accepts({"kind": "argument", "edits": [EDIT, EDIT]})
    assert not label.accepts({"kind": "argument", "edits": [EDIT, shape, shape]})
