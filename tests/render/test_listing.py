"""The list of expectations as text and in JSON."""

import json

import jsonschema

from shapeguard.records.expectations import ListedExpectation
from shapeguard.records.source import Span
from shapeguard.render.listing import listing, listing_document
from shapeguard.report import Report


def at(line):
    return Span("/work/model.py", line, 4, line, 20)


LISTED = (
    ListedExpectation("conv", "(None, 26, 26, 32)", "comment", declared=at(7), text="# (None, 26, 26, 32)"),
    ListedExpectation("conv", "(3, 3, 1, 32)", "expect", "weights", at(12)),
    ListedExpectation("", "", "comment", declared=at(9), text="# [-1, 1]", reason="a range"),
    ListedExpectation("last", "(B, 1)", "mapping", text="B 1"),
)
TEXT = """
expectations:
  model.py:7   conv            (None, 26, 26, 32)  comment
  model.py:12  conv (weights)  (3, 3, 1, 32)       expect
               last            (B, 1)              mapping

not read as shapes:
  model.py:9  # [-1, 1]  a range
"""


def test_what_is_read_comes_before_what_is_not():
    assert listing(LISTED, cwd="/work") == TEXT.strip("\n")


def test_without_an_expectation_the_list_says_so():
    assert listing(()) == "no shape is expected of any layer"


def test_the_list_obeys_the_documented_schema(json_schema):
    document = Report().to_dict() | {"expectations": listing_document(LISTED, cwd="/work")}
    jsonschema.validate(document, json_schema)
    assert json.loads(json.dumps(document)) == document
    assert [each["reason"] for each in document["expectations"]] == [None, None, "a range", None]
