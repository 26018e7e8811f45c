"""The examples of the page for contributors are whole: what they add from outside the package works everywhere."""

import importlib
import re
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import get_args

import keras
import numpy as np
import pytest
from helpers import literate
from helpers.layer_samples import seeded

import shapeguard
from shapeguard import ShapeGuard, check, explain, lint
from shapeguard.cli.main import main
from shapeguard.diagnosis import pipeline, repairs
from shapeguard.diagnosis.graph import Graph
from shapeguard.diagnosis.proposers.order import PROPOSERS, Proposer
from shapeguard.guard import checking
from shapeguard.layers import Refusal, configuration, registry, rule_for
from shapeguard.linting import registry as lint_registry
from shapeguard.render.formats import FORMATS
from shapeguard.source import comment_introductions, comments
from shapeguard.spec import parse

PAGE = (Path(__file__).parents[1] / "docs" / "contributing.md").read_text(encoding="utf-8")
EXAMPLES = {block.name: block.code for block in literate.blocks(PAGE) if block.kind == "python"}


@pytest.fixture
def example(tmp_path, monkeypatch):
    """Imports an example of the page as a module outside the package, and takes back what it registered."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(registry, "_registered", dict(registry._registered))
    formats, modules = set(FORMATS), set(sys.modules)

    def imported(name):
        Path(name).write_text(EXAMPLES[name], encoding="utf-8")
        return importlib.import_module(name.removesuffix(".py"))

    yield imported
    for name in set(FORMATS) - formats:
        del FORMATS[name]
    for name in {file.removesuffix(".py") for file in EXAMPLES} & (set(sys.modules) - modules):
        del sys.modules[name]
    monkeypatch.undo()
    registry.forget()


def faulty(layer):
    return keras.Sequential([keras.Input((8, 8, 16)), layer(4, name="upscaled")])


def test_a_layer_from_outside_is_diagnosed_as_the_page_shows(example, capsys):
    example("pixel_shuffle.py")
    example("upscaling.py")
    (shown,) = [block.code for block in literate.blocks(PAGE) if block.kind == "text"]
    assert capsys.readouterr().out == shown


def test_without_its_rule_no_argument_of_a_layer_from_outside_is_blamed(example):
    layer = example("pixel_shuffle.py").PixelShuffle
    registry._registered.clear()
    registry.forget()
    (diagnosis,) = check(faulty(layer), {"upscaled": "B 16 16 4"}).diagnoses
    told = {(cause.layer, cause.confidence, cause.verified, cause.proof) for cause in diagnosis.causes}
    place = "keras.ops.reshape in PixelShuffle.call"
    assert told == {(place, "possible", False, "a number would stand in the place of a calculation")}


def test_a_layer_from_outside_is_explained_and_its_fit_is_stopped(example):
    layer = example("pixel_shuffle.py").PixelShuffle
    model = faulty(layer)
    model.compile(loss="mse")
    assert "height: 8 * 4 = 32, from scale=4" in str(explain(model))
    with pytest.raises(shapeguard.ShapeMismatchError) as raised:
        model.fit(
            np.zeros((2, 8, 8, 16), "float32"),
            np.zeros((2, 16, 16, 4), "float32"),
            verbose=0,
            callbacks=[ShapeGuard({"upscaled": "B 16 16 4"})],
        )
    (cause, *_) = raised.value.report.diagnoses[0].causes
    assert [(edit.layer, edit.argument, edit.suggestion) for edit in cause.edits] == [("upscaled", "scale", 2)]


def test_the_rule_of_the_page_agrees_with_its_layer_on_its_sample(example):
    layer = example("pixel_shuffle.py").PixelShuffle
    sample = example("sample.py").pixel_shuffle
    answers = []
    for seed in range(40):
        arguments, shapes = sample(seeded("PixelShuffle", seed))
        made = layer(**arguments)
        forward = rule_for(layer).forward(configuration(made), tuple(shapes))
        try:
            real = (tuple(made(*map(keras.KerasTensor, shapes)).shape),)
        except ValueError:
            real = None
        assert real == (None if isinstance(forward, Refusal) else forward), (arguments, shapes)
        answers.append(isinstance(forward, Refusal))
    assert set(answers) == {True, False}


def test_a_format_from_outside_is_written_and_printed(example, capsys):
    example("csv_format.py")
    model = keras.Sequential([keras.Input((4,), name="features"), keras.layers.Dense(2, name="head")])
    lines = 'layer,type,shape,verdict\nfeatures,InputLayer,"(None, 4)",no expectation\nhead,Dense,"(None, 2)",ok\n'
    check(model, {"head": "B 2"}).write("report.csv")
    assert Path("report.csv").read_text(encoding="utf-8") == lines
    Path("models.py").write_text(
        "import keras\n\n\ndef build():\n    features = keras.Input((4,), name='features')\n"
        "    return keras.Model(features, keras.layers.Dense(2, name='head')(features))  # (B, 2)\n",
        encoding="utf-8",
    )
    assert main(["check", "models.py:build", "--format", "csv"]) == 0
    assert capsys.readouterr().out == lines


def test_the_arrow_of_the_page_is_read_and_what_is_written_is_read_back(monkeypatch):
    comment, spec = "# 28x28x1 >> 26x26x32", parse("26 26 32")
    comments.read.cache_clear()
    assert comments.read(comment) is None
    comments.read.cache_clear()
    namespace = {"re": re}
    exec(EXAMPLES["arrows.py"], namespace)  # noqa: S102  the page's own line
    monkeypatch.setattr(comment_introductions, "_ARROW", namespace["_ARROW"])
    assert comments.read(comment).spec == spec
    for other in (spec, parse("B T 64")):
        assert comments.read(comments.write(comment, other)).spec == other
    comments.read.cache_clear()


def test_a_proposer_from_outside_finds_a_cause_where_there_was_none(example, monkeypatch):
    proposer = Proposer(example("channels_last.py").propose_channels_last)
    model = keras.Sequential([keras.Input((3, 32, 32), name="image"), keras.layers.Conv2D(8, 3, name="conv")])
    expected = {"image": "B 3 32 32", "conv": "B 30 30 8"}
    assert [diagnosis.code for diagnosis in check(model, expected).diagnoses] == ["SG190"]
    monkeypatch.setattr(checking, "diagnose", partial(pipeline.diagnose, proposers=(*PROPOSERS, proposer)))
    (diagnosis,) = check(model, expected).diagnoses
    (edit,) = diagnosis.causes[0].edits
    assert (diagnosis.code, edit.argument, edit.suggestion) == ("SG201", "insert_before", "Permute(dims=(2, 3, 1))")


def test_a_repair_of_the_page_has_what_every_repair_has():
    namespace = {**vars(repairs), "Graph": Graph}
    exec(f"from __future__ import annotations\n{EXAMPLES['swap_inputs.py']}", namespace)  # noqa: S102  the page's class
    swap = namespace["SwapInputs"](node=3, cost=0.5)
    common = {"kind", "nodes", "argument", "suggestion", "key", "cost", "patch"}
    assert [kind for kind in (type(swap), *get_args(repairs.SingleRepair)) if not common <= set(dir(kind))] == []
    assert swap.patch(None).inserted[3](((None, 2), (None, 5))) == ((None, 5), (None, 2))


@pytest.mark.slow
def test_mypy_lists_the_places_that_a_new_repair_needs(tmp_path):
    pytest.importorskip("mypy")
    package = tmp_path / "shapeguard"
    shutil.copytree(Path(shapeguard.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__"))
    module = package / "diagnosis" / "repairs.py"
    union = "SingleRepair = "
    text = module.read_text(encoding="utf-8").replace(union, f"{EXAMPLES['swap_inputs.py']}\n\n{union}SwapInputs | ")
    module.write_text(text, encoding="utf-8")
    shutil.copy(Path(__file__).parents[1] / "pyproject.toml", tmp_path)
    answer = subprocess.run([sys.executable, "-m", "mypy"], cwd=tmp_path, capture_output=True, text=True, check=False)
    missing = {
        line.partition(":")[0] for line in answer.stdout.splitlines() if 'has incompatible type "SwapInputs"' in line
    }
    handled = {
        str(file.relative_to(tmp_path))
        for file in (package / "diagnosis").rglob("*.py")
        if "assert_never(repair)" in file.read_text(encoding="utf-8")
    }
    assert handled
    assert missing == handled, answer.stdout


def test_a_lint_rule_from_outside_is_found(example, monkeypatch, capsys):
    rule = example("unit_pooling.py").RULE
    Path("model.py").write_text(
        "from keras import layers\n"
        "layers.MaxPooling2D(1)\nlayers.MaxPool2D(pool_size=(1, 1))\n"
        "layers.MaxPooling2D(2)\nlayers.MaxPooling2D(1, strides=2)\n",
        encoding="utf-8",
    )
    assert lint("model.py").ok
    monkeypatch.setattr(lint_registry, "RULES", (*lint_registry.RULES, rule))
    assert [diagnosis.causes[0].edits[0].span.line for diagnosis in lint("model.py").diagnoses] == [2, 3]
    assert main(["lint", "model.py", "--format", "github"]) == 1
    assert "pool_size=1 has no effect" in capsys.readouterr().out
    assert main(["lint", "model.py", "--disable", "unit-pooling"]) == 0


def test_the_page_of_a_new_code_has_the_headings_of_the_pages_that_there_are():
    (skeleton,) = [block.code for block in literate.blocks(PAGE) if block.kind == "markdown"]
    headings = re.findall(r"^## (.+)$", skeleton, re.MULTILINE)
    page = Path(__file__).parents[1] / "docs" / "reference" / "codes" / "SG101.md"
    assert headings == re.findall(r"^## (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)


def test_keras_private_names_are_used_in_one_package_alone():
    package = Path(shapeguard.__file__).parent
    line = EXAMPLES["keras_layers.py"]
    assert line in (package / "keras_compat" / "keras_layers.py").read_text(encoding="utf-8")
    imports = re.compile(r"^\s*(?:from|import) keras\.src", re.MULTILINE)
    users = {file.parent.name for file in package.rglob("*.py") if imports.search(file.read_text(encoding="utf-8"))}
    assert users == {"keras_compat"}
