"""`[tool.shapeguard]` in pyproject.toml."""

from pathlib import Path

import pytest

from shapeguard.cli.configuration import configuration
from shapeguard.cli.main import main

OLD = "from keras.layers import Conv2D, Dense\nConv2D(8, 3, 3)\nDense(output_dim=3)\n"


@pytest.fixture
def lint(tmp_path, monkeypatch, capsys):
    """Runs the command in a project with old code in three places, and returns code, codes and errors."""
    monkeypatch.chdir(tmp_path)
    for name in ("train.py", "vendor/old.py", "tests/test_old.py"):
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_text(OLD, encoding="utf-8")

    def run(*words, table=""):
        Path("pyproject.toml").write_text(table, encoding="utf-8")
        try:
            code = main(["lint", "--format", "concise", *(words or ["."])])
        except SystemExit as end:
            code = end.code
        out, err = capsys.readouterr()
        return code, [f"{line.partition(':')[0]} {line.split(' ')[1]}" for line in out.splitlines()], err

    return run


KNOWN = "the known keys are "
EVERY = [f"{file} {code}" for file in ("train.py", "tests/test_old.py", "vendor/old.py") for code in ("SG701", "SG704")]


@pytest.mark.parametrize(
    ("table", "words", "found"),
    [
        ("[tool.other]\n", [], EVERY),
        ("[tool.shapeguard]\n", [], EVERY),
        ('[tool.shapeguard]\nexclude = ["vendor/"]\n', [], EVERY[:4]),
        ('[tool.shapeguard]\nexclude = ["vendor/", "test_*.py"]\n', [], EVERY[:2]),
        ('[tool.shapeguard]\nexclude = ["vendor"]\n', ["vendor/old.py"], EVERY[4:]),
        ('[tool.shapeguard.lint]\nselect = ["SG704"]\n', [], EVERY[1::2]),
        ('[tool.shapeguard.lint]\nignore = ["keras1-size"]\n', [], EVERY[1::2]),
        ('[tool.shapeguard.lint]\nselect = ["SG704"]\n', ["--select", "SG701", "."], EVERY[::2]),
        ('[tool.shapeguard.lint]\nignore = ["SG701"]\n', ["--select", "SG701", "."], EVERY[::2]),
        ('[tool.shapeguard.lint]\nignore = ["SG701"]\n', ["--ignore", "SG704", "."], []),
        ('[tool.shapeguard.lint]\nper-file-ignores = {"tests/*" = ["SG701"]}\n', [], [*EVERY[:2], *EVERY[3:]]),
        (
            '[tool.shapeguard.lint.per-file-ignores]\n"vendor/*" = ["SG7"]\n"train.py" = ["SG704"]\n',
            [],
            [EVERY[0], *EVERY[2:4]],
        ),
    ],
)
def test_the_table_chooses_files_and_rules_and_the_command_line_wins(lint, table, words, found):
    assert lint(*words, table=table) == (1 if found else 0, found, "")


def test_a_baseline_is_found_beside_the_file_from_any_folder(lint, monkeypatch):
    table = '[tool.shapeguard.lint]\nbaseline = "known.json"\n'
    lint("--write-baseline", "known.json", "train.py")
    assert lint(table=table)[1] == EVERY[2:]
    monkeypatch.chdir("tests")
    assert main(["lint", "../train.py"]) == 0


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        (
            "[tool.shapeguard]\nexclud = []\n",
            f"unknown key 'exclud' in [tool.shapeguard]; did you mean exclude? {KNOWN}targets, expect, exclude, lint",
        ),
        (
            "[tool.shapeguard.lint]\ndisable = []\n",
            f"unknown key 'disable' in [tool.shapeguard.lint]; {KNOWN}select, ignore, per-file-ignores, baseline",
        ),
        ('[tool.shapeguard]\ntargets = "a"\n', "targets in [tool.shapeguard] must be a list of strings, not 'a'"),
        ("[tool]\nshapeguard = 1\n", "tool.shapeguard must be a table"),
        (
            '[tool.shapeguard.lint]\nselect = ["return-sequence"]\n',
            "'return-sequence' is neither a code nor the name of a rule; did you mean return-sequences?",
        ),
        (
            "[tool.shapeguard\n",
            "not valid TOML (Expected ']' at the end of a table declaration (at line 1, column 17))",
        ),
    ],
)
def test_a_table_that_says_nothing_known_is_an_error(lint, table, reason):
    assert lint(table=table) == (2, [], f"shapeguard: {Path('pyproject.toml').resolve()}: {reason}\n")


BUILDER = """import keras

def right():
    return keras.Sequential([keras.Input((8,)), keras.layers.Dense(4, name="dense")])

def wrong():
    return keras.Sequential([keras.Input((8,)), keras.layers.Dense(5, name="dense")])
"""


@pytest.fixture
def check(tmp_path, monkeypatch, capsys):
    """Runs `check` in a folder with two builders and a contract."""
    pytest.importorskip("keras")
    monkeypatch.chdir(tmp_path)
    Path("nets.py").write_text(BUILDER, encoding="utf-8")
    contract = '{"shapeguard": 1, "layers": [{"layer": "dense", "type": "Dense", "output": "B 4"}]}'
    Path("shapes.json").write_text(contract, encoding="utf-8")

    def run(*words, table):
        Path("pyproject.toml").write_text(table, encoding="utf-8")
        code = main(["check", "--format", "concise", *words])
        return code, *capsys.readouterr()

    return run


def test_check_without_a_target_is_an_error_unless_the_table_names_one(check):
    assert check(table="[tool.shapeguard]\n") == (
        2,
        "",
        "shapeguard: no TARGET is given, and no `targets` in [tool.shapeguard] of pyproject.toml\n",
    )
    several = '[tool.shapeguard]\ntargets = ["a"]\nexpect = ["a.json", "b.json"]\n'
    reason = "must be a list of one file, or a table of targets and their files, not ['a.json', 'b.json']\n"
    assert check(table=several)[2].endswith(reason)


def test_check_without_a_target_checks_those_of_the_table_with_its_contract(check):
    table = '[tool.shapeguard]\ntargets = ["nets.py:right", "nets.py:wrong"]\nexpect = ["shapes.json"]\n'
    code, out, _ = check(table=table)
    assert (code, out.count("\n")) == (1, 1)
    assert " SG101 layer 'dense' (Dense): expected (B, 4), got (None, 5)" in out
    assert check("nets.py:right", table=table)[:2] == (0, "")


def test_each_target_has_the_contract_that_the_table_names_for_it(tmp_path):
    file = tmp_path / "pyproject.toml"
    file.write_text('[tool.shapeguard.expect]\n"a:build" = "a.json"\n"b.py" = "b.json"\n', encoding="utf-8")
    contracts = [configuration(str(tmp_path)).contract_of(target) for target in ("a:build", "b.py", "c.py")]
    assert contracts == [str(tmp_path / "a.json"), str(tmp_path / "b.json"), None]
    file.write_text('[tool.shapeguard]\nexpect = ["a.json"]\n', encoding="utf-8")
    assert configuration(str(tmp_path)).contract_of("c.py") == str(tmp_path / "a.json")
