"""Source that is edited after it was loaded: no place is shown rather than a wrong one."""

import ast
import importlib
import inspect
import linecache
import sys
import warnings
from pathlib import Path

import keras
import numpy as np
import pytest

from shapeguard import ShapeGuard, ShapeMismatchError, explain
from shapeguard.source import compiled

MODELS = """import keras
from keras import layers
from shapeguard import ShapeGuard, expect


@ShapeGuard()
def build(units=7):
    image = keras.Input((4,))
    x = layers.Dense(units + 0, name="a")(image)  # (None, 6)
    x = layers.Dense(7, name="b")(x)
    return keras.Model(image, layers.Dense(3, name="c")(x))


def plain():
    image = keras.Input((4,))
    x = layers.Dense(7, name="b")(image)
    expect(x, "None 6")
    return keras.Model(image, layers.Dense(3, name="c")(x))


def refused():
    return keras.Sequential([
        keras.Input((4, 4, 1)),
        layers.Conv2D(2, 9, name="b"),
    ])


def fitted(model, **more):
    model.compile("sgd", "mse")
    model.fit(X, Y, verbose=0, callbacks=[ShapeGuard(**more)])
"""
CALL = 'layers.Dense(7, name="b")'
EDITS = {
    "a line above": lambda text: f"# new\n{text}",
    "a line inside": lambda text: text.replace("    image =", "    # new\n    image ="),
    "another layer in the place": lambda text: text.replace(CALL, 'layers.Dance(7, name="b")'),
    "another argument in the place": lambda text: text.replace(CALL, 'layers.Dense(9, name="b")'),
    "another keyword in the place": lambda text: text.replace("7, name=", "7, dtyp="),
    "two lines exchanged": lambda text: text.replace("units + 0", "#").replace(CALL, "units + 0").replace("#", CALL),
    "another program": lambda _: "print('other')\n" * 40,
    "no program": lambda _: "def (\n" * 40,
    "an empty file": lambda _: "",
    "no file": None,
}


@pytest.fixture
def models(tmp_path, monkeypatch):
    """The module, loaded from a file of its own."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    (tmp_path / "edited_models.py").write_text(MODELS, encoding="utf-8")
    importlib.invalidate_caches()
    module = importlib.import_module("edited_models")
    module.X, module.Y = np.ones((8, 4)), np.ones((8, 3))
    yield module
    del sys.modules["edited_models"]


def edit(module, how):
    change = EDITS[how]
    if change is None:
        Path(module.__file__).unlink()
    else:
        Path(module.__file__).write_text(change(MODELS), encoding="utf-8")


def places_of(report):
    """Every place in the report."""
    edits = [edit for d in report.diagnoses for cause in d.causes for edit in cause.edits]
    spans = [span for e in edits for span in (e.span, e.replaces, *e.callers)]
    spans += [span for d in report.diagnoses for span in (d.declared, d.raised_at)]
    return [span for span in (*spans, *(s for row in report.rows for s in (row.span, row.declared))) if span]


def mismatch(function, *arguments, **keywords):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that comments cannot be read
        with pytest.raises(ShapeMismatchError) as caught:
            function(*arguments, **keywords)
    return caught.value


def assert_no_place(error, module):
    assert [span for span in places_of(error.report) if span.file == module.__file__] == []
    assert "edited_models.py" not in str(error)
    assert "line " not in str(error)
    assert " | " not in str(error)
    assert "layer 'b' (Dense)" in str(error)


def test_without_an_edit_the_places_are_shown(models):
    error = mismatch(models.fitted, models.plain())
    assert f"{models.__file__}:16" in str(error)
    assert {span.line for span in places_of(error.report) if span.file == models.__file__} >= {16, 17}


@pytest.mark.parametrize("how", EDITS)
def test_a_file_edited_before_its_first_message_shows_no_place(models, how):
    edit(models, how)
    assert_no_place(mismatch(models.fitted, models.plain()), models)


@pytest.mark.parametrize("how", EDITS)
def test_a_file_edited_between_building_and_fit_shows_no_place(models, how):
    model = models.plain()
    ShapeGuard().check(model)
    edit(models, how)
    assert_no_place(mismatch(models.fitted, model), models)


@pytest.mark.parametrize("how", EDITS)
def test_places_that_were_shown_once_are_not_shown_again_after_an_edit(models, how):
    model = models.plain()
    assert models.__file__ in str(mismatch(models.fitted, model))
    edit(models, how)
    assert_no_place(mismatch(models.fitted, model), models)


def test_a_refusal_of_keras_shows_no_place_in_an_edited_file(models):
    edit(models, "a line above")
    with warnings.catch_warnings(), pytest.raises(ShapeMismatchError) as caught:
        warnings.simplefilter("ignore")
        with ShapeGuard():
            models.refused()
    assert "edited_models.py" not in str(caught.value)
    assert "layer 'b' (Conv2D)" in str(caught.value)


def test_an_explanation_shows_no_place_in_an_edited_file(models):
    model = models.plain()
    assert f"{models.__file__}:16" in str(explain(model))
    edit(models, "a line above")
    assert "edited_models.py" not in str(explain(model))


def test_a_comment_that_was_edited_is_told_to_be_unread(models):
    edit(models, "a line above")
    with pytest.warns(UserWarning, match="was edited after it was loaded, so its comments"):
        model = models.build()
    assert ShapeGuard().check(model).ok


def test_a_file_that_was_written_anew_with_the_same_text_keeps_its_places(models):
    model = models.plain()
    ShapeGuard().check(model)
    Path(models.__file__).write_text(MODELS, encoding="utf-8")
    assert f"{models.__file__}:16" in str(mismatch(models.fitted, model))


def test_a_module_that_was_loaded_anew_shows_its_new_places(models):
    mismatch(models.fitted, models.plain())
    edit(models, "a line above")
    importlib.reload(models)
    models.X, models.Y = np.ones((8, 4)), np.ones((8, 3))
    assert f"{models.__file__}:17" in str(mismatch(models.fitted, models.plain()))


def test_code_that_was_compiled_under_the_name_of_another_file_shows_no_place(models):
    text = f"image = keras.Input((4,))\nx = {CALL}(image)\nm = keras.Model(image, x)"
    space = {"keras": keras, "layers": keras.layers}
    exec(compile(text, models.__file__, "exec"), space)  # noqa: S102  what is under test
    report = ShapeGuard({"b": (None, 6)}).check(space["m"])
    assert [span for span in places_of(report) if span.file == models.__file__] == []


def test_a_cell_that_is_run_again_shows_the_place_in_the_cell_that_ran():
    first = f"image = keras.Input((4,))\nx = {CALL}(image)\nm = keras.Model(image, x)\n"
    for number, text in enumerate([first, f"# again\n{first}", first]):
        name = f"<ipython-input-{hash(text)}>"
        linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
        space = {"keras": keras, "layers": keras.layers}
        for statement in ast.parse(text).body:  # one by one, as notebooks do
            exec(compile(ast.Module([statement], []), name, "exec"), space)  # noqa: S102  as above
        report = ShapeGuard({"b": (None, 6)}).check(space["m"])
        lines = {row.span.line for row in report.rows if row.layer == "b"}
        assert lines == {3 if number == 1 else 2}


def test_a_function_that_pytest_has_rewritten_is_as_it_is_written():
    code = sys._getframe().f_code
    assert "@py_assert1" in code.co_varnames
    assert compiled.lines_of(code) == linecache.getlines(__file__)


def test_a_file_with_a_line_more_is_never_taken_for_the_text_of_a_rewritten_function():
    judged = 0
    for module in (ast, inspect, importlib, linecache, warnings):
        text = inspect.getsource(module)
        own = compiled._File(text.splitlines(keepends=True))
        others = [
            compiled._File(other.splitlines(keepends=True))
            for other in (f"\n{text}", f"import this\n{text}", text[:-90])
        ]
        for code in compiled._all_codes(text):
            assert own._gives(code)
            assert not any(other._gives(code) for other in others[:2])
            if own._reads_as(code):
                judged += 1
                assert not any(other._reads_as(code) for other in others[:2])
    assert judged > 150


def test_a_file_is_compiled_once_however_many_layers_it_makes(models, monkeypatch):
    texts = []
    original = compiled._all_codes
    monkeypatch.setattr(compiled, "_all_codes", lambda text: texts.append(text) or original(text))
    for _ in range(3):
        for _ in range(10):
            models.plain()
        mismatch(models.fitted, models.plain())
    assert texts.count(MODELS) == 1
