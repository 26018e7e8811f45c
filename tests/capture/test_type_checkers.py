"""What the docs recommend is quiet under type checkers and linters; what they warn of is not."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

QUIET = """\
from typing import Annotated, Any

from shapeguard import Shaped


class Tensor:
    pass


def layer(x: Any) -> Any:
    return x


def build(x: Annotated[Any, "B 28 28 1"]) -> Annotated[Any, "B 10"]:
    y: Annotated[Any, "B 26 26 32"] = layer(x)
    z: Shaped[Tensor, None, 26, 26, 32] = layer(y)
    for k in range(2):
        maps: Annotated[Any, f"B {26 - k} {26 - k} 32"] = layer(z)
        z = layer(maps)
    return layer(z)
"""
NOISY = """\
from typing import Any

from shapeguard import Shape


def build(x: Any) -> Any:
    y: Shape["B 26 26 32"] = x
    return y
"""
TWICE = """\
from typing import Annotated, Any


def build(x: Any) -> Any:
    y: Annotated[Any, "B 26 26 32"] = x
    y: Annotated[Any, "B 24 24 32"] = y
    return y
"""
ROOT = Path(__file__).parents[2]


def complaints(tool, options, text, folder):
    if importlib.util.find_spec(tool) is None:
        pytest.skip(f"{tool} is not installed")
    (folder / "program.py").write_text(text)
    settings = {"typeCheckingMode": "standard", "extraPaths": [str(ROOT)], "include": ["program.py"]}
    (folder / "pyrightconfig.json").write_text(json.dumps(settings))
    environment = {**os.environ, "MYPYPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-m", tool, *options, "program.py"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    return done.returncode, done.stdout


RUFF = ["check", "--isolated", "--no-cache", "--select", "F,E,UP,PYI"]
MYPY = ["--strict", "--follow-imports=silent", "--ignore-missing-imports", "--cache-dir=cache"]


PYRIGHT: list[str] = ["--project", "pyrightconfig.json"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("tool", "options"), [("mypy", MYPY), ("ruff", RUFF), ("pyright", PYRIGHT), ("basedpyright", PYRIGHT)]
)
def test_the_recommended_forms_are_quiet(tool, options, tmp_path):
    code, text = complaints(tool, options, QUIET, tmp_path)
    assert code == 0, text


@pytest.mark.slow
@pytest.mark.parametrize(("tool", "options", "words"), [("mypy", MYPY, "valid-type"), ("ruff", RUFF, "F722")])
def test_the_short_form_is_not(tool, options, words, tmp_path):
    code, text = complaints(tool, options, NOISY, tmp_path)
    assert (code, words in text) == (1, True)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("tool", "options", "words"), [("mypy", MYPY, "no-redef"), ("basedpyright", PYRIGHT, "reportRedeclaration")]
)
def test_a_name_that_is_annotated_twice_is_not(tool, options, words, tmp_path):
    code, text = complaints(tool, options, TWICE, tmp_path)
    assert (code, words in text) == (1, True)
