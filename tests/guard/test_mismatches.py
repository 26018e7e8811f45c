"""What a mismatch does: raise, warn, stop or only be recorded, and what the environment says about it."""

import keras
import numpy as np
import pytest
from helpers.guarding import (
    BACKEND,
    FREE_MISMATCH,
    MISMATCH,
    NOT_SEEN,
    Subclassed,
    classifier,
    compiled_for_labels,
    fitted,
    guard,
    images,
    layers,
    ours,
    outcome,
    regression,
    untouched,
)

from shapeguard import ExpectationError, ShapeGuard, ShapeMismatchError
from shapeguard.strict import ShapeGuardWarning

WHOLE = """\
[SG101] layer 'conv' (Conv2D): expected (16, 6, 6, 2), got (16, 3, 3, 2)
  axis 1: expected 6, got 3; axis 2: expected 6, got 3

  program.py:2
    2 |     keras.Input((8, 8, 1)), layers.Conv2D(2, 3, 2, name="conv"), layers.Flatt...
      |                                                 ^
      |                                               3rd positional argument: strides=2

  cause: argument `strides=(2, 2)`, the 3rd positional argument of Conv2D
    with strides 2:  floor((8 - 3) / 2) + 1 = 3
    with strides 1:  floor((8 - 3) / 1) + 1 = 6
    Conv2D takes (filters, kernel_size, strides, ...). The third positional integer is
    the stride.
  fix (verified: 'conv' becomes (16, 6, 6, 2)):
      layers.Conv2D(2, 3, name="conv")

  expected shape declared at program.py:4, in the mapping
  more: shapeguard explain SG101"""
PROGRAM = """model = keras.Sequential([
    keras.Input((8, 8, 1)), layers.Conv2D(2, 3, 2, name="conv"), layers.Flatten(), layers.Dense(3)])
model.compile("sgd", "sparse_categorical_crossentropy")
guard = ShapeGuard({"conv": (16, 6, 6, 2)})
"""


def test_the_error_is_the_whole_message_and_holds_the_report(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "program.py").write_text(PROGRAM)
    names = {"keras": keras, "layers": keras.layers, "ShapeGuard": ShapeGuard}
    exec(compile(PROGRAM, str(tmp_path / "program.py"), "exec"), names)  # noqa: S102
    with pytest.raises(ShapeMismatchError) as caught:
        fitted(names["model"], names["guard"])
    assert str(caught.value) == WHOLE
    report = caught.value.report
    assert report is names["guard"].report
    (edit,) = report.diagnoses[0].causes[0].edits
    assert (edit.argument, edit.value, edit.suggestion, edit.position) == ("strides", (2, 2), (1, 1), 2)
    assert [row.status for row in report.rows] == ["no expectation", "mismatch", "no expectation", "no expectation"]


@pytest.mark.parametrize("deferred", [False, True])
def test_the_error_comes_before_a_weight_has_moved_and_the_model_still_trains(deferred):
    model = classifier(2, deferred=deferred)
    before = [np.array(weight) for weight in model.get_weights()]
    assert outcome(lambda: fitted(model, guard())) == (MISMATCH, [])
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=bool(before)))
    assert untouched(model)
    fitted(model)


@pytest.mark.parametrize("run_eagerly", [False, True])
def test_a_model_of_ones_own_class_is_judged_by_its_first_step(run_eagerly):
    model = compiled_for_labels(Subclassed(2), run_eagerly=run_eagerly)
    assert outcome(lambda: fitted(model, guard())) == (MISMATCH, [])
    assert untouched(model)
    fitted(model)
    is_traced = BACKEND != "torch" and not run_eagerly
    assert outcome(lambda: fitted(model, guard())) == ((None, [NOT_SEEN]) if is_traced else (MISMATCH, []))
    assert outcome(lambda: fitted(compiled_for_labels(model, run_eagerly=run_eagerly), guard())) == (MISMATCH, [])


@pytest.mark.parametrize("deferred", [False, True])
def test_warn_warns_once_a_fit_although_validation_sees_the_same(deferred):
    model = classifier(2, deferred=deferred)
    warning = guard(on_mismatch="warn")
    assert outcome(lambda: fitted(model, warning, epochs=2, validation_data=images(16))) == (None, [MISMATCH])
    assert outcome(lambda: fitted(model, warning)) == (None, [MISMATCH])
    assert not warning.report.ok


def test_warn_speaks_in_each_evaluation_and_prediction_at_the_line_that_asked():
    model, warning = classifier(2), guard(on_mismatch="warn")
    x, y = images(16)
    for ask in (
        lambda: model.evaluate(x, y, verbose=0, batch_size=16, callbacks=[warning]),
        lambda: model.predict(x, verbose=0, batch_size=16, callbacks=[warning]),
    ):
        with pytest.warns(ShapeGuardWarning) as caught:
            ask()
        [told] = ours(caught)
        assert str(told.message).partition("\n")[0] == FREE_MISMATCH
        assert told.filename == __file__


def test_stop_stops_training_and_says_why():
    model = classifier(2)
    assert outcome(lambda: fitted(model, guard(on_mismatch="stop"), epochs=3)) == (None, [MISMATCH])
    assert model.history.epoch == [0]


def test_stop_raises_where_there_is_no_training_to_stop():
    x, y = images(16)
    stopping, model = guard(on_mismatch="stop"), classifier(2)
    evaluating = lambda: model.evaluate(x, y, verbose=0, batch_size=16, callbacks=[stopping])
    assert outcome(evaluating) == (FREE_MISMATCH, [])


def test_record_only_records():
    model, recording = classifier(2), guard(on_mismatch="record")
    assert outcome(lambda: fitted(model, recording)) == (None, [])
    assert [diagnosis.layer for diagnosis in recording.report.diagnoses] == ["conv"]


@pytest.mark.parametrize(
    ("mode", "expected"),
    [("off", (None, [])), ("warn", (None, [MISMATCH])), ("raise", (MISMATCH, [])), ("", (None, []))],
)
def test_the_environment_overrides_the_option_for_the_job(mode, expected, monkeypatch):
    monkeypatch.setenv("SHAPEGUARD", mode)
    assert outcome(lambda: fitted(classifier(2), guard(on_mismatch="record"))) == expected


def test_off_leaves_explicit_checks_working(monkeypatch):
    monkeypatch.setenv("SHAPEGUARD", "off")
    assert not guard().check(classifier(2)).ok


def test_another_word_in_the_environment_is_an_error_that_lists_the_known_ones(monkeypatch):
    monkeypatch.setenv("SHAPEGUARD", "bogus")
    message = r"^\[SG502\] the environment variable SHAPEGUARD is 'bogus'; it must be 'off', 'warn' or 'raise'$"
    for use in (lambda: fitted(classifier(), guard()), lambda: guard().__enter__(), guard()(classifier)):
        with pytest.raises(ExpectationError, match=message):
            use()


def test_only_the_phases_asked_for_are_asserted():
    model = classifier(2)
    testing = guard(phases=("test",))
    assert outcome(lambda: fitted(model, testing)) == (None, [])
    assert outcome(lambda: fitted(model, testing, validation_data=images(16))) == (FREE_MISMATCH, [])


@pytest.mark.parametrize("ignore", [["conv"], "conv", ["c*"], [keras.layers.Conv2D], keras.layers.Conv2D])
def test_what_is_ignored_is_not_compared(ignore):
    model = classifier(2)
    report = ShapeGuard({"conv": (None, 6, 6, 2), "dense": (None, 3)}, ignore=ignore).check(model)
    assert report.ok
    assert {row.layer: row.status for row in report.rows}["conv"] == "not checked"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"on_mismatch": "explode"}, "[SG502] ShapeGuard(on_mismatch='explode'): on_mismatch must be 'raise', 'warn', 'stop' or 'record'"),  # noqa: E501
        ({"phases": ("fit",)}, "[SG502] ShapeGuard(phases='fit'): phases must be 'train', 'test' or 'predict'"),
        ({"verbose": 3}, "[SG502] ShapeGuard(verbose=3): verbose must be 0, 1 or 2"),
        ({"ignore": [3]}, "[SG502] ShapeGuard(ignore=...): pass layer names, paths, globs or classes, not 3"),
        ({"to_file": "x.pdf"}, "[SG502] ShapeGuard(to_file='x.pdf'): the file name must end in '.html', '.json', '.md', '.sarif', '.svg' or '.txt'"),  # noqa: E501
    ],
)  # fmt: skip
def test_a_wrong_option_is_an_error_that_lists_the_right_ones(options, message):
    with pytest.raises(ExpectationError) as caught:
        ShapeGuard(**options)
    assert str(caught.value) == message


def towers_joined_along_the_samples():
    one, two = keras.Input((3,)), keras.Input((3,))
    joined = layers.Concatenate(axis=0, name="joined")([layers.Dense(2)(one), layers.Dense(2)(two)])
    return regression([one, two], layers.Dense(1, name="head")(joined))


def test_what_the_backend_raises_is_explained_by_an_error_of_its_own_type_that_can_be_read():
    x, y = [np.zeros((4, 3), "float32")] * 2, np.zeros((4, 1), "float32")
    with pytest.raises(Exception) as plain:  # noqa: PT011  each backend has its own
        towers_joined_along_the_samples().fit(x, y, verbose=0)
    with pytest.raises(ShapeMismatchError) as caught:
        towers_joined_along_the_samples().fit(x, y, verbose=0, callbacks=[ShapeGuard()])
    first = (
        "[SG601] targets (4, 1) do not match the output (8, 1) of layer 'head' (Dense) for loss 'mean_squared_error'"
    )
    assert str(caught.value).partition("\n")[0] == first
    assert isinstance(caught.value, plain.type)
    cause = caught.value.report.diagnoses[0].causes[0]
    assert (cause.layer, cause.argument) == ("joined", "axis")
