"""The SARIF log: the parts of the 2.1.0 schema that code scanning reads, and what a fix may hold."""

import importlib.metadata
import json
import sqlite3
from contextlib import closing
from dataclasses import replace

import jsonschema
import pytest

from shapeguard.records.findings import Cause, Diagnosis, Edit
from shapeguard.records.source import Span
from shapeguard.render.sarif import sarif


def test_the_first_target_as_sarif(mnist, positional_stride):
    log = sarif([positional_stride], version="1.2.3", cwd=mnist.cwd)
    run = log["runs"][0]
    assert log["version"] == "2.1.0"
    assert run["tool"]["driver"] == {
        "name": "ShapeGuard",
        "version": "1.2.3",
        "rules": [
            {
                "id": "SG101",
                "shortDescription": {"text": "An argument of this layer"},
                "help": {"text": "`shapeguard explain SG101` prints the page of this code."},
            }
        ],
    }
    assert run["columnKind"] == "unicodeCodePoints"
    (result,) = run["results"]
    assert result["message"]["text"].startswith("[SG101] layer 'conv2d' (Conv2D): expected (200, 26, 26, 32)")
    del result["message"]
    assert result == {
        "ruleId": "SG101",
        "ruleIndex": 0,
        "level": "error",
        "locations": [place("mnist.py", 19, 32, 19, 33)],
        "relatedLocations": [
            {"id": 1, **place("mnist.py", 19, 56, 19, 75), "message": {"text": "expected shape declared here"}}
        ],
        "fixes": [
            {
                "description": {"text": "pass the kernel size as one tuple"},
                "artifactChanges": [
                    {
                        "artifactLocation": {"uri": "mnist.py"},
                        "replacements": [
                            {
                                "deletedRegion": region(19, 29, 19, 33),
                                "insertedContent": {"text": "(3, 3)"},
                            }
                        ],
                    }
                ],
            }
        ],
    }


def place(file, *numbers):
    return {"physicalLocation": {"artifactLocation": {"uri": file}, "region": region(*numbers)}}


def region(start_line, start_column, end_line, end_column):
    return {"startLine": start_line, "startColumn": start_column, "endLine": end_line, "endColumn": end_column}


def fixes(diagnosis):
    return sarif([diagnosis], version="1")["runs"][0]["results"][0].get("fixes", [])


def test_an_unverified_cause_is_no_fix(positional_stride):
    assert fixes(replace(positional_stride, causes=(replace(positional_stride.causes[0], proven_by=None),))) == []


def test_a_cause_with_one_edit_that_cannot_be_written_is_no_fix(positional_stride):
    cause = positional_stride.causes[0]
    split = replace(cause, edits=(*cause.edits, Edit("other", "strides", 2, 1)))
    assert fixes(replace(positional_stride, causes=(split,))) == []


def test_an_insertion_is_a_replacement_of_an_empty_region():
    at = Span("m.py", 4, 4, 4, 4)
    edit = Edit("d", "insert_before", None, "Flatten()", span=at, replaces=at, replacement="Flatten(),\n    ")
    cause = Cause("structure", (edit,), "cause", proven_by="rebuilt")
    (fix,) = fixes(Diagnosis("SG201", "d", "Dense", causes=(cause,)))
    assert fix["artifactChanges"][0]["replacements"] == [
        {"deletedRegion": region(4, 5, 4, 5), "insertedContent": {"text": "Flatten(),\n    "}}
    ]


def test_two_layers_of_one_span_are_one_replacement(positional_stride):
    cause = positional_stride.causes[0]
    twice = replace(cause, edits=(cause.edits[0], replace(cause.edits[0], layer="conv2d_1")))
    (fix,) = fixes(replace(positional_stride, causes=(twice,)))
    assert len(fix["artifactChanges"][0]["replacements"]) == 1


def test_two_causes_with_one_replacement_are_one_fix(positional_stride):
    assert len(fixes(replace(positional_stride, causes=positional_stride.causes * 2))) == 1


def test_a_diagnosis_without_a_place_has_no_location():
    (result,) = sarif([Diagnosis("SG190", "d", "Dense")], version="1")["runs"][0]["results"]
    assert set(result) == {"ruleId", "ruleIndex", "level", "message"}


def test_a_suspicious_call_is_a_warning():
    assert sarif([Diagnosis("SG701", "d", "Dense")], version="1")["runs"][0]["results"][0]["level"] == "warning"


def test_a_path_is_a_uri(tmp_path):
    inside, outside = Span(str(tmp_path / "a dir" / "ö.py"), 1, 0, 1, 1), Span("/else where/m.py", 1, 0, 1, 1)
    log = sarif(
        [Diagnosis("SG190", "d", "D", declared=span) for span in (inside, outside)], version="1", cwd=str(tmp_path)
    )
    uris = [
        result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for result in log["runs"][0]["results"]
    ]
    assert uris == ["a%20dir/%C3%B6.py", "file:///else%20where/m.py"]


def test_each_code_is_one_rule_and_each_result_points_to_its_own():
    codes = ["SG601", "SG101", "SG601"]
    run = sarif([Diagnosis(code, "d", "D") for code in codes], version="1")["runs"][0]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == ["SG101", "SG601"]
    assert [rules[result["ruleIndex"]]["id"] for result in run["results"]] == codes


@pytest.fixture(scope="module")
def published():
    """The published schema of SARIF 2.1.0, out of schemastore's answers of the web: text inside of pickles."""
    distribution = importlib.metadata.distribution("schemastore")
    title = b"Static Analysis Results Format (SARIF) Version 2.1.0 JSON Schema"
    with closing(sqlite3.connect(distribution.locate_file("schemastore/cache.sqlite"))) as answers:
        (answer,) = answers.execute("SELECT value FROM responses WHERE instr(value, ?)", (title,)).fetchone()
    start = answer.rindex(b"{", 0, answer.index(title))
    schema, _ = json.JSONDecoder().raw_decode(answer[start:].decode(errors="replace"))
    return jsonschema.Draft7Validator(schema, format_checker=jsonschema.FormatChecker())


def test_every_kind_of_log_obeys_the_published_schema(published, mnist, positional_stride):
    at = Span("m.py", 4, 4, 4, 4)
    edit = Edit("d", "insert_before", None, "Flatten()", span=at, replaces=at, replacement="Flatten(),\n    ")
    insertion = Diagnosis("SG201", "d", "Dense", causes=(Cause("structure", (edit,), "cause", proven_by="rebuilt"),))
    elsewhere = Diagnosis("SG190", "d", "D", declared=Span("/else where/m.py", 1, 0, 1, 1))
    for found in (
        [],
        [positional_stride],
        [insertion],
        [Diagnosis("SG701", "d", "Dense"), positional_stride, elsewhere],
    ):
        published.validate(json.loads(json.dumps(sarif(found, version="1.2.3", cwd=mnist.cwd))))


def test_the_published_schema_refuses_what_is_no_log(published):
    with pytest.raises(jsonschema.ValidationError):
        published.validate({"version": "2.1.0", "runs": [{"results": []}]})
