"""What is stated of a program is what real Keras gives when it runs."""

import pathlib

import pytest
from benchmarks.static import faults, is_named_first, label_of, right_programs
from helpers.keras_shapes import observed
from helpers.static_shapes import compared
from helpers.whole_programs import text_of

from shapeguard.static.program import read_program

CORPUS = pathlib.Path(__file__).parents[1] / "corpus"
PROGRAMS = (
    "204_seven_by_nine_board.py",
    "212_classes_counted_from_one.py",
    "318_seq2seq_attention_end_to_end.py",
    "clean_feature_pyramid.py",
    "clean_patch_transformer.py",
    "clean_squeeze_excite.py",
    "clean_vgg_channels_first.py",
    "in_call/right/005_diffusion_unet.py",
    "in_call/right/008_mlp_mixer.py",
    "in_call/right/013_se_resnet.py",
)


@pytest.mark.parametrize("name", PROGRAMS)
def test_every_size_that_is_stated_is_that_of_keras(name):
    path = str(CORPUS / name)
    places, _ = observed(path)
    score = compared(path, text_of(path), [[*place, calls] for place, calls in places.items()])
    assert score.wrong == []
    assert score.sizes > 0
    assert score.ranked >= 0.8 * score.calls, score.missing


@pytest.mark.parametrize(
    "path", sorted([*CORPUS.glob("clean_*.py"), *CORPUS.glob("in_call/right/*.py")]), ids=lambda path: path.stem
)
def test_a_correct_program_gets_no_alarm(path):
    for expected in (False, True):
        assert read_program(str(path), text_of(path, expected=expected)).diagnoses == ()


@pytest.mark.parametrize("program", right_programs(), ids=lambda program: program.name)
def test_a_right_program_of_the_docs_gets_no_alarm(program):
    assert read_program(program.name, program.text).diagnoses == ()


def test_most_faults_are_found_without_running():
    found = faults([*CORPUS.glob("[0-9]*.py"), *CORPUS.glob("in_call/[0-9]*.py")])
    assert {kind: share.found >= 0.75 * share.all for kind, share in found.items()} == dict.fromkeys(found, True)


def test_the_first_cause_by_formula_is_often_one_that_the_label_accepts():
    labels = [label_of(path) for path in sorted(CORPUS.glob("[0-9]*.py"))]
    told = [label for label in labels if label is not None]
    right = [label for label in told if is_named_first(label)]
    assert len(right) >= 0.55 * len(told)
