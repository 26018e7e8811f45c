"""One line per finding."""

from dataclasses import replace

from shapeguard.records.findings import Cause, Diagnosis, Edit
from shapeguard.records.source import Span
from shapeguard.render.concise import concise


def test_a_finding_is_one_line_with_its_column_from_1(mnist, positional_stride):
    assert concise([positional_stride], cwd=mnist.cwd) == (
        "mnist.py:19:32: SG101 layer 'conv2d' (Conv2D): expected (200, 26, 26, 32), got (200, 9, 9, 32)\n"
    )


def test_a_finding_of_lint_has_the_name_of_its_rule():
    edit = Edit("d", "units", 1, 2, span=Span("./m.py", 3, 0, 3, 1))
    found = Diagnosis("SG704", "d", "", causes=(Cause("argument", (edit,)),), headline="odd", rule="keras1-keyword")
    assert concise([found], cwd="/") == "m.py:3:1: SG704 keras1-keyword: odd\n"


def test_a_text_with_line_ends_stays_on_its_line_and_one_without_a_place_has_none(positional_stride):
    found = replace(positional_stride, causes=(), declared=None, headline="a\nb")
    assert concise([found]) == "SG101 a\\nb\n"
    assert concise([]) == ""
