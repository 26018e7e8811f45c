"""`shapeguard lint` as a command: what it prints, and its exit codes."""

import json
import sys
from pathlib import Path

import pytest

from shapeguard.cli.main import main

OLD = "from keras.layers import Conv2D, Dense\nConv2D(8, 3, 3)\nDense(output_dim=3)\nDense(output_dim=4)\n"


SIZES = "keras1-size: suspicious call Conv2D(8, 3, 3): the 3rd positional argument is strides=3, not the kernel's width"


@pytest.fixture
def lint(tmp_path, monkeypatch, capsys):
    """Runs the command in a folder with an old program, and returns code, output and errors."""
    monkeypatch.chdir(tmp_path)
    Path("old.py").write_text(OLD, encoding="utf-8")
    Path("fine.py").write_text("x = 1\n", encoding="utf-8")

    def run(*words):
        try:
            code = main(["lint", *words])
        except SystemExit as end:
            code = end.code
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


def test_a_finding_is_as_wide_as_the_terminal(lint, monkeypatch):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "50")
    _, out, _ = lint("old.py", "--color", "never")
    assert (
        "  possible cause: argument `strides=3`, the 3rd\n  positional argument of Conv2D, equals the kernel\n" in out
    )


def test_a_path_that_is_not_there_is_one_line_without_a_word_of_success(lint):
    assert lint("nosuch/") == (2, "", "shapeguard: nosuch/: no such file or directory\n")
    assert lint("nosuch/", "fine.py") == (2, "", "shapeguard: nosuch/: no such file or directory\n")
    code, out, err = lint("nosuch/", "old.py")
    assert (code, out.splitlines()[-1], err) == (
        2,
        "3 findings; 1 file checked; 3 can be fixed with --fix",
        "shapeguard: nosuch/: no such file or directory\n",
    )


def test_one_line_per_finding(lint):
    for option in ("--format", "--output-format"):
        code, out, _ = lint(option, "concise", ".")
        assert (code, out.splitlines()) == (
            1,
            [
                f"old.py:2:14: SG701 {SIZES}",
                "old.py:3:7: SG704 keras1-keyword: suspicious call Dense: Keras 3's Dense has no argument `output_dim`",
                "old.py:4:7: SG704 keras1-keyword: suspicious call Dense: Keras 3's Dense has no argument `output_dim`",
            ],
        )


def test_findings_are_counted_per_rule(lint):
    assert lint("--statistics", "old.py") == (1, "2  SG704  keras1-keyword\n1  SG701  keras1-size\n", "")
    assert lint("--statistics", "fine.py") == (0, "", "")
    code, out, _ = lint("--statistics", "--format", "json", "old.py")
    assert (code, json.loads(out)) == (
        1,
        [
            {"code": "SG704", "name": "keras1-keyword", "count": 2},
            {"code": "SG701", "name": "keras1-size", "count": 1},
        ],
    )
    assert lint("--statistics", "--format", "sarif", "old.py") == (
        2,
        "",
        "shapeguard: --statistics has no --format sarif; it prints text or json\n",
    )


def test_findings_alone_do_not_fail_a_run_that_says_so(lint):
    assert lint("--exit-zero", "old.py")[0] == 0
    assert lint("--exit-zero", "nosuch.py")[0] == 2


@pytest.mark.parametrize(
    ("options", "codes"),
    [
        (["--select", "SG701"], ["SG701"]),
        (["--select=SG701,keras1-keyword"], ["SG701", "SG704", "SG704"]),
        (["--ignore", "SG704"], ["SG701"]),
        (["--disable", "keras1-keyword"], ["SG701"]),
        (["--disable", "keras1-keyword", "--ignore", "SG701"], []),
        (["--select", "SG799", "--enable", "keras1-size"], ["SG701"]),
    ],
)
def test_rules_are_chosen_on_the_command_line(lint, options, codes):
    _, out, _ = lint(*options, "old.py", "--format", "json")
    assert [found["code"] for found in json.loads(out)["diagnoses"]] == codes


def test_a_rule_that_does_not_exist_is_an_error_that_names_what_is_near(lint):
    code, _, err = lint("--select", "SG704,return-sequence", "old.py")
    assert code == 2
    assert err.splitlines()[-1].endswith(
        "error: argument --select: 'return-sequence' is neither a code nor the name of a rule; "
        "did you mean return-sequences?"
    )


def test_every_finding_in_json_and_sarif_names_its_rule(lint):
    _, out, _ = lint("--format", "json", "./old.py")
    assert {found["code"]: found["rule"] for found in json.loads(out)["diagnoses"]} == {
        "SG701": "keras1-size",
        "SG704": "keras1-keyword",
    }
    _, out, _ = lint("--format", "sarif", "./old.py")
    (run,) = json.loads(out)["runs"]
    assert [(rule["id"], rule["name"]) for rule in run["tool"]["driver"]["rules"]] == [
        ("SG701", "keras1-size"),
        ("SG704", "keras1-keyword"),
    ]
    uris = {found["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for found in run["results"]}
    assert uris == {"old.py"}
