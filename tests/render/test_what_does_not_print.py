"""Control characters, lone surrogates and marks of direction, in every text of a report and in every output format."""

import copy
import json
import warnings
from pathlib import Path

import pytest

from shapeguard.errors import ExpectationError, SpecError
from shapeguard.explanation import Explanation
from shapeguard.legible import legible, printable
from shapeguard.matching.contracts import Entry, read, write
from shapeguard.records.derivations import ExplainedCall, Given, Size
from shapeguard.records.findings import Cause, Diagnosis, Edit, Row
from shapeguard.records.source import Span
from shapeguard.render.formats import formats_by_suffix
from shapeguard.render.notebook import fragment
from shapeguard.report import Report, ShapeMismatchError
from shapeguard.spec import parse
from shapeguard.strict import ShapeGuardWarning

NASTY = {
    "colour": "\x1b[31mred",
    "terminal title": "\x1b]0;title\x07",
    "line feed": "a\nb",
    "carriage return": "a\rb",
    "both": "a\r\n::error::b",
    "null": "a\x00b",
    "backspace": "a\x08\x7f",
    "C1 control": "a\x9b31m",
    "vertical tab": "a\x0b\x0cb",
    "separators": "a\x1c\x85\u2028\u2029b",
    "right to left": "a\u202eb\u2066c\u200f",
    "zero width": "a\u200bb\ufeff",
    "lone surrogate": "a\ud800b",
    "reversed surrogates": "a\udc00\ud800b",
    "not a character": "a\uffff\U000e0001b",
}


def report_of(nasty, folder):
    """A report with the text in each place that other people's text can come from."""
    file = str(folder / "x.py")
    Path(file).write_bytes(f"model.add(Dense(3))  # {nasty}\n".encode("utf-8", "replace"))
    span = Span(file, 1, 10, 1, 18)
    elsewhere = Span(f"{folder}/{nasty}.py", 1, 0, 1, 4)
    edits = (
        Edit(nasty, nasty, nasty, nasty, nasty, (nasty,), (nasty, "x"), 0, True, span, span, "f(4)", nasty, (span,)),
        Edit(nasty, "insert_before", None, nasty, nasty, span=elsewhere, corrected=nasty),
    )
    texts = {"explanation": nasty, "title": nasty, "label": nasty, "fix_note": nasty, "proof": nasty}
    causes = tuple(
        Cause(kind, edits, confidence, proven_by=proof, also=(nasty,), **texts)
        for kind, confidence, proof in (("argument", "cause", "rebuilt"), ("structure", "possible", None))
    )
    rest = {"trail": nasty, "tried": nasty, "advice": nasty, "notes": (nasty,), "original": nasty, "raised_at": span}
    diagnoses = (
        Diagnosis("SG101", nasty, nasty, (nasty, 2), (3, 2), (0,), causes=causes[:1], declared=elsewhere, **rest),
        Diagnosis("SG103", nasty, nasty, headline=nasty, causes=causes, consequences=(nasty,), declared=span, **rest),
        Diagnosis("SG190", nasty, nasty, (nasty,), (3,), declared=elsewhere, tried=nasty, original=nasty),
    )
    row = Row(
        nasty, nasty, f"{nasty}/{nasty}", 1, (2,), (nasty,), {nasty: (3,)}, span, status="mismatch", derivation=(nasty,)
    )
    return Report(diagnoses, (row, row), {nasty: nasty})


def explanation_of(nasty):
    given = Given(nasty, nasty, of=nasty)
    sizes = (Size(0, nasty, 3, "derived", nasty, (given,)), Size(1, nasty, None, "open"))
    call = ExplainedCall(nasty, nasty, nasty, 1, (2,), (3,), sizes)
    return Explanation((call, ExplainedCall(nasty, nasty, nasty, 2, (2,), (3,), note=nasty)), nasty)


FORMS = {
    "str": str,
    "repr": repr,
    "message": lambda report: report.message(width=40),
    "each message": lambda report: "\n".join(Report((each,)).message() for each in report.diagnoses),
    "simple": Report.to_table,
    "rounded_outline": lambda report: report.to_table("rounded_outline", width=60),
    "github table": lambda report: report.to_table("github"),
    "html table": lambda report: report.to_table("html"),
    "html": Report.to_html,
    "notebook": lambda report: fragment(report.diagnoses, report.rows, ok=False),
    "svg": Report.to_svg,
    "markdown": Report.to_markdown,
    "json": Report.to_json,
    "sarif": Report.to_sarif,
    "github": Report.to_github,
}


def assert_legible(text):
    text.encode("utf-8")
    allowed = "\n\N{NO-BREAK SPACE}"  # which the page puts into its own cells
    assert {character for character in text if not character.isprintable()} <= set(allowed)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("nasty", NASTY)
def test_no_format_of_a_report_shows_what_does_not_print(tmp_path, monkeypatch, nasty, form):
    monkeypatch.chdir(tmp_path)
    assert_legible(FORMS[form](report_of(NASTY[nasty], tmp_path)))


@pytest.mark.parametrize("nasty", NASTY)
def test_no_form_of_an_explanation_shows_what_does_not_print(nasty):
    explanation = explanation_of(NASTY[nasty])
    forms = [explanation.to_table(form) for form in ("simple", "github", "html", "rounded_outline")]
    for text in (str(explanation), repr(explanation), explanation._repr_html_(), *forms):
        assert_legible(text)
    assert_legible(json.dumps(explanation.to_dict(), ensure_ascii=True))


@pytest.mark.parametrize("nasty", NASTY)
@pytest.mark.parametrize("suffix", formats_by_suffix())
def test_every_file_is_written_in_utf_8(tmp_path, monkeypatch, nasty, suffix):
    monkeypatch.chdir(tmp_path)
    report_of(NASTY[nasty], tmp_path).write(f"report{suffix}")
    assert_legible(Path(f"report{suffix}").read_bytes().decode("utf-8"))


@pytest.mark.parametrize("nasty", NASTY)
def test_json_and_sarif_hold_no_half_of_a_pair_that_other_readers_refuse(tmp_path, nasty):
    report = report_of(NASTY[nasty], tmp_path)
    for text in (report.to_json(), report.to_sarif()):
        json.dumps(json.loads(text), ensure_ascii=False).encode("utf-8")
    json.dumps(report.to_dict(), ensure_ascii=False).encode("utf-8")


def test_a_layer_name_in_json_is_the_name_itself(tmp_path):
    assert report_of("a\x1b\u202eb", tmp_path).to_dict()["diagnoses"][0]["layer"] == "a\x1b\u202eb"


@pytest.mark.parametrize("nasty", NASTY)
@pytest.mark.parametrize("kind", [ShapeMismatchError, SpecError, ExpectationError, ShapeGuardWarning])
def test_no_error_of_ours_shows_what_does_not_print(nasty, kind):
    error = kind(f"layer {NASTY[nasty]}\n  of two lines")
    assert_legible(str(error))
    assert str(error).endswith("\n  of two lines")
    assert repr(copy.copy(error)) == repr(error)


@pytest.mark.parametrize("nasty", NASTY)
@pytest.mark.parametrize(
    "form", ["{} 3", "({}, 3)", "B {{{}}}", "{}=3", lambda nasty: (nasty, 3), lambda nasty: {nasty: 3.5}]
)
def test_no_refused_spec_shows_what_does_not_print(nasty, form):
    with pytest.raises(SpecError) as caught:
        parse(form.format(f"[{NASTY[nasty]}") if isinstance(form, str) else form(NASTY[nasty] + "*"))
    assert_legible(str(caught.value))


def test_the_caret_stands_behind_what_was_escaped():
    with pytest.raises(SpecError) as caught:
        parse("\x1b[B 26")
    _, shown, caret, _ = str(caught.value).split("\n")
    assert (shown[:6], shown[caret.index("^")]) == ("  \\x1b", "[")


@pytest.mark.parametrize("nasty", NASTY)
def test_a_warning_shows_nothing_that_does_not_print(nasty):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        warnings.warn(f"layer {NASTY[nasty]}", ShapeGuardWarning, stacklevel=1)
    assert_legible(str(caught[0].message))


@pytest.mark.parametrize("nasty", NASTY)
def test_a_contract_comes_back_with_the_same_layer_names(tmp_path, nasty):
    file = tmp_path / "shapes.json"
    write(file, [Entry(NASTY[nasty], "Dense", parse("None 3")), Entry("größe", "Dense", parse("None 4"))])
    text = file.read_bytes().decode("utf-8")
    assert_legible(text)
    assert "größe" in text
    assert [each.target for each in read(file)] == [NASTY[nasty], "größe"]


@pytest.mark.parametrize("nasty", NASTY)
def test_a_contract_that_cannot_be_there_is_refused_legibly(tmp_path, nasty):
    with pytest.raises(ExpectationError) as caught:
        read(f"{tmp_path}/{NASTY[nasty]}.json")
    assert_legible(str(caught.value))


def test_letters_of_every_script_stay_as_they_are():
    text = "größe שלום 名前 🙂\n  e\N{COMBINING ACUTE ACCENT}"
    assert legible(text) == text
    assert printable("a\u202e") == "a\\u202e"
