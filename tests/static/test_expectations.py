"""Expectations are found in a source wherever the guard finds them in a run, and the findings are the same."""

import json
import linecache
import warnings
from textwrap import dedent

import keras
import pytest

from shapeguard import ShapeMismatchError
from shapeguard.cli.main import main
from shapeguard.static.program import read_program

HEAD = """\
from typing import Annotated, Any, Optional

import keras
import numpy as np
from keras import KerasTensor, layers, ops

from shapeguard import Shape, Shaped, ShapeGuard, check, expect
"""

BUILDER = """
@ShapeGuard({mapping})
def build({parameters}){returns}:
    x = inputs = keras.Input((28, 28, 1), name="image")
    {line}
    x = layers.Flatten(name="flat")(x)
    return keras.Model(inputs, layers.Dense(10, name="head")(x))
model = build()
report = ShapeGuard().check(model)
"""
CONV = 'layers.Conv2D(32, 3, 3, name="conv")(x)'


def built(line=f"x = {CONV}", mapping="", parameters="", returns=""):
    return BUILDER.format(mapping=mapping, parameters=parameters, returns=returns, line=line)


PROGRAMS = {
    "comment": built(f"x = {CONV}  # (None, 26, 26, 32)"),
    "annotated": built(f'x: Annotated[Any, "B 26 26 32"] = {CONV}'),
    "annotated text": built(f"x: 'Annotated[Any, \"B 26 26 32\"]' = {CONV}"),
    "f-string": built(f'n = 26; x: Annotated[Any, f"B {{n}} {{n}} 32"] = {CONV}'),
    "variable": built(f'n = 26; x: Annotated[Any, "B n n 32"] = {CONV}'),
    "optional": built(f'x: Optional[Annotated[KerasTensor, "B 26 26 32"]] = {CONV}'),
    "shaped": built(f"x: Shaped[KerasTensor, None, 26, 26, 32] = {CONV}"),
    "shape": built(f'x: Shape["B 26 26 32"] = {CONV}'),
    "alias": 'Maps = Annotated[Any, "B 26 26 32"]\n' + built(f"x: Maps = {CONV}"),
    "return of a builder": built(returns=' -> Annotated[Any, "B 11"]'),
    "expect": built(f'x = expect({CONV}, "B 26 26 32")'),
    "expect of a tuple": built(f"x = expect({CONV}, (None, 26, 26, 32))"),
    "check by glob": built() + 'report = ShapeGuard({"con*": "B 26 26 ..."}).check(model)',
    "check of two": built() + 'report = ShapeGuard({"conv": (None, 9, 9, 32), "head": (None, 7)}).check(model)',
    "check": built() + 'report = ShapeGuard(expect={"conv": (None, 26, 26, 32)}).check(model)',
    "check of a module": built() + 'report = check(model, {"conv": (None, 26, 26, 32)})',
    "callback": built()
    + "model.compile('sgd', 'mse')\nmodel.fit(np.zeros((4, 28, 28, 1)), np.zeros((4, 10)), verbose=0, "
    'callbacks=[ShapeGuard({"conv": (4, 26, 26, 32)})])',
    "named mapping": built()
    + 'EXPECTED = {"conv": (None, 26, 26, 32)}\nguard = ShapeGuard(EXPECTED)\nreport = guard.check(model)',
    "parameter": """
        def head(x: Annotated[Any, "B 26 26 32"]):
            return layers.Flatten()(x)
        @ShapeGuard()
        def build():
            x = inputs = keras.Input((28, 28, 1))
            return keras.Model(inputs, head(layers.Conv2D(32, 3, 3, name="conv")(x)))
        report = ShapeGuard().check(build())
        """,
    "return of call": """
        class Head(layers.Layer):
            def __init__(self):
                super().__init__(name="head")
                self.dense = layers.Dense(10)
            def call(self, x) -> Annotated[Any, "B 11"]:
                return self.dense(x)
        @ShapeGuard()
        def build():
            inputs = keras.Input((4,))
            return keras.Model(inputs, Head()(inputs))
        report = ShapeGuard().check(build())
        """,
    "with a block": built() + "model.compile('sgd', 'mse')\nwith ShapeGuard({\"conv\": (None, 26, 26, 32)}):\n"
    "    model.fit(np.zeros((4, 28, 28, 1)), np.zeros((4, 10)), verbose=0)",
    "names of one call": built(f'x: Annotated[Any, "B n n 16"] = {CONV}'),
}


def at_run_time(path, text):
    """The first diagnosis of the guard when the program runs."""
    keras.utils.clear_session()
    linecache.cache[path] = (len(text), None, text.splitlines(keepends=True), path)
    scope = {"__name__": "__main__", "__file__": path}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            exec(compile(text, path, "exec"), scope)  # noqa: S102
        except ShapeMismatchError as error:
            return error.report.diagnoses[0]
    return scope["report"].diagnoses[0]


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_finding_is_that_of_the_guard(name, tmp_path):
    text = HEAD + dedent(PROGRAMS[name])
    path = str(tmp_path / "net.py")
    (tmp_path / "net.py").write_text(text)
    (static,) = read_program(path, text).diagnoses
    live = at_run_time(path, text)
    facts = [(each.layer, each.layer_type, each.expected, each.axes, each.origin) for each in (static, live)]
    assert facts[0] == facts[1]
    assert static.actual[1:] == live.actual[1:]
    assert static.declared.line == live.declared.line
    first = {(edit.layer, edit.argument, edit.suggestion) for cause in static.causes for edit in cause.edits}
    assert any((edit.layer, edit.argument, edit.suggestion) in first for edit in live.causes[0].edits)
    assert {cause.proven_by for cause in static.causes} == {None}


@pytest.mark.parametrize(
    "line",
    [
        f'x: Annotated[Any, "B 9 9 32"] = {CONV}',
        f'x: Annotated[int, "B 26 26 32"] = {CONV}',
        f'x: Annotated[Any, "the feature maps"] = {CONV}',
        f'x: Annotated[Any, "B ( 26"] = {CONV}',
        f"x: KerasTensor = {CONV}",
        f"x: list[int] = {CONV}",
        f"x: Shaped[KerasTensor, None, 9, 9, 32] = {CONV}",
        f'x = expect({CONV}, "B n n 32")',
        f"x = expect({CONV}, input())",
        f'x: "maps" = {CONV}',
    ],
)
def test_what_is_met_or_no_shape_is_no_fault(line, tmp_path):
    text = HEAD + dedent(built(line))
    assert read_program(str(tmp_path / "net.py"), text).diagnoses == ()


@pytest.mark.parametrize(
    "mapping",
    [
        '{"conv": (None, 9, 9, 32), "head": (200, 10)}',
        '{"nowhere": (None, 1)}',
        '{"conv": (None, 26, 26, 32)}, ignore=["conv"]',
        "{input(): (None, 26, 26, 32)}",
        "dict(conv=input())",
        '"no_such_file.json"',
    ],
)
def test_a_mapping_that_is_met_or_not_known_is_no_fault(mapping, tmp_path):
    assert read_program(str(tmp_path / "net.py"), HEAD + dedent(built(mapping=mapping))).diagnoses == ()


def test_a_mapping_of_a_decorator_is_held_against_what_the_builder_returns(tmp_path):
    text = HEAD + dedent(built(mapping='{"conv": (None, 26, 26, 32)}'))
    (diagnosis,) = read_program(str(tmp_path / "net.py"), text).diagnoses
    assert (diagnosis.code, diagnosis.layer, diagnosis.expected) == ("SG101", "conv", (None, 26, 26, 32))
    assert diagnosis.declared.line == text[: text.index('{"conv"')].count("\n") + 1


def test_a_mapping_is_of_its_own_model_alone(tmp_path):
    text = """
        def build(width):
            return keras.Sequential([keras.Input((4,)), layers.Dense(width)])
        one, two = build(3), build(5)
        ShapeGuard({"dense": (None, 5)}).check(two)
        """
    assert read_program(str(tmp_path / "net.py"), HEAD + dedent(text)).diagnoses == ()
    text = text.replace("check(two)", "check(one)")
    (diagnosis,) = read_program(str(tmp_path / "net.py"), HEAD + dedent(text)).diagnoses
    assert (diagnosis.layer, diagnosis.expected) == ("dense", (None, 5))


def test_a_contract_beside_the_program_is_held_against_the_model(tmp_path):
    contract = {"shapeguard": 1, "layers": [{"layer": "conv", "type": "Conv2D", "output": "None 26 26 32"}]}
    (tmp_path / "shapes.json").write_text(json.dumps(contract))
    (diagnosis,) = read_program(str(tmp_path / "net.py"), HEAD + dedent(built(mapping='"shapes.json"'))).diagnoses
    assert (diagnosis.code, diagnosis.layer, diagnosis.origin) == ("SG101", "conv", "contract")


def test_a_contract_of_the_command_line_is_held_against_what_a_builder_returns(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    contract = {"shapeguard": 1, "layers": [{"layer": "conv", "type": "Conv2D", "output": "None 26 26 32"}]}
    (tmp_path / "shapes.json").write_text(json.dumps(contract))
    (tmp_path / "net.py").write_text(HEAD + dedent(built()).partition("model = ")[0])
    assert main(["check", "--static", "net.py", "--format", "concise"]) == 0
    assert main(["check", "--static", "net.py", "--expect", "shapes.json", "--format", "concise"]) == 1
    assert "layer 'conv' (Conv2D): expected (None, 26, 26, 32), got (None, 9, 9, 32)" in capsys.readouterr().out


def test_names_are_those_of_one_call_of_a_function(tmp_path):
    text = """
        def block(x, width):
            x = layers.Dense(width)(x)  # (B, n=width)
            y: Annotated[Any, "B n"] = layers.Dense(width)(x)
            return layers.Add()([x, expect(y, "B n")])
        x = keras.Input((4,))
        for width in (3, 4, 5):
            x = block(x, width)
        """
    assert read_program(str(tmp_path / "net.py"), HEAD + dedent(text)).diagnoses == ()
