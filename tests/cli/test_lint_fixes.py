"""`shapeguard lint --fix`, `--diff`, standard input, notebooks and baselines."""

import io
import json
import sys
from pathlib import Path

import pytest

from shapeguard.cli.main import main

OLD = "from keras.layers import Conv2D, Dense, LSTM\nConv2D(8, 3, 3)  # small\nDense(output_dim=3)\n"
NEW = "from keras.layers import Conv2D, Dense, LSTM\nConv2D(8, (3, 3))  # small\nDense(units=3)\n"
TWO = "from keras import Sequential, layers\nSequential([layers.LSTM(3, return_sequences=False), layers.LSTM(3)])\n"


@pytest.fixture
def lint(tmp_path, monkeypatch, capsys):
    """Runs the command in an empty folder, and returns code, output and errors."""
    monkeypatch.chdir(tmp_path)

    def run(*words, stdin=""):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode("utf-8")), encoding="utf-8"))
        code = main(["lint", *words])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


def notebook(*cells, **more):
    """The JSON of a notebook; a text that begins with `#` is a cell of prose."""
    kinds = ["markdown" if text.startswith("# ") else "code" for text in cells]
    content = [
        {"cell_type": kind, "metadata": {}, "source": text.splitlines(keepends=True)}
        | ({"execution_count": None, "outputs": []} if kind == "code" else {})
        for kind, text in zip(kinds, cells, strict=True)
    ]
    return json.dumps({"cells": content, "metadata": {"é": 1}, "nbformat": 4, **more}, indent=1, ensure_ascii=False)


def test_what_is_decidable_is_written_and_nothing_else(lint):
    Path("old.py").write_text(OLD, encoding="utf-8")
    assert lint("--fix", "old.py") == (0, "no findings; 1 file checked\n", "shapeguard: fixed old.py\n")
    assert Path("old.py").read_text(encoding="utf-8") == NEW
    assert lint("--fix", "old.py") == (0, "no findings; 1 file checked\n", "")


def test_what_is_left_is_printed_and_the_code_is_1(lint):
    Path("old.py").write_text(OLD + TWO, encoding="utf-8")
    code, out, _ = lint("--fix", "old.py", "--format", "concise")
    assert code == 1
    assert out.startswith("old.py:5:28: SG707 return-sequences: ")
    assert out.count("\n") == 1
    assert Path("old.py").read_text(encoding="utf-8") == NEW + TWO


def test_a_diff_writes_nothing_and_says_by_its_code_whether_something_would_change(lint):
    Path("old.py").write_text(OLD, encoding="utf-8")
    Path("two.py").write_text(TWO, encoding="utf-8")
    difference = (
        "--- a/old.py\n+++ b/old.py\n@@ -1,3 +1,3 @@\n from keras.layers import Conv2D, Dense, LSTM\n"
        "-Conv2D(8, 3, 3)  # small\n-Dense(output_dim=3)\n+Conv2D(8, (3, 3))  # small\n+Dense(units=3)\n"
    )
    assert lint("--diff", "old.py", "two.py") == (1, difference, "")
    assert Path("old.py").read_text(encoding="utf-8") == OLD
    assert lint("--diff", "two.py") == (0, "", "")


def test_the_text_says_how_many_findings_can_be_fixed(lint):
    Path("old.py").write_text(OLD + TWO, encoding="utf-8")
    assert lint("old.py")[1].splitlines()[-1] == "3 findings; 1 file checked; 2 can be fixed with --fix"


def test_standard_input_is_linted_and_its_fixed_text_printed(lint):
    code, out, _ = lint("-", "--format", "concise", stdin=OLD)
    assert (code, [line.partition(" SG")[0] for line in out.splitlines()]) == (1, ["<stdin>:2:14:", "<stdin>:3:7:"])
    assert "    3 | Dense(output_dim=3)\n" in lint("-", stdin=OLD)[1]
    assert lint("--fix", "-", stdin=OLD) == (0, NEW, "no findings; 1 file checked\n")
    assert lint("--fix", "-", stdin="x = 1\n")[:2] == (0, "x = 1\n")
    assert lint("--diff", "-", stdin=OLD)[0] == 1
    assert lint("-", stdin="import keras; x = (\n")[2] == "shapeguard: -:1: not valid Python ('(' was never closed)\n"


ODD = {
    "a comment inside the sizes": "Conv2D(8, 3,  # rows\n  3)\n",
    "line ends of Windows": "Conv2D(8, 3, 3)\r\nDense(output_dim=3)\r\n",
    "a call in a call": "Conv2D(8, 3, 3)(Conv2D(8, 3, 3)(x))\n",
    "a comment that suppresses nothing": "x = 1  # shapeguard: ignore[SG701]\ny = 2\n",
    "a comment that suppresses in part": "Conv2D(8, 3, 3)  # shapeguard: ignore[SG701, SG704]\n",
    "both names of a kernel": "Conv2D(nb_filter=8, nb_row=3, nb_col=5, border_mode='same')\n",
    "one line": "Conv2D(8, 5, 5); Dense(output_dim=3, init='uniform')\n",
    "an unknown ordering": "Conv2D(8, (3, 3), dim_ordering=ordering)\n",
}
FIXED = {
    "a comment inside the sizes": ODD["a comment inside the sizes"].replace("3,  #", "(3,  #").replace("3)", "3))"),
    "line ends of Windows": "Conv2D(8, (3, 3))\r\nDense(units=3)\r\n",
    "a call in a call": "Conv2D(8, (3, 3))(Conv2D(8, (3, 3))(x))\n",
    "a comment that suppresses nothing": "x = 1\ny = 2\n",
    "a comment that suppresses in part": "Conv2D(8, 3, 3)  # shapeguard: ignore[SG701]\n",
    "both names of a kernel": "Conv2D(filters=8, kernel_size=(3, 5), padding='same')\n",
    "one line": "Conv2D(8, (5, 5)); Dense(units=3, kernel_initializer='uniform')\n",
    "an unknown ordering": ODD["an unknown ordering"],
}


@pytest.mark.parametrize("kind", ODD)
def test_the_rest_of_the_text_stays_byte_for_byte(lint, kind):
    head = "from keras.layers import Conv2D, Dense\n"
    lint("--fix", "old.py") if Path("old.py").write_bytes((head + ODD[kind]).encode()) else None
    assert Path("old.py").read_bytes().decode() == head + FIXED[kind]


CELLS = (
    "# A model\n",
    "%matplotlib inline\n!pip install keras\nfrom keras.layers import Conv2D, Dense\n",
    "%%bash\nConv2D(8, 3, 3)\n",
    "files = !ls\n%time x = 1\nDense?\nname = 'é'; layer = Conv2D(8, 3, 3)\nDense(output_dim=3)",
)


def test_a_cell_of_a_notebook_is_named_with_its_number(lint):
    Path("nb.ipynb").write_text(notebook(*CELLS), encoding="utf-8")
    code, out, err = lint("--format", "concise", ".")
    assert (code, err) == (1, "")
    first, second = out.splitlines()
    assert first.startswith("nb.ipynb:cell 4:4:34: SG701 keras1-size: suspicious call Conv2D(8, 3, 3): the 3rd ")
    assert second.startswith("nb.ipynb:cell 4:5:7: SG704 keras1-keyword: suspicious call Dense: Keras 3's Dense has ")
    assert "  nb.ipynb:cell 4:5:7\n    5 | Dense(output_dim=3)\n" in lint("nb.ipynb")[1]


def test_the_cells_of_a_notebook_are_rewritten_in_place(lint):
    text = notebook(*CELLS) + "\n"
    Path("nb.ipynb").write_text(text, encoding="utf-8")
    assert lint("--diff", "nb.ipynb")[1].splitlines()[:2] == ["--- a/nb.ipynb:cell 4", "+++ b/nb.ipynb:cell 4"]
    assert lint("--fix", "nb.ipynb")[0] == 0
    last = CELLS[-1].replace("3, 3)", "(3, 3))").replace("output_dim", "units")
    assert Path("nb.ipynb").read_text(encoding="utf-8") == notebook(*CELLS[:-1], last) + "\n"


def test_a_cell_that_is_not_python_is_named_and_the_others_are_linted(lint):
    Path("nb.ipynb").write_text(notebook(CELLS[1], "x = (\n", CELLS[3]), encoding="utf-8")
    code, out, err = lint("--format", "concise", "nb.ipynb")
    assert (code, err) == (2, "shapeguard: nb.ipynb:cell 2: not valid Python\n")
    assert out.count("\n") == 2


@pytest.mark.parametrize("text", ["{", "[]", '{"worksheets": []}', "\x00"])
def test_what_is_no_notebook_is_one_line(lint, text):
    Path("nb.ipynb").write_text(text, encoding="utf-8")
    code, out, err = lint("nb.ipynb")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert err.startswith("shapeguard: nb.ipynb: not a notebook")


def test_sarif_and_github_name_the_notebook_itself(lint):
    Path("nb.ipynb").write_text(notebook(*CELLS), encoding="utf-8")
    assert lint("--format", "github", "nb.ipynb")[1].startswith("::warning file=nb.ipynb,line=4,")
    results = json.loads(lint("--format", "sarif", "nb.ipynb")[1])["runs"][0]["results"]
    assert results[0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "nb.ipynb"


def test_a_baseline_leaves_out_what_was_known_wherever_its_line_is(lint):
    Path("old.py").write_text(OLD, encoding="utf-8")
    assert lint("--write-baseline", "known.json", "old.py") == (0, "known.json: 2 findings written\n", "")
    assert lint("--baseline", "known.json", "old.py") == (0, "no findings; 1 file checked\n", "")
    assert '"line' not in Path("known.json").read_text(encoding="utf-8")
    Path("old.py").write_text("x = 1\n" + OLD + "Dense(output_dim=3)\nConv2D(8, 5, 5)\n", encoding="utf-8")
    code, out, _ = lint("--baseline", "known.json", "old.py", "--format", "concise")
    assert (code, [line.split(" ")[:2] for line in out.splitlines()]) == (
        1,
        [["old.py:5:7:", "SG704"], ["old.py:6:14:", "SG701"]],
    )


def test_a_file_that_is_no_baseline_is_an_error(lint):
    Path("old.py").write_text(OLD, encoding="utf-8")
    assert lint("--baseline", "none.json", "old.py")[::2] == (2, "shapeguard: none.json: no such file or directory\n")
    for text, reason in (
        ("[]", "not a baseline; `shapeguard lint --write-baseline` writes one"),
        ('{"version": 2, "findings": []}', "a baseline of version 2; this version reads 1"),
    ):
        Path("bad.json").write_text(text, encoding="utf-8")
        assert lint("--baseline", "bad.json", "old.py") == (2, "", f"shapeguard: bad.json: {reason}\n")


def test_a_standard_input_that_is_closed_is_one_line(monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdin", None)
    assert main(["lint", "-"]) == 2
    assert capsys.readouterr() == ("", "shapeguard: <stdin>: is closed\n")
