"""Every example in the README and the docs runs, and shows what it really prints."""

import argparse
import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from helpers import literate

from shapeguard.cli.main import COMMANDS

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = sorted(
    page
    for page in DOCS.rglob("*.md")
    if "_build" not in page.parts
    and any(block.kind in {"python", "console"} for block in literate.blocks(page.read_text()))
)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(DOCS).with_suffix("")))
def test_the_examples_on_the_page_print_what_it_shows(page, tmp_path, request):
    literate.assert_page_is_real(page, tmp_path, update=request.config.getoption("--update-cases"))


@pytest.mark.skipif(importlib.util.find_spec("jax") is None, reason="JAX is not installed: its example was NOT run")
def test_the_example_that_sets_the_backend_late_runs_on_jax():
    page = (DOCS / "how-to" / "jax-and-torch.md").read_text(encoding="utf-8")
    (example,) = [block.code for block in literate.blocks(page) if block.kind == "python"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    environment.pop("KERAS_BACKEND", None)
    program = f"{example}assert keras.config.backend() == 'jax'\n"
    subprocess.run([sys.executable, "-c", program], check=True, env=environment)


def test_the_output_in_the_readme_is_the_real_one(tmp_path, request):
    from shapeguard.cli.digits import draw_split

    names = ("X_train", "y_train", "X_test", "y_test")
    literate.assert_page_is_real(
        ROOT / "README.md",
        tmp_path,
        update=request.config.getoption("--update-cases"),
        default="mnist.py",
        given=dict(zip(names, draw_split(), strict=True)),
    )


def test_the_codes_in_the_source_and_the_pages_in_the_docs_are_the_same_set():
    source = "\n".join(file.read_text(encoding="utf-8") for file in (ROOT / "shapeguard").rglob("*.py"))
    assert set(re.findall(r"\bSG\d{3}\b", source)) == {page.stem for page in (DOCS / "reference" / "codes").glob("SG*")}


def test_the_reference_lists_every_command_in_its_own_words():
    page = (DOCS / "reference" / "command-line.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `shapeguard (\w+).*?` \| (.+) \|$", page, re.MULTILINE))
    assert rows == COMMANDS


def test_the_reference_lists_every_option():
    page = (DOCS / "reference" / "command-line.md").read_text(encoding="utf-8")
    listed = {
        (command, option)
        for options, commands in re.findall(r"^\| (`-.+?) \| (`.+?`) \|", page, re.MULTILINE)
        for option in re.findall(r"--[a-z-]+", options)
        for command in re.findall(r"`(\w+)`", commands)
    }
    assert listed == {(command, option) for command in COMMANDS for option in _options(command)}


def test_the_commands_of_the_published_workflow_and_hook_are_real():
    page = (DOCS / "how-to" / "ci.md").read_text(encoding="utf-8")
    commands = [*re.findall(r"run: shapeguard (.+)$", page, re.MULTILINE), "lint file.py"]
    assert len(commands) == 5
    for command in commands:
        words = command.partition(" >")[0].split()
        assert _parser(words[0]).parse_args(words[1:])
    hook = (ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8")
    assert "\n  entry: shapeguard lint\n" in hook
    assert re.findall(r"- id: (\S+)", page) == re.findall(r"- id: (\S+)", hook)


def _options(command):
    return [
        option for option in _parser(command)._option_string_actions if option.startswith("--") and option != "--help"
    ]


def _parser(command):
    parser = argparse.ArgumentParser()
    importlib.import_module(f"shapeguard.cli.{command}").configure(parser)
    return parser


def test_every_code_page_says_what_why_how_and_how_to_silence():
    for page in (DOCS / "reference" / "codes").glob("SG*.md"):
        headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
        assert headings[0].startswith(f"{page.stem} · "), page
        assert headings[1:] == ["Example", "Causes", "Fixes", "How to silence it"], page


def test_the_published_cases_are_all_the_cases():
    published = set(
        re.findall(r"tests/cases/(\S+)\.md", (DOCS / "explanation" / "cases.md").read_text(encoding="utf-8"))
    )
    assert published == {page.stem for page in (ROOT / "tests" / "cases").glob("*.md")}


def test_the_page_on_blame_has_the_numbers_of_the_search():
    from shapeguard.diagnosis.budget import BUDGET
    from shapeguard.diagnosis.scoring.weights import MARGIN

    page = (DOCS / "explanation" / "how-blame-is-assigned.md").read_text(encoding="utf-8")
    assert f"after {BUDGET:,} calls" in page
    assert f"by a margin of {MARGIN} in cost" in page


def test_every_link_of_the_readme_leads_somewhere():
    links = re.findall(r"\]\((docs/[^)#]+)", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_no_page_names_a_path_of_somebodys_machine():
    for page in [*DOCS.rglob("*.md"), *(ROOT / "tests" / "cases").glob("*.md"), ROOT / "README.md"]:
        assert not re.search(r"/(tmp|root|home)/", page.read_text(encoding="utf-8")), page
