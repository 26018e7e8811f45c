"""`Report`: each form, and what is common to them."""

import json
import subprocess
import sys
from dataclasses import replace

import jsonschema
import pytest

from shapeguard.records.findings import Cause, Diagnosis, Edit, Row, Search
from shapeguard.records.source import Opaque, Span
from shapeguard.render.formats import formats_by_suffix
from shapeguard.report import Report


@pytest.fixture
def report(positional_stride, mnist_rows, mnist, monkeypatch):
    monkeypatch.chdir(mnist.cwd)
    return Report((positional_stride,), mnist_rows, {"B": 200}, Search("complete", 12, 1, {"argument": 12}))


def test_an_empty_report_is_fine_and_every_form_of_it_comes_out(tmp_path):
    empty = Report()
    assert empty.ok
    assert str(empty) == ""
    assert empty.to_github() == ""
    assert empty.to_markdown() == "## ShapeGuard: no expectations\n"
    for suffix in formats_by_suffix():
        empty.write(tmp_path / f"report{suffix}")


def test_the_text_is_the_message_above_the_table(report):
    assert str(report) == f"{report.message()}\n\n{report.to_table()}"
    assert report.message().startswith("[SG101] layer 'conv2d' (Conv2D): expected (200, 26, 26, 32)")


def test_the_text_is_as_wide_as_the_terminal_that_it_is_printed_on(report, monkeypatch):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    for columns in (40, 80):
        monkeypatch.setenv("COLUMNS", str(columns))
        assert str(report) == f"{report.message(width=columns)}\n\n{report.to_table(width=columns)}"
        assert max(map(len, report.to_table(width=columns).splitlines())) <= columns


def test_a_report_with_a_mismatch_is_not_ok(report):
    assert not report.ok
    assert not Report(rows=report.rows).ok
    assert Report(rows=report.rows[1:]).ok


def test_the_json_text_reads_back_as_the_dict(report):
    assert json.loads(report.to_json()) == report.to_dict()


def test_paths_in_json_are_relative_and_the_computed_words_are_in_it(report):
    found = report.to_dict()
    diagnosis = found["diagnoses"][0]
    assert found["schema_version"] == 2
    assert diagnosis["headline"] == ("[SG101] layer 'conv2d' (Conv2D): expected (200, 26, 26, 32), got (200, 9, 9, 32)")
    assert diagnosis["declared"] == {"file": "mnist.py", "line": 19, "column": 55, "end_line": 19, "end_column": 74}
    assert {key: diagnosis["causes"][0][key] for key in ("layer", "argument", "value", "suggestion")} == {
        "layer": "conv2d",
        "argument": "strides",
        "value": [3, 3],
        "suggestion": [1, 1],
    }
    assert (diagnosis["causes"][0]["verified"], diagnosis["causes"][0]["proven_by"]) == (True, "rebuilt")
    assert found["search"] == {"status": "complete", "candidates": 12, "verified": 1, "families": {"argument": 12}}


def test_what_json_has_no_word_for_becomes_text():
    edit = Edit("a", "initializer", Opaque("<Zeros object>"), {1: float("nan"), "f": len, "n": None, "t": True})
    causes = Report((Diagnosis("SG101", "a", "T", causes=(Cause("argument", (edit,)),)),)).to_dict()["diagnoses"][0]
    assert causes["causes"][0]["value"] == "<Zeros object>"
    assert causes["causes"][0]["suggestion"] == {
        "1": "nan", "f": "<built-in function len>", "n": None, "t": True
    }  # fmt: skip


def test_the_json_obeys_the_documented_schema(report, json_schema):
    jsonschema.validate(report.to_dict(), json_schema)
    jsonschema.validate(Report().to_dict(), json_schema)


def test_the_documented_schema_refuses_what_is_not_in_it(report, json_schema):
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(report.to_dict() | {"novelty": 1}, json_schema)


def test_a_suffix_without_a_form_is_refused_with_those_that_have_one(report):
    with pytest.raises(ValueError, match="pdf") as caught:
        report.write("report.pdf")
    assert str(caught.value) == (
        "the name of a report file must end in .html, .json, .md, .sarif, .svg, .txt; got 'report.pdf'"
    )


def test_each_suffix_writes_its_form_in_utf_8(report, tmp_path):
    forms = {
        ".html": report.to_html(),
        ".json": report.to_json(),
        ".md": report.to_markdown(),
        ".sarif": report.to_sarif(),
        ".svg": report.to_svg(),
        ".txt": f"{report}\n",
    }
    assert sorted(forms) == list(formats_by_suffix())
    for suffix, text in forms.items():
        path = tmp_path / f"out{suffix.upper()}"
        report.write(path)
        assert path.read_bytes() == text.encode()


def test_every_form_is_the_same_the_second_time(report):
    for form in (
        report.to_html,
        report.to_json,
        report.to_markdown,
        report.to_sarif,
        report.to_svg,
        report._repr_html_,
    ):
        assert form() == form()


def test_a_report_with_lone_surrogates_and_control_characters_can_be_written(tmp_path):
    row = Row("\udc80\x00\n", "T\x1b", "\udc80\x00\n", 1, (1,), ("B",), (2,), status="mismatch")
    hostile = Report((Diagnosis("SG101", "\udc80\x00\n", "T\x1b", ("\udc81",), (2,), (0,)),), (row,))
    for suffix in formats_by_suffix():
        hostile.write(tmp_path / f"report{suffix}")


def test_two_thousand_layers_come_out_in_every_form_in_bounded_size(tmp_path):
    rows = tuple(
        Row(f"dense_{n}", "Dense", f"dense_{n}", 1, (8, 4), None, (8, 4), Span("m.py", n, 0, n, 9),
            derivation=("units: units=4 = 4",), sources=(n - 1,) if n else ())
        for n in range(2000)
    )  # fmt: skip
    long = Report(rows=rows)
    for suffix in formats_by_suffix():
        long.write(tmp_path / f"report{suffix}")
    sizes = {suffix: (tmp_path / f"report{suffix}").stat().st_size for suffix in formats_by_suffix()}
    assert sizes[".html"] < 600_000
    assert sizes[".svg"] < 100_000
    assert sizes[".txt"] < 40_000
    assert sizes[".md"] < 40_000


def test_importing_the_report_imports_neither_a_renderer_nor_keras():
    code = (
        "import sys, shapeguard.report; "
        "print(sorted(n for n in sys.modules if n.startswith(('shapeguard.render', 'keras', 'tabulate'))))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_a_prompt_shows_the_outcome_the_headline_and_a_short_table(mnist_rows, positional_stride):
    assert repr(Report((positional_stride,), mnist_rows)) == (
        """\
Report: 1 finding
[SG101] layer 'conv2d' (Conv2D): expected (200, 26, 26, 32), got (200, 9, 9, 32)
layer          expected           actual           verdict
-------------  -----------------  ---------------  --------------
conv2d         (200, 26, 26, 32)  (200, 9, 9, 32)  MISMATCH
max_pooling2d                     (200, 4, 4, 32)  no expectation"""
    )


def test_of_many_rows_a_prompt_shows_the_ends_and_those_that_disagree():
    rows = [Row(f"d{n}", "Dense", f"d{n}", 1, (1,), None, (1,)) for n in range(500)]
    rows[300] = replace(rows[300], status="mismatch", expected=(2,))
    text = repr(Report((), tuple(rows)))
    assert len(text) < 1500
    assert "d300" in text
    assert text.count("more ...") == 2


def test_an_empty_report_is_one_line_at_a_prompt():
    assert repr(Report()) == "Report: no expectations"
