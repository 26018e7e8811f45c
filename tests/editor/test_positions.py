"""Columns in the units of an editor, and the changes that it reports."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shapeguard.editor.positions import Change, Place, changed, column_at, place_at, unit_at, units

WIDE = 'name = "日本🙂é"; x = 1\n'
ENCODINGS = ("utf-8", "utf-16", "utf-32")


def test_a_column_behind_wide_characters_has_other_units_in_each_encoding():
    column = WIDE.index(";")
    assert [unit_at([WIDE], Place(1, column), encoding) for encoding in ENCODINGS] == [21, 14, 13]
    assert [column_at(WIDE, unit, encoding) for unit, encoding in zip((21, 14, 13), ENCODINGS, strict=True)] == [13] * 3


@given(st.text(alphabet=st.characters(exclude_categories=("Cs",), exclude_characters="\r\n")), st.data())
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_column_comes_back_from_its_units(encoding, line, data):
    column = data.draw(st.integers(0, len(line)))
    assert column_at(line, units(line[:column], encoding), encoding) == column


def test_a_unit_beyond_the_line_is_its_end_whatever_ends_it():
    assert place_at(["ab\r\n"], 0, 99, "utf-16") == Place(1, 2)
    assert place_at(["ab"], 0, 99, "utf-16") == Place(1, 2)
    assert place_at(["ab"], 5, 3, "utf-16") == Place(6, 0)


def test_half_a_surrogate_pair_counts_as_one_unit():
    assert units("\ud83d", "utf-16") == 1
    assert units("\ud83d", "utf-8") == 3


def test_changes_follow_each_other():
    text = changed("a = 1\nb = 2\n", [Change("22", (1, 4), (1, 5)), Change("x", (0, 0), (0, 1))], "utf-16")
    assert text == "x = 1\nb = 22\n"
    assert changed(text, [Change("new")], "utf-16") == "new"


def test_a_change_behind_a_wide_character_is_made_in_its_units():
    assert changed('x = "🙂"; y = 1\n', [Change("2", (0, 14), (0, 15))], "utf-16") == 'x = "🙂"; y = 2\n'
    assert changed('x = "🙂"; y = 1\n', [Change("2", (0, 16), (0, 17))], "utf-8") == 'x = "🙂"; y = 2\n'


def test_lines_end_where_editors_and_python_end_them():
    assert changed("a\x0cb\r\nc = 1\n", [Change("2", (1, 4), (1, 5))], "utf-16") == "a\x0cb\r\nc = 2\n"


def test_a_change_at_the_end_is_appended():
    assert changed("a", [Change("\nb", (0, 1), (0, 1))], "utf-16") == "a\nb"
    assert changed("a\n", [Change("b", (1, 0), (1, 0))], "utf-16") == "a\nb"
