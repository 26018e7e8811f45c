"""What a guard says when all is well, when nothing was expected, and where it writes its report."""

import io
import json
import sys

import pytest
from helpers.guarding import (
    BACKEND,
    MISMATCH,
    NOTHING,
    Subclassed,
    classifier,
    compiled_for_labels,
    fitted,
    guard,
    images,
    ours,
    outcome,
)

from shapeguard import ShapeGuard, expect
from shapeguard.guard import preflight
from shapeguard.render.formats import formats_by_suffix
from shapeguard.strict import ShapeGuardWarning
from shapeguard.trace import steps

ONE_LINE = "ShapeGuard: 1 of 4 layers has an expectation; all match\n"


@pytest.mark.parametrize(
    "make", [classifier, lambda: classifier(deferred=True), lambda: compiled_for_labels(Subclassed())]
)
def test_nothing_expected_is_one_warning_a_fit_although_it_validates(make):
    model = make()
    told = outcome(lambda: fitted(model, ShapeGuard(), ShapeGuard(), epochs=2, validation_data=images(16)))[1]
    assert len(told) == 1
    assert told[0].startswith(NOTHING)


def test_nothing_expected_is_said_at_the_users_line_in_evaluate_and_predict_too():
    model, (x, y) = classifier(), images(16)
    for ask in (
        lambda: model.evaluate(x, y, verbose=0, callbacks=[ShapeGuard()]),
        lambda: model.predict(x, verbose=0, callbacks=[ShapeGuard()]),
    ):
        with pytest.warns(ShapeGuardWarning, match=NOTHING) as caught:
            ask()
        assert [each.filename for each in ours(caught)] == [__file__]


def test_a_guard_without_expectations_is_told_so_although_another_has_some():
    told = outcome(lambda: fitted(classifier(), ShapeGuard(), guard()))[1]
    assert len(told) == 1


@pytest.mark.parametrize("verbose", [0, 1])
def test_verbose_speaks_before_the_progress_bar_and_never_in_it(verbose, capsys):
    fitted(classifier(), guard(verbose=verbose), epochs=2, validation_data=images(16))
    assert capsys.readouterr().out == ONE_LINE * verbose


def test_verbose_counts_what_could_not_be_checked(capsys):
    guard = ShapeGuard({"conv": (None, 6, 6, 2), "dense": (None, 3)}, ignore=["conv"], verbose=1)
    fitted(classifier(), guard)
    told = "ShapeGuard: 2 of 4 layers have an expectation; 1 match, 1 not checked\n"
    assert capsys.readouterr().out == told


def test_verbose_speaks_after_the_progress_bar_where_only_the_first_step_tells(capsys):
    if BACKEND != "tensorflow":
        pytest.skip("elsewhere Keras builds the model before the first step")
    model = compiled_for_labels(Subclassed())
    model.fit(*images(32), batch_size=16, callbacks=[guard(verbose=1)])
    assert capsys.readouterr().out.rstrip("\n").endswith("\nShapeGuard: 1 of 3 layers has an expectation; all match")


def test_verbose_2_prints_the_table(capsys):
    x, y = images(16)
    classifier().evaluate(x, y, verbose=0, callbacks=[ShapeGuard({"conv": ("B", 6, 6, 2)}, verbose=2)])
    names = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert names[0] == "layer"
    assert names[3:] == ["conv", "flat", "dense"]


@pytest.mark.parametrize("suffix", formats_by_suffix())
def test_the_report_is_written_when_fit_starts_and_when_it_fails(suffix, tmp_path):
    file = tmp_path / "made on the way" / f"report{suffix}"
    x, y = images(16)
    classifier().evaluate(x, y, verbose=0, callbacks=[guard(to_file=file)])
    passed = file.read_text()
    assert outcome(lambda: fitted(classifier(2), guard(to_file=file)))[0] == MISMATCH
    failed = file.read_text()
    assert failed != passed
    assert "SG101" not in passed
    assert suffix == ".svg" or "SG101" in failed  # the picture marks the layers
    if suffix == ".json":
        assert json.loads(failed)["ok"] is False


def test_a_report_that_cannot_be_written_is_said_once_and_swallows_no_verdict(tmp_path):
    (tmp_path / "report.txt").mkdir()
    unwritable = {"to_file": tmp_path / "report.txt"}
    error, told = outcome(lambda: fitted(classifier(2), guard(**unwritable)))
    assert error == MISMATCH
    assert [line.partition(": [")[0] for line in told] == ["ShapeGuard: the report cannot be written"]
    error, told = outcome(lambda: fitted(classifier(), guard(**unwritable), validation_data=images(16)))
    assert (error, len(told)) == (None, 1)


def test_a_second_fit_with_the_same_expectations_looks_at_nothing_and_has_its_report(monkeypatch):
    model = fitted(classifier(), guard(), epochs=1)
    for owner, name in ((preflight, "preflight"), (steps, "watch_steps")):
        monkeypatch.setattr(owner, name, None)
    again = guard()
    fitted(model, again)
    assert [row.status for row in again.report.rows] == ["no expectation", "ok", "no expectation", "no expectation"]
    assert again.report.rows[1].expected == (16, 6, 6, 2)


def test_more_that_is_expected_since_the_first_fit_is_looked_at():
    model = fitted(classifier(), guard(), epochs=1)
    expect(model.get_layer("dense"), ("B", 4))
    assert outcome(lambda: fitted(model, guard()))[0] == ("[SG101] layer 'dense' (Dense): expected (B, 4), got (16, 3)")


def test_a_console_without_the_characters_of_a_name_ends_no_fit(monkeypatch, tmp_path):
    console = io.TextIOWrapper(io.BytesIO(), encoding="cp1252")
    file = tmp_path / "模型.py"
    text = """from helpers.guarding import *
data = images(16)
with ShapeGuard({"conv": (16, 6, 6, 2)}, verbose=2) as guard:
    model = classifier()
    model.fit(*data, batch_size=16, verbose=0)
"""
    file.write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "stdout", console)
    exec(compile(text, str(file), "exec"), {})  # noqa: S102  a program in a file of that name
    console.flush()
    assert "\\u6a21\\u578b.py:3" in console.buffer.getvalue().decode("cp1252")
