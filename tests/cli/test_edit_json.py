"""Edits as JSON: what `verify --edit` takes and what it refuses."""

import json

import pytest

from shapeguard.cli.common_options import CannotRunError
from shapeguard.cli.edit_json import replacements_in
from shapeguard.records.source import Span
from shapeguard.source.fixing import Replacement

PLACE = {"line": 2, "column": 4, "end_line": 2, "end_column": 9}


def test_a_place_is_nested_or_flat_and_the_file_is_the_programs_unless_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    edits = [
        {"replaces": PLACE, "replacement": "x"},
        {**PLACE, "replacement": "y"},
        {"replaces": {**PLACE, "file": "models/a.py"}, "replacement": "", "layer": "dense"},
    ]
    assert replacements_in(json.dumps(edits), "train.py") == [
        Replacement(Span(str(tmp_path / "train.py"), 2, 4, 2, 9), "x"),
        Replacement(Span(str(tmp_path / "train.py"), 2, 4, 2, 9), "y"),
        Replacement(Span(str(tmp_path / "models" / "a.py"), 2, 4, 2, 9), ""),
    ]


REFUSED = {
    "[": "--edit: not valid JSON (Expecting value: line 1 column 2 (char 1))",
    "[]": "--edit: a JSON list of edits is needed, with at least one",
    '{"line": 1}': "--edit: a JSON list of edits is needed, with at least one",
    "[1]": '--edit: edit 1: "replaces" and "replacement" are needed, and one of them is missing or null',
    '[{"replaces": null, "replacement": "x"}]': (
        '--edit: edit 1: "replaces" and "replacement" are needed, and one of them is missing or null'
    ),
    '[{"line": 1, "column": 0, "end_line": 1, "replacement": ""}]': (
        '--edit: edit 1: "end_column" is not a whole number'
    ),
    '[{"line": true, "column": 0, "end_line": 1, "end_column": 2, "replacement": "x"}]': (
        '--edit: edit 1: "line" is not a whole number'
    ),
    '[{"file": 3, "line": 1, "column": 0, "end_line": 1, "end_column": 2, "replacement": "x"}]': (
        '--edit: edit 1: "file" is not a path'
    ),
    '[{"file": "../a.py", "line": 1, "column": 0, "end_line": 1, "end_column": 2, "replacement": "x"}]': (
        "--edit: edit 1: ../a.py is outside the working directory"
    ),
}


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_no_edit_is_refused_in_one_line(text, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(CannotRunError) as refused:
        replacements_in(text, "train.py")
    assert str(refused.value) == REFUSED[text]
