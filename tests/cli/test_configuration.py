"""`[tool.shapeguard]` in pyproject.toml."""

from pathlib import Path

import pytest

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
