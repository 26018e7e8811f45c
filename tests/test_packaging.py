"""What is shipped, what the pipeline runs, and that the rooms keep their distance."""

import importlib.util
import re
import shutil
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
TOP_LEVEL = {
    ".ci",
    ".gitignore",
    ".pre-commit-hooks.yaml",
    "LICENSE",
    "README.md",
    "docs",
    "pyproject.toml",
    "shapeguard",
    "tests",
}


def test_the_top_level_of_the_repository_holds_nothing_else():
    answer = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if answer.returncode:
        pytest.skip("not a git checkout")
    assert {line.partition("/")[0] for line in answer.stdout.splitlines()} <= TOP_LEVEL


def test_the_installed_version_is_the_packages_own():
    import shapeguard

    assert metadata.version("keras-shapeguard") == shapeguard.__version__


def test_the_backends_are_extras_and_no_dependency():
    needed = [requirement.split(">")[0] for requirement in PROJECT["project"]["dependencies"]]
    assert needed == ["keras", "rich", "tabulate"]
    assert {"tensorflow", "tensorflow-cpu", "jax", "torch"} < set(PROJECT["project"]["optional-dependencies"])


def test_what_ci_installs_is_pinned_in_groups_and_what_users_install_is_not():
    groups, extras = PROJECT["dependency-groups"], PROJECT["project"]["optional-dependencies"]
    assert all(re.fullmatch(r"[\w-]+==[\d.]+", one) for group in groups.values() for one in group)
    assert all(re.fullmatch(r"[\w-]+>=[\d.]+", one) for extra in extras.values() for one in extra)
    names = {name: {re.split("[=>]", one)[0] for one in group} for name, group in groups.items()}
    assert names["lint"] == {one.split(">")[0] for one in extras["dev"]}
    assert names["docs"] == {one.split(">")[0] for one in extras["docs"]}
    pipeline = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert set(re.findall(r"--group (\w+)", pipeline)) == set(groups)


def test_every_lint_rule_that_is_ignored_has_its_reason_on_its_line():
    lines = (ROOT / "pyproject.toml").read_text(encoding="utf-8").splitlines()
    rules = [line for line in lines if re.match(r'\s+"[A-Z]+\d+",', line) or re.match(r'\s+"(ANN|D|FBT)",', line)]
    assert len(rules) > 20
    assert [line for line in rules if "#" not in line] == []


def test_the_readmes_commands_are_the_ones_that_the_pipeline_runs():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    commands = [line for line in readme.splitlines() if line.startswith("python3 -m venv")]
    assert commands == [
        'python3 -m venv .venv && .venv/bin/pip install ".[tensorflow]" && .venv/bin/shapeguard demo',
        'python3 -m venv .venv && .venv/bin/pip install -e ".[tensorflow,test]" && .venv/bin/python -m pytest',
    ]
    pipeline = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert all(f"readme_command {word}" in pipeline for word in ("'shapeguard demo'", "pytest"))


@pytest.mark.parametrize(("address", "link"), [("", "[picture](docs"), ("https://example.org/sg/", "](docs")])
def test_no_link_of_the_readme_dies_on_the_package_index(address, link):
    spec = importlib.util.spec_from_file_location("hatch_build", ROOT / "docs" / "hatch_build.py")
    hatch_build = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(hatch_build)
    text = hatch_build.readme_for_index((ROOT / "README.md").read_text(encoding="utf-8"), address.rstrip("/"))
    assert link not in text
    assert not re.search(r"\]\((?!https:)", text)
    assert bool(re.search(r"!\[", text)) is bool(address)


def pipeline(*tiers):
    return subprocess.run(["bash", ".ci/run", *tiers], cwd=ROOT, capture_output=True, text=True, check=False)


def test_every_tier_of_the_pipeline_has_its_line_and_slow_proofs_are_none_of_the_usual_ones():
    text = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    usual = re.search(r"^tiers=\((.*)\)$", text, re.MULTILINE)[1].split()
    assert usual == ["tf", "lint", "docs", "jax", "torch", "oldest"]
    assert re.findall(r"^tier_(\w+)\(\)", text, re.MULTILINE) == [*usual, "slow"]
    assert re.findall(r"^#   (\w+)  ", text, re.MULTILINE) == [*usual, "slow"]


def test_the_pipeline_tests_folders_that_are_there():
    text = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert [path for path in re.findall(r"\btests/[\w/.]+", text) if not (ROOT / path).exists()] == []


def test_a_tier_that_is_none_is_refused_before_anything_is_run():
    answer = pipeline("lint", "jaxx")
    assert (answer.returncode, answer.stdout) == (2, "")
    assert answer.stderr == "no tier jaxx; there are tf lint docs jax torch oldest slow\n"


def test_the_type_marker_ships():
    assert (ROOT / "shapeguard" / "py.typed").exists()


def contracts(folder):
    """import-linter on the package in `folder`: the exit code and what it printed."""
    program = "from importlinter.cli import lint_imports; raise SystemExit(lint_imports(no_cache=True))"
    answer = subprocess.run(
        [sys.executable, "-c", program],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": "."},
    )
    return answer.returncode, answer.stdout


def test_the_import_contracts_hold():
    code, printed = contracts(ROOT)
    assert code == 0, printed


def test_the_import_contracts_can_fail(tmp_path):
    shutil.copytree(ROOT / "shapeguard", tmp_path / "shapeguard", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    table = tmp_path / "shapeguard" / "render" / "table.py"
    table.write_text(f"import shapeguard.capture\n{table.read_text(encoding='utf-8')}", encoding="utf-8")
    code, printed = contracts(tmp_path)
    assert code == 1, printed
    assert "Each package imports only packages below it" in printed
    assert "BROKEN" in printed
