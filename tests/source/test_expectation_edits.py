"""A declaration that is wrong is written anew in its own form."""

import pytest

from shapeguard.records.expectations import Expectation
from shapeguard.records.source import Span
from shapeguard.source.expectation_edits import declared_anew
from shapeguard.spec import parse

# the line, what of it declares "B 6 6 2", the origin, and what the line becomes for "B 4 4 2"
CASES = {
    "a comment": ("x = f(x)  # (B, 6, 6, 2)", "# (B, 6, 6, 2)", "comment", "x = f(x)  # (B, 4, 4, 2)"),
    "a comment with words": (
        "x = f(x)  # output: [B, 6, 6, 2]",
        "# output: [B, 6, 6, 2]",
        "comment",
        "x = f(x)  # output: [B, 4, 4, 2]",
    ),
    "a comment without brackets": ("x = f(x)  # B 6 6 2", "# B 6 6 2", "comment", "x = f(x)  # (B, 4, 4, 2)"),
    "a comment without the batch": ("x = f(x)  # (6, 6, 2)", "# (6, 6, 2)", "comment", "x = f(x)  # (4, 4, 2)"),
    "an annotation": (
        "x: Annotated[Any, 'B 6 6 2'] = f(x)",
        "Annotated[Any, 'B 6 6 2']",
        "annotation",
        "x: Annotated[Any, 'B 4 4 2'] = f(x)",
    ),
    "a mapping": ('m = {"a": ("B", 6, 6, 2)}', '("B", 6, 6, 2)', "mapping", 'm = {"a": ("B", 4, 4, 2)}'),
    "a call of expect": ('expect(x, "B 6 6 2")', 'expect(x, "B 6 6 2")', "expect", 'expect(x, "B 4 4 2")'),
}


def declaration(tmp_path, line, part, origin, spec="B 6 6 2"):
    file = tmp_path / "program.py"
    file.write_text(f"{line}\n")
    start = line.index(part)
    place = Span(str(file), 1, start, 1, start + len(part))
    return Expectation("a", parse(spec), declared=place, origin=origin, text=part)


@pytest.mark.parametrize(("line", "part", "origin", "meant"), CASES.values(), ids=CASES)
def test_a_declaration_keeps_its_form(line, part, origin, meant, tmp_path):
    change = declared_anew(declaration(tmp_path, line, part, origin), parse("B 4 4 2"))
    span = change.replaces
    assert change.text == change.replacement
    assert line[: span.column] + change.replacement + line[span.end_column :] == meant


HIDDEN = {
    "an f-string": ("x: Annotated[Any, f'B {h} 6 2'] = f(x)", "Annotated[Any, f'B {h} 6 2']", "annotation"),
    "a variable": ("m = {'a': SHAPE}", "SHAPE", "mapping"),
    "a contract": ('{"output": "B 6 6 2"}', '"B 6 6 2"', "contract"),
    "two alike": ("expect(x, 'B 6 6 2', weights='B 6 6 2')", "expect(x, 'B 6 6 2', weights='B 6 6 2')", "expect"),
}


@pytest.mark.parametrize(("line", "part", "origin"), HIDDEN.values(), ids=HIDDEN)
def test_a_declaration_that_the_source_does_not_show_has_no_text(line, part, origin, tmp_path):
    assert declared_anew(declaration(tmp_path, line, part, origin), parse("B 4 4 2")) is None
