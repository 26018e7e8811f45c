"""Fixes change exactly the spans they name."""

import os
import stat
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, strategies

from shapeguard.records.findings import Cause, Diagnosis, Edit
from shapeguard.records.source import Span
from shapeguard.source.files import Places, SourceError, decoded, difference, read_source, write_text
from shapeguard.source.fixing import Replacement, plan, with_replacements

FILE = "train.py"


def edit(span, replacement):
    return Edit("conv2d", "strides", 3, 1, span=span, replaces=span, replacement=replacement)


def diagnosis(*edits, proven_by="rebuilt", confidence="cause", others=()):
    cause = Cause("argument", edits, confidence, proven_by=proven_by)
    return Diagnosis("SG101", "conv2d", "Conv2D", causes=(cause, *others))


SPAN = Span(FILE, 1, 11, 1, 15)


def test_a_verified_certain_cause_is_planned():
    planned = plan([diagnosis(edit(SPAN, "(3, 3)"))])
    assert planned.replacements == (Replacement(SPAN, "(3, 3)"),)
    assert planned.left == ()


def test_certain_causes_of_several_faults_are_planned_jointly_though_none_is_verified_alone():
    certain = diagnosis(edit(SPAN, "1"), proven_by=None)
    possible = diagnosis(edit(SPAN, "1"), proven_by=None, confidence="possible")
    assert plan([certain], jointly=True).replacements == (Replacement(SPAN, "1"),)
    assert plan([possible], jointly=True).replacements == ()


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (diagnosis(edit(SPAN, "1"), proven_by=None), "its fix is not verified"),
        (Diagnosis("SG190", "conv2d", "Conv2D"), "no cause was found"),
        (diagnosis(replace(edit(SPAN, "1"), replacement=None)), "its fix is not a text replacement; apply it by hand"),
        (
            diagnosis(
                edit(SPAN, "1"),
                confidence="possible",
                others=(Cause("argument", (edit(SPAN, "2"),), "possible", proven_by="rebuilt"),),
            ),
            "several fixes are possible; choose one by hand",
        ),
    ],
)
def test_what_is_not_certain_verified_and_rewritable_is_left_alone(found, reason):
    planned = plan([found])
    assert planned.replacements == ()
    assert planned.left == (f"[{found.code}] layer 'conv2d': {reason}",)


def test_one_line_that_makes_several_layers_is_one_replacement():
    assert plan([diagnosis(edit(SPAN, "1"), edit(SPAN, "1")), diagnosis(edit(SPAN, "1"))]).replacements == (
        Replacement(SPAN, "1"),
    )


def changed(raw, *replacements):
    source = decoded(FILE, raw)
    return with_replacements(source, replacements).encode(source.encoding)


def test_every_other_byte_stays():
    raw = "\ufeff# coding: utf-8\r\nx = 'ä\x0c'; Conv2D(1,3,3)\r\ny = 1\n\tz\rlast".encode()
    assert changed(raw, Replacement(Span(FILE, 2, 19, 2, 22), "(3,3)")) == raw.replace(b"3,3", b"(3,3)")


def test_a_file_in_another_encoding_stays_in_it():
    raw = "# -*- coding: latin-1 -*-\nname = 'é'; f(3)\n".encode("latin-1")
    assert changed(raw, Replacement(Span(FILE, 2, 14, 2, 15), "1")) == raw.replace(b"f(3)", b"f(1)")


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_new_lines_end_as_their_neighbours_do(ending):
    raw = f"a{ending}b{ending}".encode()
    added = Replacement(Span(FILE, 2, 0, 2, 0), "Flatten()\n")
    assert changed(raw, added) == f"a{ending}Flatten(){ending}b{ending}".encode()


def test_overlapping_fixes_are_refused():
    with pytest.raises(SourceError) as refused:
        changed(b"f(1, 2)\n", Replacement(Span(FILE, 1, 2, 1, 6), "x"), Replacement(Span(FILE, 1, 5, 1, 6), "y"))
    assert str(refused.value) == "train.py:1: two fixes overlap; nothing was written"


def test_two_insertions_at_one_place_are_refused():
    place = Span(FILE, 1, 2, 1, 2)
    with pytest.raises(SourceError):
        changed(b"f(1, 2)\n", Replacement(place, "x"), Replacement(place, "y"))


def test_several_imports_may_be_put_in_at_one_place():
    place = Span(FILE, 2, 0, 2, 0)
    lines = [Replacement(place, "import b\n"), Replacement(place, "import a\n")]
    assert changed(b"import os\nf()\n", *lines) == b"import os\nimport a\nimport b\nf()\n"


@given(
    strategies.text(strategies.characters(blacklist_categories=["Cs"], blacklist_characters="\0#"), max_size=60),
    strategies.data(),
)
def test_a_replacement_touches_nothing_outside_its_span(text, data):
    raw = text.encode()
    try:
        source = decoded(FILE, raw)
    except SourceError:  # the text happens to begin with a coding line
        return
    places = Places(source.text, FILE)
    cuts = sorted(data.draw(strategies.lists(strategies.integers(0, len(source.text)), min_size=2, max_size=2)))
    start, end = (place_of(places, cut) for cut in cuts)
    if places.offsets(Span(FILE, *start, *end)) != tuple(cuts):
        return  # between the two characters of a line ending there is no place
    new = with_replacements(source, [Replacement(Span(FILE, *start, *end), "NEW")])
    assert new == source.text[: cuts[0]] + "NEW" + source.text[cuts[1] :]


def place_of(places, offset):
    line = places.line_at(offset)
    return line, offset - sum(len(each) for each in places.lines[: line - 1])


def test_a_file_is_written_in_one_step_with_its_mode_kept(tmp_path):
    file = tmp_path / "train.py"
    file.write_bytes(b"a\r\n")
    file.chmod(0o751)
    write_text(read_source(str(file)), "b\r\n")
    assert file.read_bytes() == b"b\r\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o751
    assert [each.name for each in tmp_path.iterdir()] == ["train.py"]


def test_a_file_that_changed_is_not_written(tmp_path):
    file = tmp_path / "train.py"
    file.write_bytes(b"a\n")
    source = read_source(str(file))
    file.write_bytes(b"user's\n")
    with pytest.raises(SourceError, match="has changed since it was checked; nothing was written"):
        write_text(source, "b\n")
    assert file.read_bytes() == b"user's\n"


def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "real.py").write_bytes(b"a\n")
    (tmp_path / "link.py").symlink_to("real.py")
    write_text(read_source(str(tmp_path / "link.py")), "b\n")
    assert (tmp_path / "link.py").is_symlink()
    assert (tmp_path / "real.py").read_bytes() == b"b\n"


def test_a_difference_applies_with_patch():
    assert difference(decoded(FILE, b"a\nb"), "a\nc", FILE) == (
        "--- a/train.py\n+++ b/train.py\n@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+c\n"
        "\\ No newline at end of file\n"
    )


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b'x = "\xff"', "not readable as Python text (invalid or missing encoding declaration)"),
        (b"# coding: klingon\n", "not readable as Python text (unknown encoding: klingon)"),
        (b"x = 1\n# \xff\n" * 3, "not readable as Python text (invalid start byte)"),
        (b"a\0b", "contains null bytes, so it is not Python source"),
    ],
)
def test_a_file_that_is_no_python_text_is_named(raw, reason):
    with pytest.raises(SourceError) as refused:
        decoded(FILE, raw)
    assert str(refused.value).startswith(f"train.py: {reason.partition('(')[0]}")


def test_notebooks_are_refused_with_what_to_do():
    with pytest.raises(SourceError) as refused:
        read_source("lesson.ipynb")
    assert str(refused.value) == (
        "lesson.ipynb: notebooks are not supported; export it (jupyter nbconvert --to script) and pass that file"
    )


def test_a_folder_that_cannot_be_written_leaves_the_file(tmp_path, monkeypatch):
    file = tmp_path / "train.py"
    file.write_bytes(b"a\n")
    source = read_source(str(file))

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(SourceError, match=r"not written \(No space left on device\)"):
        write_text(source, "b\n")
    assert file.read_bytes() == b"a\n"
    assert [each.name for each in Path(tmp_path).iterdir()] == ["train.py"]


def test_a_comment_inside_the_text_to_be_replaced_is_not_swallowed():
    source = decoded("train.py", b"Conv2D(8,\n  3,  # rows\n  3)\n")
    with pytest.raises(SourceError) as refused:
        with_replacements(source, [Replacement(Span("train.py", 2, 2, 3, 3), "(3, 3)")])
    assert str(refused.value) == "train.py:2: the fix would delete a comment; apply it by hand"
    kept = with_replacements(source, [Replacement(Span("train.py", 2, 2, 3, 3), "(3,  # rows\n  3)")])
    assert kept == "Conv2D(8,\n  (3,  # rows\n  3))\n"
