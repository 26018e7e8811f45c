"""The short form of a report: a thousand bytes a finding, with edits that `shapeguard verify` takes."""

import json

from shapeguard.records.findings import Cause, Diagnosis, Edit
from shapeguard.records.source import Span
from shapeguard.render.brief import MOST_BYTES, brief


def test_a_finding_has_its_place_its_edits_and_its_proof(positional_stride, program):
    cwd = positional_stride.causes[0].edits[0].span.file.rpartition("/")[0]
    (finding,) = brief([positional_stride], ok=False, cwd=cwd)["findings"]
    edit = positional_stride.causes[0].edits[0]
    assert finding == {
        "code": "SG101",
        "file": "mnist.py",
        "line": edit.span.line,
        "column": edit.span.column,
        "layer": "conv2d",
        "argument": "strides",
        "edits": [
            {
                "replaces": {
                    "file": "mnist.py",
                    "line": edit.replaces.line,
                    "column": edit.replaces.column,
                    "end_line": edit.replaces.end_line,
                    "end_column": edit.replaces.end_column,
                },
                "replacement": edit.replacement,
            }
        ],
        "proven_by": "rebuilt",
    }


def test_what_is_not_known_has_no_key():
    assert brief([Diagnosis("SG190", "dense", "Dense")], ok=False) == {
        "schema_version": 2,
        "ok": False,
        "findings": [{"code": "SG190", "layer": "dense"}],
    }
    assert brief([], ok=True)["findings"] == []


def test_a_finding_never_takes_more_than_its_bytes():
    place = Span("/a/train.py", 1, 0, 1, 4)
    edits = tuple(
        Edit("x" * 300, "units", 1, 2, span=place, replaces=Span("/a/train.py", n, 0, n, 4), replacement="\u540d" * 40)
        for n in range(1, 9)
    )
    (finding,) = brief([Diagnosis("SG101", "x", "Dense", causes=(Cause("argument", edits),))], ok=False, cwd="/a")[
        "findings"
    ]
    assert len(json.dumps(finding).encode()) <= MOST_BYTES
    assert sorted(finding) == ["argument", "code", "column", "file", "layer", "line"]
