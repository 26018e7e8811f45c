"""What the docs recommend is quiet under mypy and ruff; what they warn of is not."""

import importlib.util
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
    return layer(z)
"""
NOISY = """\
from typing import Any

from shapeguard import Shape


def build(x: Any) -> Any:
    y: Shape["B 26 26 32"] = x
    return y
"""
ROOT = Path(__file__).parents[2]


def complaints(tool, options, text, folder):
    if importlib.util.find_spec(tool) is None:
        pytest.skip(f"{tool} is not installed")
    (folder / "program.py").write_text(text)
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


@pytest.mark.slow
@pytest.mark.parametrize(("tool", "options"), [("mypy", MYPY), ("ruff", RUFF)])
def test_the_recommended_forms_are_quiet(tool, options, tmp_path):
    assert complaints(tool, options, QUIET, tmp_path)[0] == 0


@pytest.mark.slow
@pytest.mark.parametrize(("tool", "options", "words"), [("mypy", MYPY, "valid-type"), ("ruff", RUFF, "F722")])
def test_the_short_form_is_not(tool, options, words, tmp_path):
    code, text = complaints(tool, options, NOISY, tmp_path)
    assert (code, words in text) == (1, True)
